"""What goes wrong in the middle of a day: a person drops out, work takes longer, something cannot wait.

A run that repairs it plans the day with the trouble in it, while roster and plan in force stand as they are. Only when the first of
its moves is applied is the trouble itself written down (`record`); it is taken back with them (`take_back`).
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from backend.dispatch import times
from backend.dispatch.errors import BadTrouble
from backend.dispatch.lifecycle import TroubleKind
from backend.dispatch.models import BeforeTrouble, OptimisationRun, Trouble
from backend.dispatch.schemas import RequestRun
from backend.dispatch.translation import Situation, local_midnight
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway
from backend.jobs.lifecycle import ENDED, JobState
from backend.jobs.schemas import HIGHEST_PRIORITY
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from backend.workforce.schemas import ShiftView

NOT_TODAY, NO_DURATION, ELSEWHERE = "not_today", "no_duration", "another_territory"
FIXED = frozenset(JobState) - {JobState.PENDING}


async def check(tx: Transaction, principal: Principal, wanted: RequestRun) -> None:
    """Whether a trouble can be asked about. Raises BadTrouble, UnknownTechnician, UnknownJob, JobUnderway."""
    trouble = wanted.trouble
    if trouble is None:
        return
    zone = (await workforce.territory(tx, wanted.territory_id)).zone
    if local_midnight(wanted.day, zone) > tx.now or wanted.days != 1:
        raise BadTrouble(reason=NOT_TODAY)
    if trouble.kind is TroubleKind.TECHNICIAN_OUT:
        technician = await workforce.technician(tx, trouble.subject_id)
        if technician.territory_id != wanted.territory_id:
            raise BadTrouble(reason=ELSEWHERE)
        return
    await _check_job(tx, principal, trouble, wanted.territory_id)


async def _check_job(tx: Transaction, principal: Principal, trouble: Trouble, territory_id: UUID) -> None:
    job = await jobs.see_job_view(tx, principal, trouble.subject_id)
    if job.territory_id != territory_id:
        raise BadTrouble(reason=ELSEWHERE)
    if trouble.kind is TroubleKind.JOB_OVERRAN and trouble.duration_seconds is None:
        raise BadTrouble(reason=NO_DURATION)
    if job.state in (ENDED if trouble.kind is TroubleKind.JOB_OVERRAN else FIXED):
        raise JobUnderway(job_id=str(job.id), state=job.state)


def asked_jobs(trouble: Trouble | None) -> list[UUID]:
    """The jobs that a situation has to know for it."""
    return [] if trouble is None or trouble.kind is TroubleKind.TECHNICIAN_OUT else [trouble.subject_id]


def in_trouble(situation: Situation, trouble: Trouble | None) -> Situation:
    """The day as it is now that this has happened. Pure."""
    match trouble:
        case None:
            return situation
        case Trouble(kind=TroubleKind.TECHNICIAN_OUT, subject_id=technician_id):
            found = (
                left_of(one, situation.now) if one.technician_id == technician_id else one for one in situation.shifts
            )
            return replace(situation, shifts=tuple(shift for shift in found if shift is not None))
        case Trouble(kind=TroubleKind.JOB_OVERRAN, subject_id=job_id, duration_seconds=seconds):
            return _with_job(situation, job_id, duration_seconds=seconds)
        case Trouble(subject_id=job_id):
            urgent = _with_job(situation, job_id, priority=HIGHEST_PRIORITY)
            return replace(urgent, urgent=frozenset([job_id]))


def left_of(shift: ShiftView, now: datetime) -> ShiftView | None:
    """A shift whose technician goes home now; None when it has not begun. A break that is still to come falls away."""
    if shift.starts_at >= now:
        return None
    if shift.ends_at <= now:
        return shift
    ended = msgspec.structs.replace(shift, ends_at=now)
    if shift.break_until is None or shift.break_until <= now:
        return ended
    return msgspec.structs.replace(ended, break_from=None, break_until=None, break_seconds=0)


async def record(tx: Transaction, run: OptimisationRun) -> None:
    """The trouble is a fact now; the run keeps what it changed. A second acceptance of the same run changes nothing."""
    trouble = run.trouble
    if trouble is None or run.before_trouble is not None:
        return
    run.before_trouble = BeforeTrouble()
    if trouble.kind is TroubleKind.TECHNICIAN_OUT:
        shifts = await workforce.shifts(tx, [run.day], [trouble.subject_id])
        for shift in shifts:
            await workforce.change_shift(tx, shift, left_of(shift, tx.now))
        run.before_trouble = BeforeTrouble(shifts=shifts)
    elif trouble.kind is TroubleKind.JOB_OVERRAN and trouble.duration_seconds is not None:
        job = await jobs.job_view(tx, trouble.subject_id)
        if job.state not in ENDED:
            await _stretch(tx, job.id, trouble.duration_seconds)
            run.before_trouble = BeforeTrouble(duration_seconds=job.duration_seconds)


async def take_back(tx: Transaction, run: OptimisationRun) -> None:
    """The trouble was none: shift and duration are as they were. A job that has ended since stays as it is."""
    trouble, before = run.trouble, run.before_trouble
    if trouble is None or before is None:
        return
    for shift in before.shifts:
        await workforce.change_shift(tx, shift, shift)
    if before.duration_seconds is not None:
        job = await jobs.job_view(tx, trouble.subject_id)
        if job.state not in ENDED:
            await _stretch(tx, job.id, before.duration_seconds)
    run.before_trouble = None


async def _stretch(tx: Transaction, job_id: UUID, seconds: int) -> None:
    await jobs.set_duration(tx, job_id, seconds)
    await times.stretch_time(tx, job_id, seconds)


def _with_job(situation: Situation, job_id: UUID, **known: Any) -> Situation:
    found = (msgspec.structs.replace(job, **known) if job.id == job_id else job for job in situation.jobs)
    return replace(situation, jobs=tuple(found))
