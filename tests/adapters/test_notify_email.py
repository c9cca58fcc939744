"""Letters over a real SMTP server on loopback, and into a folder."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest

from backend.adapters.notify_email import MailFolder, SmtpMail, compose
from backend.ports import Attachment, Letter
from tests.factories.mail import Inbox, mail_server
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

SENDER = "no-reply@northbank.example"
LETTER = Letter(
    id=UUID("01978f6a-0000-7000-8000-000000000001"),
    to="aino@example.com",
    subject="Asennusaikasi 2.6. klo 9.00–11.00",
    text="Hei Äinö,\n\naika on vahvistettu.\n",
)


async def test_a_letter_goes_out_over_smtp(clock: FixedClock):
    inbox = Inbox()

    async with mail_server(inbox) as port:
        await SmtpMail("127.0.0.1", port, sender=SENDER, clock=clock).send(LETTER)

    (envelope,) = inbox.received
    assert envelope.rcpt_tos == [LETTER.to]
    assert isinstance(envelope.content, bytes)
    assert_is_letter(message_from_bytes(envelope.content, policy=default))


async def test_a_server_that_is_away_is_told_as_an_error(clock: FixedClock):
    with pytest.raises(OSError):
        await SmtpMail("127.0.0.1", 1, sender=SENDER, clock=clock).send(LETTER)


async def test_a_letter_without_a_server_becomes_a_file(clock: FixedClock, tmp_path: Path):
    folder = MailFolder(tmp_path / "mail", sender=SENDER, clock=clock)

    await folder.send(LETTER)
    await folder.send(LETTER)

    (file,) = (tmp_path / "mail").iterdir()
    assert_is_letter(message_from_bytes(file.read_bytes(), policy=default))


async def test_nobody_adds_headers_through_an_address(clock: FixedClock, tmp_path: Path):
    forged = Letter(id=LETTER.id, to="a@example.com\nBcc: b@example.com", subject="x", text="x")

    with pytest.raises(ValueError):
        await MailFolder(tmp_path, sender=SENDER, clock=clock).send(forged)


def assert_is_letter(message: EmailMessage) -> None:
    assert message["To"] == LETTER.to
    assert message["From"] == SENDER
    assert message["Subject"] == LETTER.subject
    assert message["Message-ID"] == f"<{LETTER.id}@truckroll.invalid>"
    assert message["Date"].datetime == FixedClock().now()
    assert message.get_content().replace("\r\n", "\n") == LETTER.text


def test_a_file_goes_with_a_letter_as_it_is(clock: FixedClock):
    rows = "day,on_time\r\n2026-06-01,ä\r\n"
    file = Attachment(name="on-time.csv", media_type="text/csv", text=rows)
    letter = Letter(id=LETTER.id, to=LETTER.to, subject="On time", text="Here.\n", attachments=(file,))

    received = message_from_bytes(compose(letter, sender=SENDER, clock=clock).as_bytes(), policy=default)

    assert isinstance(received, EmailMessage)
    [attached] = received.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("on-time.csv", "text/csv")
    assert attached.get_payload(decode=True) == rows.encode()
