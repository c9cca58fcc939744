"""The worker's part of messages: send what is due, write the reminders of tomorrow's visits, forget browsers."""

from datetime import timedelta
from uuid import UUID

from backend.booking import service as booking
from backend.kernel import retention
from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore
from backend.kernel.db import Database
from backend.kernel.errors import NotFound
from backend.kernel.retention import Kept
from backend.messages import browsers, telling
from backend.messages.carrying import Carriers, Due, hand_over
from backend.messages.kinds import PERISHABLE, Channel
from backend.messages.models import Message, VisitBrowser
from backend.messages.telling import Office
from backend.ports import PushGone, PushNotTaken, TextRefused

REMIND_EVERY = timedelta(minutes=5)
BROWSERS = Kept(table=VisitBrowser, after=VisitBrowser.kept_until, period=timedelta(0))
PUSH_TRIES = 4  # some seconds: a push service that is down for longer is no reason to be told of nothing
OVERTAKEN = "overtaken"


class MessageUnknown(NotFound):
    """No message has this id."""

    code = "message_not_found"


def chores(office: Office) -> dict[str, Chore]:
    """The chores that remind customers of tomorrow, and forget browsers whose visit is over."""

    async def perform(database: Database) -> None:
        async with database.transaction(SYSTEM, "remind") as tx:
            await telling.remind(tx, office)

    return {"remind customers": Chore(every=REMIND_EVERY, perform=perform)} | retention.chore(BROWSERS)


async def send(database: Database, carriers: Carriers, message_id: UUID) -> None:
    """Send one message and forget whom it went to.

    At least once: after a crash between sending and recording it goes out again, under the same id, by which whoever takes
    it knows it again. Where its way is closed it goes on to the next one. What no way is left for, or is not true any more,
    is given up with the reason.
    """
    due, dropped = await _due(database, message_id)
    if due is not None:
        try:
            await hand_over(due, carriers)
        except PushNotTaken:
            if due.message.attempts < PUSH_TRIES or not await _goes_on(database, due, carriers):
                raise
            return
        except (TextRefused, PushGone) as closed:
            await _forget_gone(database, due)
            if await _goes_on(database, due, carriers):
                return
            dropped = f"{closed.code}: {closed.params.get('reason', '')}".removesuffix(": ")[:200]
    async with database.transaction(SYSTEM, "send_message") as tx:
        row = await tx.get(Message, message_id, MessageUnknown, lock=True)
        if dropped is None:
            row.sent_at = row.sent_at or tx.now
        row.dropped = dropped
        row.recipient = row.params = None
        row.finish_work()


async def _due(database: Database, message_id: UUID) -> tuple[Due | None, str | None]:
    """The message that is still to be sent, or why it is not."""
    async with database.snapshot(SYSTEM, "send_message") as tx:
        message = await tx.get(Message, message_id, MessageUnknown)
        if message.sent_at is not None or message.recipient is None:
            return None, message.dropped
        if message.kind in PERISHABLE and not await booking.is_live(tx, UUID((message.params or {})["appointment_id"])):
            return None, OVERTAKEN
        is_push = message.channel is Channel.PUSH
        browser = await browsers.browser_of(tx, UUID(message.recipient)) if is_push else None
    return Due(message=message, browser=browser), None


async def _goes_on(database: Database, due: Due, carriers: Carriers) -> bool:
    """Whether there is another way; then it is on it."""
    async with database.transaction(SYSTEM, "tell_otherwise") as tx:
        row = await tx.get(Message, due.message.id, MessageUnknown, lock=True)
        if row.sent_at is not None or row.recipient is None:
            return True  # another worker, which had it after our lease ran out, has ended it
        return await telling.tell_otherwise(tx, row, carriers.channels)


async def _forget_gone(database: Database, due: Due) -> None:
    """Nobody listens in this browser any more."""
    if due.browser is not None and due.message.recipient is not None:
        async with database.transaction(SYSTEM, "forget_browser") as tx:
            await browsers.forget_gone(tx, UUID(due.message.recipient), due.browser.endpoint)
