"""A dispatcher's own hand: one job to its crew (mostly of one) at one time, back to the backlog, locked, made longer; each can be undone.

Roads are not looked at: whoever plans by hand sees the board. Locks do not bind the hand that can set them.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.dispatch import queries, steps, times
from backend.dispatch.errors import (
    NobodyHasIt,
    OutsideShift,
    OutsideWindow,
    PlannedMeanwhile,
    StartInThePast,
    TechnicianLacksSkill,
)
from backend.dispatch.lifecycle import StepKind
from backend.dispatch.models import SecondVisit
from backend.dispatch.ordering import require_order
from backend.dispatch.schemas import AssignByHand, ResizeByHand, Seen, SplitByHand
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway
from backend.jobs.lifecycle import JobLock, JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from backend.workforce.schemas import TechnicianView


async def assign_by_hand(tx: Transaction, principal: Principal, job_id: UUID, wanted: AssignByHand) -> JobView:
    """Give a job to a technician, with everybody else who does it, at a time: to all of them or to nobody.

    Raises UnknownJob, PlannedMeanwhile, NeedsCrew, UnknownTechnician, JobUnderway, StartInThePast, TechnicianLacksSkill,
    OutsideShift, OutsideWindow, OutOfOrder, TechnicianBusy; then nothing is changed.
    """
    await jobs.see_job_view(tx, principal, job_id)
    job = (await jobs.jobs_by_id(tx, [job_id], lock=True))[job_id]
    if wanted.seen is not None:
        await _check_seen(tx, job, wanted.seen)
    jobs.require_crew(job_id, job.crew_size, wanted.crew)
    crew = [await _technician(tx, principal, technician_id) for technician_id in wanted.crew]
    start, end = wanted.start, wanted.start + timedelta(seconds=job.duration_seconds)
    if start < tx.now:
        raise StartInThePast(now=tx.now.isoformat())
    for technician in crew:
        day = await _check_shift(tx, technician, start, end)
        _check_skills(job, technician, day)
    _check_window(job, start)
    await require_order(tx, job_id, (start, end))
    await plan_job(tx, job_id, technician_id=wanted.technician_id, helper_ids=wanted.helper_ids, start=start)
    return await steps.note(tx, principal, StepKind.ASSIGN if job.technician_id is None else StepKind.MOVE, job)


async def unassign_by_hand(tx: Transaction, principal: Principal, job_id: UUID) -> JobView:
    """Take a job back into the backlog, with its lock. Raises UnknownJob, JobUnderway, NobodyHasIt, OutOfOrder."""
    job = await _given(tx, principal, job_id)
    await require_order(tx, job_id, None)
    await take_back(tx, job_id)
    return await steps.note(tx, principal, StepKind.UNASSIGN, job)


async def take_back(tx: Transaction, job_id: UUID) -> None:
    """Free the technician's time of a job that somebody has; nothing of its plan is locked any more. Raises JobUnderway."""
    await times.release_time(tx, job_id)
    await jobs.unassign(tx, job_id)
    await jobs.set_lock(tx, job_id, JobLock.NONE)


async def lock_by_hand(tx: Transaction, principal: Principal, job_id: UUID, lock: JobLock) -> JobView:
    """Say what of a job's plan nobody changes unasked. Raises UnknownJob, JobUnderway, NobodyHasIt."""
    job = await _given(tx, principal, job_id)
    await jobs.set_lock(tx, job_id, lock)
    return await steps.note(tx, principal, StepKind.LOCK, job)


async def resize_by_hand(tx: Transaction, principal: Principal, job_id: UUID, wanted: ResizeByHand) -> JobView:
    """Say how long a job takes, planned or not; when it begins stays.

    Raises UnknownJob, PlannedMeanwhile, JobUnderway, OutsideShift, OutOfOrder, TechnicianBusy; then nothing is changed.
    """
    job = await _seen_pending(tx, principal, job_id, wanted.seen)
    async with tx.savepoint():
        await jobs.set_duration(tx, job_id, wanted.duration_seconds)
        if job.technician_id is not None and job.planned_start is not None:
            start, end = job.planned_start, job.planned_start + timedelta(seconds=wanted.duration_seconds)
            crew = await workforce.technicians_by_id(tx, [job.technician_id, *job.helper_ids])
            for member in crew.values():
                await _check_shift(tx, member, start, end)
            await require_order(tx, job_id, (start, end))
            await plan_job(tx, job_id, technician_id=job.technician_id, helper_ids=job.helper_ids, start=start)
    return await steps.note(tx, principal, StepKind.RESIZE, job)


async def split_by_hand(tx: Transaction, principal: Principal, job_id: UUID, wanted: SplitByHand) -> JobView:
    """Leave a part of a job to a second visit, which waits in the backlog; when the first begins stays. The first visit's job.

    Raises UnknownJob, PlannedMeanwhile, JobUnderway, BadSplit; then nothing is changed.
    """
    job = await _seen_pending(tx, principal, job_id, wanted.seen)
    second_id = await jobs.split(tx, job_id, seconds=wanted.duration_seconds, parts=wanted.parts)
    if job.technician_id is not None and job.planned_start is not None:
        start = job.planned_start
        await plan_job(tx, job_id, technician_id=job.technician_id, helper_ids=job.helper_ids, start=start)
    second = SecondVisit(job_id=second_id, duration_seconds=wanted.duration_seconds, parts=wanted.parts)
    return await steps.note(tx, principal, StepKind.SPLIT, job, second=second)


def is_as_seen(job: JobView, seen: Seen) -> bool:
    """Whether a job is where the caller sees it."""
    has_its_crew = seen.helper_ids is None or set(seen.helper_ids) == set(job.helper_ids)
    return (job.technician_id, job.planned_start) == (seen.technician_id, seen.start) and has_its_crew


async def plan_job(
    tx: Transaction, job_id: UUID, *, technician_id: UUID, start: datetime, helper_ids: Sequence[UUID] = ()
) -> None:
    """Take the time of the job's crew and assign it, without asking what speaks against it.

    Raises UnknownJob, UnknownTechnician, JobUnderway, NeedsCrew, TechnicianBusy.
    """
    job = await jobs.job_for_work(tx, job_id)
    end = start + timedelta(seconds=job.duration_seconds)
    async with tx.savepoint():
        await times.move_time(tx, job_id, (technician_id, *helper_ids), starts_at=start, ends_at=end)
        crew = {"technician_id": technician_id, "helper_ids": helper_ids}
        await jobs.assign(tx, job_id, **crew, planned_start=start, planned_end=end)


async def _seen_pending(tx: Transaction, principal: Principal, job_id: UUID, seen: Seen | None) -> JobView:
    """A pending job, locked, that is where the caller sees it."""
    await jobs.see_job_view(tx, principal, job_id)
    job = (await jobs.jobs_by_id(tx, [job_id], lock=True))[job_id]
    if job.state is not JobState.PENDING:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    if seen is not None:
        await _check_seen(tx, job, seen)
    return job


async def _check_seen(tx: Transaction, job: JobView, seen: Seen) -> None:
    """Two dispatchers may have one job in hand: the second is told what the first has made of it."""
    if is_as_seen(job, seen):
        return
    raise PlannedMeanwhile(
        job_id=str(job.id),
        technician_id=str(job.technician_id) if job.technician_id else None,
        start=job.planned_start.isoformat() if job.planned_start else None,
        by=await steps.made_by(tx, job),
    )


async def _given(tx: Transaction, principal: Principal, job_id: UUID) -> JobView:
    """A pending job that somebody has, locked."""
    await jobs.see_job_view(tx, principal, job_id)
    job = (await jobs.jobs_by_id(tx, [job_id], lock=True))[job_id]
    if job.state is not JobState.PENDING:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    if job.technician_id is None:
        raise NobodyHasIt(job_id=str(job_id))
    return job


async def _technician(tx: Transaction, principal: Principal, technician_id: UUID) -> TechnicianView:
    technician = await workforce.technician(tx, technician_id)
    if not queries.sees_territory(principal, technician.territory_id):
        raise workforce.UnknownTechnician(id=str(technician_id))
    return technician


async def _check_shift(tx: Transaction, technician: TechnicianView, start: datetime, end: datetime) -> datetime:
    """The end of the shift that the work lies in, in the technician's own zone."""
    territory = await workforce.territory(tx, technician.territory_id)
    zone = ZoneInfo(territory.zone)
    days = sorted({start.astimezone(zone).date(), (start - timedelta(days=1)).astimezone(zone).date()})
    for shift in await workforce.shifts(tx, days, [technician.id]):
        if shift.starts_at <= start and end <= shift.ends_at:
            return shift.ends_at.astimezone(zone)
    raise OutsideShift(technician_id=str(technician.id), starts_at=start.isoformat(), ends_at=end.isoformat())


def _check_skills(job: JobView, technician: TechnicianView, shift_end: datetime) -> None:
    valid = {
        skill.code: skill.level
        for skill in technician.skills
        if skill.expires_on is None or skill.expires_on >= shift_end.date()
    }
    if missing := [need.code for need in job.skills if valid.get(need.code, 0) < need.level]:
        raise TechnicianLacksSkill(skills=missing)


def _check_window(job: JobView, start: datetime) -> None:
    if job.window is not None and not job.window.start <= start <= job.window.end:
        raise OutsideWindow(window_start=job.window.start.isoformat(), window_end=job.window.end.isoformat())
