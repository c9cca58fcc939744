"""Reading in which order jobs must follow one another, and holding a change of the plan against it."""

from collections.abc import Collection
from uuid import UUID

from backend.dispatch.errors import OutOfOrder
from backend.dispatch.order import Order, Span
from backend.jobs import service as jobs
from backend.kernel.db import Transaction


async def read_order(tx: Transaction, job_ids: Collection[UUID], *, lock: bool = False) -> Order:
    """The order that these jobs are in. lock: nobody else changes any of its jobs until this transaction ends."""
    waits = await jobs.waits(tx, job_ids)
    named = {job_id for wait in waits for job_id in wait}
    return Order(waits=waits, jobs=await jobs.jobs_by_id(tx, named, lock=lock) if named else {})


async def require_order(tx: Transaction, job_id: UUID, span: Span | None) -> None:
    """Raises OutOfOrder when a job cannot be done then, or be taken out of the plan (None), as others stand."""
    order = await read_order(tx, [job_id], lock=True)
    other = order.obstacle(job_id, span, {})
    if other is not None:
        raise OutOfOrder(job_id=str(job_id), other_job_id=str(other.id))
