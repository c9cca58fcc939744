"""The worker's part of messages: send what is due."""

from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import NotFound
from backend.messages.letters import letter
from backend.messages.models import Message
from backend.ports import Letter, Mail


class MessageUnknown(NotFound):
    """No message has this id."""

    code = "message_not_found"


async def send(database: Database, mail: Mail, message_id: UUID) -> None:
    """Send one letter and forget whom it went to.

    At least once: after a crash between sending and recording it goes out again, under the same Message-ID.
    """
    letter = await _letter(database, message_id)
    if letter is not None:
        await mail.send(letter)
    async with database.transaction(SYSTEM, "send_message") as tx:
        message = await tx.get(Message, message_id, MessageUnknown, lock=True)
        message.sent_at = message.sent_at or tx.now
        message.recipient = message.params = None
        message.finish_work()


async def _letter(database: Database, message_id: UUID) -> Letter | None:
    """The letter that this row asks for; None when it was sent."""
    async with database.snapshot(SYSTEM, "send_message") as tx:
        message = await tx.get(Message, message_id, MessageUnknown)
    if message.sent_at is not None or message.recipient is None:
        return None
    subject, text = letter(message.kind, message.params or {}, message.language)
    return Letter(id=message.id, to=message.recipient, subject=subject, text=text)
