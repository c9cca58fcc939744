"""Work that must follow other work: the plant before the premises, the cable before the splice.

A job waits until each job that it waits for is completed or called off. One that stopped half-way hands its waiting on to the job that
takes it up (`workorders.follow_up`); one that was not done keeps others waiting until the office says what they wait for instead.
"""

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, or_, select

from backend.identity.principal import Principal
from backend.jobs import queries
from backend.jobs.errors import CircularWait, JobUnderway, UnknownJob
from backend.jobs.lifecycle import JobState
from backend.jobs.models import JobWait
from backend.jobs.schemas import WaitsView
from backend.kernel.db import Transaction

MOST_IN_A_ROW = 1_000  # jobs behind one another that are looked at for a circle: no project has as many


_THESE = bindparam("ids", expanding=True)
_WAITS = (
    select(JobWait.job_id, JobWait.waits_for_id)
    .where(or_(JobWait.job_id.in_(_THESE), JobWait.waits_for_id.in_(_THESE)))
    .order_by(JobWait.job_id, JobWait.waits_for_id)
)


class Wait(NamedTuple):
    """job_id waits for waits_for_id."""

    job_id: UUID
    waits_for_id: UUID


async def waits(tx: Transaction, job_ids: Collection[UUID]) -> list[Wait]:
    """Who waits for whom, where one of the two is among these jobs; in order."""
    rows = await tx.session.execute(_WAITS, {"ids": list(job_ids)})
    return [Wait(*row) for row in rows]


async def see_waits(tx: Transaction, principal: Principal, job_id: UUID) -> WaitsView:
    """What a job waits for, and what waits for it. Raises UnknownJob."""
    await _visible(tx, principal, job_id)
    return await _view(tx, job_id)


async def set_waits(tx: Transaction, principal: Principal, job_id: UUID, wanted: Collection[UUID]) -> WaitsView:
    """Say what a pending job waits for, instead of what it waited for. Raises UnknownJob, JobUnderway, CircularWait.

    Where the plan in force has them in another order, that is for the planner to mend: nothing is moved here.
    """
    await _visible(tx, principal, job_id)
    for other_id in wanted:
        await _visible(tx, principal, other_id)
    [job] = [one for one in await queries.jobs_by_id(tx, {job_id, *wanted}, lock=True) if one.id == job_id]
    if job.state is not JobState.PENDING:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    if job_id in await _behind(tx, wanted):
        raise CircularWait(job_id=str(job_id))
    known = {wait.waits_for_id for wait in await waits(tx, [job_id]) if wait.job_id == job_id}
    for row in await tx.session.scalars(select(JobWait).where(JobWait.job_id == job_id)):
        if row.waits_for_id not in wanted:
            await tx.session.delete(row)
    tx.add(*(JobWait(id=tx.new_id(), job_id=job_id, waits_for_id=other) for other in sorted({*wanted} - known)))
    await tx.flush()
    return await _view(tx, job_id)


async def hand_on(tx: Transaction, job_id: UUID, follower_id: UUID) -> None:
    """Who waited for a job that stopped half-way waits for the one that takes it up."""
    rows = await tx.session.scalars(select(JobWait).where(JobWait.waits_for_id == job_id))
    for row in rows:
        row.waits_for_id = follower_id
    await tx.flush()


async def put_behind(tx: Transaction, job_id: UUID, waits_for_id: UUID) -> None:
    """A job that is new waits for another one, too."""
    tx.add(JobWait(id=tx.new_id(), job_id=job_id, waits_for_id=waits_for_id))
    await tx.flush()


async def take_out(tx: Transaction, job_id: UUID) -> None:
    """A job that falls away waits for nothing any more."""
    for row in await tx.session.scalars(select(JobWait).where(JobWait.job_id == job_id)):
        await tx.session.delete(row)
    await tx.flush()


async def _visible(tx: Transaction, principal: Principal, job_id: UUID) -> None:
    if await queries.visible_job(tx, principal, job_id) is None:
        raise UnknownJob(id=str(job_id))


async def _behind(tx: Transaction, job_ids: Collection[UUID]) -> set[UUID]:
    """These jobs, and all that they wait for, directly or through others."""
    found, new = set[UUID](), {*job_ids}
    while new and len(found) < MOST_IN_A_ROW:
        found |= new
        query = select(JobWait.waits_for_id).where(JobWait.job_id.in_(new))
        new = {*await tx.session.scalars(query)} - found
    return found


async def _view(tx: Transaction, job_id: UUID) -> WaitsView:
    found = await waits(tx, [job_id])
    return WaitsView(
        job_id=job_id,
        waits_for=[wait.waits_for_id for wait in found if wait.job_id == job_id],
        followed_by=[wait.job_id for wait in found if wait.waits_for_id == job_id],
    )
