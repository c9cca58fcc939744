"""Background work of offline: the feed forgets removals that hardly any phone still has to hear of."""

from datetime import timedelta

from backend.kernel import feed
from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore
from backend.kernel.db import Database

REMOVALS_KEPT = timedelta(days=45)  # longer than a phone's tokens last; who was away for longer gets the scope again
AT_ONCE = 500  # a transaction of milliseconds: phones that push meanwhile hardly wait


async def forget_removals(database: Database) -> None:
    """Forget what was removed too long ago, a little at a time."""
    forgotten = AT_ONCE
    while forgotten == AT_ONCE:
        async with database.transaction(SYSTEM, "forget_removals") as tx:
            forgotten = await feed.forget_removals(tx, before=tx.now - REMOVALS_KEPT, limit=AT_ONCE)


CHORES = {"forget removals": Chore(every=timedelta(hours=6), perform=forget_removals)}
