"""Reports."""

from backend.kernel.db import Transaction
from backend.reconciliation import queries as breaks
from backend.reporting import queries
from backend.reporting.schemas import Balance, BreakTally


async def balance(tx: Transaction) -> Balance:
    """Services active against services billed, as of now; all counts see one state of the database in a snapshot."""
    tallies = [BreakTally(**one._asdict()) for one in await breaks.tallies(tx)]
    active, billed = await queries.services_active(tx), await queries.services_billed(tx)
    return Balance(
        as_of=tx.now,
        services_active=active,
        services_billed=billed,
        difference=active - billed,
        open_breaks=sum(one.break_count for one in tallies),
        breaks=tallies,
    )
