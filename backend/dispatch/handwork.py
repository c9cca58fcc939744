"""A dispatcher's own hand: one job to one technician at one time, and what speaks against it by name.

Roads are not looked at: whoever plans by hand sees the board. Locks do not bind the hand that can set them.
"""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.dispatch import queries, times
from backend.dispatch.errors import OutsideShift, OutsideWindow, StartInThePast, TechnicianLacksSkill
from backend.dispatch.schemas import AssignByHand
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from backend.workforce.schemas import TechnicianView


async def assign_by_hand(tx: Transaction, principal: Principal, job_id: UUID, wanted: AssignByHand) -> JobView:
    """Give a job to a technician at a time.

    Raises UnknownJob, UnknownTechnician, JobUnderway, StartInThePast, TechnicianLacksSkill, OutsideShift,
    OutsideWindow, TechnicianBusy; then nothing is changed.
    """
    job = await jobs.see_job_view(tx, principal, job_id)
    technician = await _technician(tx, principal, wanted.technician_id)
    start, end = wanted.start, wanted.start + timedelta(seconds=job.duration_seconds)
    if start < tx.now:
        raise StartInThePast(now=tx.now.isoformat())
    day = await _check_shift(tx, technician, start, end)
    _check_skills(job, technician, day)
    _check_window(job, start)
    await plan_job(tx, job_id, technician_id=technician.id, start=start)
    return await jobs.job_view(tx, job_id)


async def plan_job(tx: Transaction, job_id: UUID, *, technician_id: UUID, start: datetime) -> None:
    """Take the technician's time for the job and assign it, without asking what speaks against it.

    Raises UnknownJob, UnknownTechnician, JobUnderway, TechnicianBusy.
    """
    job = await jobs.job_for_work(tx, job_id)
    end = start + timedelta(seconds=job.duration_seconds)
    async with tx.savepoint():
        await times.move_time(tx, job_id, technician_id=technician_id, starts_at=start, ends_at=end)
        await jobs.assign(tx, job_id, technician_id=technician_id, planned_start=start, planned_end=end)


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
