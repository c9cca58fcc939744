"""How an expected return ends: it came, it was given up, or it is used again."""

from datetime import datetime
from uuid import UUID

from backend.billing import rentals
from backend.billing import service as billing
from backend.jobs import service as jobs
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import service as orders
from backend.returns import queries
from backend.returns.lifecycle import EXPECTED_RETURN, ReturnCommand, ReturnState
from backend.returns.models import ExpectedReturn


async def came_back(tx: Transaction, unit_id: UUID, at: datetime) -> None:
    """A unit is in our hands again since `at`, whoever brought or fetched it: it is expected no more, its charge is taken
    back, and rent ends."""
    for row in await queries.lock_of_unit(tx, unit_id):
        if (row.state, ReturnCommand.RETURN) in EXPECTED_RETURN.moves:
            await end(tx, row, ReturnCommand.RETURN, because="it came back")
            came = (await orders.provenances(tx, row.premises_id)).get(row.serial)
            if came is not None:
                await rentals.give_back(tx, came.handover_id, fact_id=row.id, at=at)


async def end(tx: Transaction, row: ExpectedReturn, command: ReturnCommand, *, because: str) -> None:
    """Whichever way it ends, nobody drives there for it in vain, and nobody pays for it."""
    was_charged = row.state is ReturnState.LATE_CHARGED
    move(tx, row, command, detail={"because": because})
    row.ended_at = tx.now
    row.finish_work()
    if row.work_order_id is not None:
        await jobs.leave_there(tx, row.work_order_id, row.serial)
    if was_charged:
        await billing.take_back_charge(tx, fact_id=row.id, because=because)
