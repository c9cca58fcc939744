"""A real mail server on loopback, which keeps what it is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.factories.listening import LOOPBACK


class Inbox:
    """What aiosmtpd hands received messages to."""

    def __init__(self) -> None:
        self.received: list[Envelope] = []

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.received.append(envelope)
        return "250 OK"


@asynccontextmanager
async def mail_server(inbox: Inbox) -> AsyncIterator[int]:
    """Its port."""
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(inbox, hostname="test"), LOOPBACK, 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
