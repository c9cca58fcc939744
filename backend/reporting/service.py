"""Reports."""

from backend.kernel.db import Transaction
from backend.reporting import queries
from backend.reporting.schemas import Balance


async def balance(tx: Transaction) -> Balance:
    """Services active against services billed, as of now; all counts see one state of the database in a snapshot."""
    active, billed = await queries.services_active(tx), await queries.services_billed(tx)
    return Balance(
        as_of=tx.now,
        services_active=active,
        services_billed=billed,
        difference=active - billed,
        open_breaks=await queries.open_breaks(tx),
    )
