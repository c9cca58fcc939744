"""The worker's part of messages: send what is due, and write the reminders of tomorrow's visits."""

from datetime import timedelta
from uuid import UUID

from backend.booking import service as booking
from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore
from backend.kernel.db import Database
from backend.kernel.errors import NotFound
from backend.messages import telling
from backend.messages.kinds import PERISHABLE, Channel
from backend.messages.letters import letter, text_message
from backend.messages.models import Message
from backend.messages.telling import Office
from backend.ports import Letter, Mail, NoTextMessages, TextMessage, TextMessages, TextRefused

REMIND_EVERY = timedelta(minutes=5)
OVERTAKEN = "overtaken"


class MessageUnknown(NotFound):
    """No message has this id."""

    code = "message_not_found"


def chore(office: Office) -> dict[str, Chore]:
    """The chore that reminds customers of tomorrow."""

    async def perform(database: Database) -> None:
        async with database.transaction(SYSTEM, "remind") as tx:
            await telling.remind(tx, office)

    return {"remind customers": Chore(every=REMIND_EVERY, perform=perform)}


async def send(database: Database, mail: Mail, texts: TextMessages | None, message_id: UUID) -> None:
    """Send one message and forget whom it went to.

    At least once: after a crash between sending and recording it goes out again, under the same id, by which whoever takes
    it knows it again. What the provider refuses for good, or is not true any more, is given up with the reason.
    """
    message, dropped = await _due(database, message_id)
    if message is not None and dropped is None:
        try:
            await _hand_over(message, mail, texts)
        except TextRefused as refused:
            dropped = f"refused: {refused.params.get('reason', '')}"[:200]
    async with database.transaction(SYSTEM, "send_message") as tx:
        row = await tx.get(Message, message_id, MessageUnknown, lock=True)
        if dropped is None:
            row.sent_at = row.sent_at or tx.now
        row.dropped = dropped
        row.recipient = row.params = None
        row.finish_work()


async def _due(database: Database, message_id: UUID) -> tuple[Message | None, str | None]:
    """The message that is still to be sent, and why it had better not be."""
    async with database.snapshot(SYSTEM, "send_message") as tx:
        message = await tx.get(Message, message_id, MessageUnknown)
        if message.sent_at is not None or message.recipient is None:
            return None, message.dropped
        if message.kind in PERISHABLE and not await booking.is_live(tx, UUID((message.params or {})["appointment_id"])):
            return message, OVERTAKEN
    return message, None


async def _hand_over(message: Message, mail: Mail, texts: TextMessages | None) -> None:
    params, recipient = message.params or {}, message.recipient or ""
    if message.channel == Channel.EMAIL:
        subject, text = letter(message.kind, params, message.language)
        await mail.send(Letter(id=message.id, to=recipient, subject=subject, text=text))
        return
    if texts is None:
        raise NoTextMessages()
    await texts.send(
        TextMessage(id=message.id, to=recipient, text=text_message(message.kind, params, message.language))
    )
