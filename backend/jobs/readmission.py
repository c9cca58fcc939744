"""What a dispatcher does about a review card: letting work in that the office had decided against, ordering work that a
technician asked for.
"""

from uuid import UUID

from backend.identity.principal import Principal
from backend.jobs import queries, workorders
from backend.jobs.assigning import take_back
from backend.jobs.attendance import job_for_work
from backend.jobs.errors import JobUnderway, OrderEnded, UnknownJob
from backend.jobs.lifecycle import JobCommand, JobState
from backend.jobs.models import Job
from backend.jobs.schemas import ReviewCardView
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import service as orders
from backend.orders.fulfilment import GOES_ON


async def job_to_readmit(tx: Transaction, principal: Principal, job_id: UUID) -> Job:
    """The job that work is to be let in at, locked. Raises UnknownJob, also for one that the principal may not see."""
    if await queries.visible_job(tx, principal, job_id) is None:
        raise UnknownJob(id=str(job_id))
    return await job_for_work(tx, job_id)


async def readmit(tx: Transaction, job: Job, technician_id: UUID) -> None:
    """Make the job the technician's again, so that what was done with it can count.

    The visits that were kept beside it are opened anew: the same work, carried out again, writes their times.
    Raises OrderEnded; JobUnderway when another is at it.
    """
    if job.state is JobState.CANCELLED:
        await _reopen(tx, job)
    if job.technician_id != technician_id:
        if job.state is not JobState.PENDING:
            raise JobUnderway(job_id=str(job.id), state=job.state)
        await take_back(tx, job, technician_id)
    for visit in await queries.visits_beside(tx, job.id, technician_id):
        visit.en_route_at = visit.arrived_at = visit.started_at = visit.ended_at = visit.outcome = None
    await tx.flush()


async def place_asked_for(tx: Transaction, card: ReviewCardView) -> None:
    """Order the work that a technician asked for by this card. Event `job.created`. Raises UnknownWork."""
    assert card.job_id is not None, f"card {card.id} asks for work that follows no job"
    job = await tx.get(Job, card.job_id, UnknownJob)
    await workorders.place_after(tx, job, card.params["work"])


async def _reopen(tx: Transaction, job: Job) -> None:
    if job.order_id is not None:
        order = await orders.order_view(tx, job.order_id)
        if order.state in orders.REVIVABLE:
            await orders.revive(tx, order.id)
        elif order.state not in GOES_ON:
            raise OrderEnded(order_id=str(order.id), state=order.state)
    move(tx, job, JobCommand.REOPEN)
    job.reason = job.ended_at = job.released_at = None
    job.finish_work()
    await workorders.reopen(tx, job.work_order_id)
