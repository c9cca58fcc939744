"""Triggers for a billing system that fetches them: in one order for all, from wherever it has got to.

A trigger gets its position when it is first read, under one lock. So none comes to stand behind a cursor that has passed:
a position that is given at writing could be committed after a higher one was read. One that is told once more by hand gets
another position beside its first, so that whoever reads on hears of it, and whoever reads again reads the same.
"""

from backend.billing import queries
from backend.billing.delivery import callback_of
from backend.billing.lifecycle import TriggerCommand, TriggerState
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from clients.billing.messages import FeedItem, FeedPage

NUMBERED_AT_ONCE = 1000  # triggers, and repeats, that one reading gives their positions: half a second each


async def read(tx: Transaction, *, after: int, limit: int) -> FeedPage:
    """The triggers behind position `after`, of each service in its sequence but for repeats; 0 for all from the first.

    What is read here counts as sent: it is corrected by name from then on. Reading again gives the same.
    """
    await _number(tx)
    found = await queries.feed_behind(tx, after, limit=limit + 1)
    for _, trigger in found[:limit]:
        if trigger.state is TriggerState.PENDING:
            move(tx, trigger, TriggerCommand.SEND)
            trigger.sent_at = tx.now
    items = [FeedItem(position=position, callback=callback_of(trigger)) for position, trigger in found[:limit]]
    return FeedPage(items=items, next_after=items[-1].position if items else after, has_more=len(found) > limit)


async def _number(tx: Transaction) -> None:
    """Give positions to what has none, in the order in which it was made; what is new comes before what is repeated."""
    counter = await queries.lock_feed(tx)
    new = await queries.lock_unnumbered(tx, limit=NUMBERED_AT_ONCE)
    for row in [*new, *await queries.lock_unnumbered_repeats(tx, limit=NUMBERED_AT_ONCE)]:
        counter.last += 1
        row.position = counter.last
    await tx.flush()
