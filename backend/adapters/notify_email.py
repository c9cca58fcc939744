"""E-mail: over SMTP, or, where no server is configured, as `.eml` files that any mail program opens."""

import asyncio
import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

from backend.kernel.clock import Clock
from backend.ports import Letter

TIMEOUT_SECONDS = 20.0  # a mail server that is silent for longer is asked again later
MESSAGE_ID_DOMAIN = "truckroll.invalid"


class SmtpMail:
    """The port `Mail` over an SMTP server: STARTTLS when it offers it; one connection per letter."""

    def __init__(self, host: str, port: int, *, sender: str, clock: Clock) -> None:
        self._host, self._port, self._sender, self._clock = host, port, sender, clock

    async def send(self, letter: Letter) -> None:
        await asyncio.to_thread(self._send, compose(letter, sender=self._sender, clock=self._clock))

    def _send(self, message: EmailMessage) -> None:
        with smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS) as server:
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls()
            server.send_message(message)


class MailFolder:
    """The port `Mail` into a directory, one `<id>.eml` per letter; the same letter again replaces its file."""

    def __init__(self, directory: Path, *, sender: str, clock: Clock) -> None:
        self._directory, self._sender, self._clock = directory, sender, clock

    async def send(self, letter: Letter) -> None:
        message = compose(letter, sender=self._sender, clock=self._clock)
        await asyncio.to_thread(self._write, self._directory / f"{letter.id}.eml", message.as_bytes())

    def _write(self, path: Path, message: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.write_bytes(message)
        partial.replace(path)


def compose(letter: Letter, *, sender: str, clock: Clock) -> EmailMessage:
    """The letter as a message of RFC 5322. Raises ValueError for a line feed in a header: nobody adds headers."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{letter.id}@{MESSAGE_ID_DOMAIN}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    message.set_content(letter.text)
    for one in letter.attachments:
        kind, _, subtype = one.media_type.partition("/")
        # As bytes, for texts have their line ends changed on the way.
        message.add_attachment(one.text.encode(), maintype=kind, subtype=subtype, filename=one.name, params={"charset": "utf-8"})  # fmt: skip
    return message
