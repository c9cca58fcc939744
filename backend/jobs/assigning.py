"""Who does a job and when: the promised window, the plan, the crew (mostly of one), the phones it is sent to."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.jobs import queries
from backend.jobs.errors import BadPlan, JobUnderway, NeedsCrew, UnknownJob
from backend.jobs.lifecycle import ENDED, ON_PHONE, AssignmentCommand, AssignmentState, JobLock, JobState
from backend.jobs.models import Assignment, Job
from backend.jobs.phones import record_leaving
from backend.jobs.schemas import Helper
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.workforce import service as workforce


class AssignBy(StrEnum):
    """tentative: a proposal that the planner may still change; assigned: decided."""

    TENTATIVE = "tentative"
    ASSIGNED = "assigned"


async def promise_window(
    tx: Transaction, job_id: UUID, *, start: datetime, end: datetime, zone: str, local: str
) -> None:
    """What the customer was promised, with a new PIN. zone: IANA; local: its words. Raises JobUnderway, BadPlan."""
    job = await pending(tx, job_id)
    if end <= start:
        raise BadPlan(start=start, end=end)
    job.window_start, job.window_end, job.window_zone, job.window_local = start, end, zone, local
    job.visit_pin = _pin(tx)
    job.service_day = await _service_day(tx, job)


async def withdraw_window(tx: Transaction, job_id: UUID) -> None:
    """Nothing is promised any more. Raises JobUnderway."""
    job = await pending(tx, job_id)
    job.window_start = job.window_end = job.window_zone = job.window_local = job.visit_pin = None
    job.service_day = await _service_day(tx, job)


async def assign(
    tx: Transaction,
    job_id: UUID,
    *,
    technician_id: UUID,
    helper_ids: Sequence[UUID] = (),
    planned_start: datetime,
    planned_end: datetime,
    by: AssignBy = AssignBy.ASSIGNED,
) -> None:
    """Give the job to a technician, and to the helpers whom the technician leads, at a time.

    Another time for the same crew stays dispatched, event `job.retimed`; another crew must be sent the job anew, all of it.
    Raises UnknownTechnician, JobUnderway, BadPlan, NeedsCrew.
    """
    job = await pending(tx, job_id)
    if planned_end <= planned_start:
        raise BadPlan(start=planned_start, end=planned_end)
    require_crew(job_id, job.crew_size, (technician_id, *helper_ids))
    is_same_crew = job.technician_id == technician_id and set(job.helper_ids) == set(helper_ids)
    if not (is_same_crew and job.assignment in ON_PHONE):
        await _hand_to(tx, job, technician_id, helper_ids, by)
    elif job.planned_start != planned_start:
        outbox.record(tx, "job.retimed", job.id)
    # Documents are made before the database gives the instants back, and clients hold them against each other as texts.
    job.planned_start, job.planned_end = planned_start.astimezone(UTC), planned_end.astimezone(UTC)
    job.service_day = await _service_day(tx, job)
    _sign(tx, job)


def require_crew(job_id: UUID, crew_size: int, crew: Sequence[UUID]) -> None:
    """As many different people as the job takes. Raises NeedsCrew."""
    if len(crew) != crew_size or len(set(crew)) != crew_size:
        raise NeedsCrew(job_id=str(job_id), crew_size=crew_size, named=len(set(crew)))


async def take_back(tx: Transaction, job: Job, technician_id: UUID) -> None:
    """Give a job that was handed on to the one who had it before: they work on it, whoever was to come need not.

    Their helpers come with them, and where they are one of the helpers now, so does who leads. A technician who is on the way to
    it already is called off. Raises UnknownTechnician.
    """
    for visit in await queries.open_visits(tx, job.id):
        if visit.technician_id != technician_id:
            visit.ended_at, visit.outcome = tx.now, JobState.CANCELLED
    seats = [job.technician_id, *job.helper_ids] if technician_id in job.helper_ids else job.helper_ids
    await _hand_to(
        tx, job, technician_id, [one for one in seats if one not in (None, technician_id)], AssignBy.ASSIGNED
    )
    _dispatch(tx, job)
    move(tx, Assignment(job), AssignmentCommand.ACKNOWLEDGE)


async def unassign(tx: Transaction, job_id: UUID) -> None:
    """Take the job back into the backlog. Raises JobUnderway, IllegalMove when nobody has it."""
    job = await pending(tx, job_id)
    record_leaving(tx, job)
    move(tx, Assignment(job), AssignmentCommand.UNASSIGN)
    job.technician_id = job.organisation_id = job.planned_start = job.planned_end = None
    job.helpers = []
    job.service_day = await _service_day(tx, job)
    _sign(tx, job)


async def set_lock(tx: Transaction, job_id: UUID, lock: JobLock) -> None:
    """Say what of the plan nobody may change without being asked. The planner keeps to it; `assign` does not look."""
    job = await tx.get(Job, job_id, UnknownJob, lock=True)
    job.lock = lock
    _sign(tx, job)


async def set_duration(tx: Transaction, job_id: UUID, seconds: int) -> None:
    """Say how long the work on site takes; a plan of it ends sooner or later by that. Also of work that has begun, which overruns.

    Raises UnknownJob, and JobUnderway for a job that has ended.
    """
    job = await tx.get(Job, job_id, UnknownJob, lock=True)
    if job.state in ENDED:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    job.duration_seconds = seconds
    if job.planned_start is not None:
        job.planned_end = job.planned_start + timedelta(seconds=seconds)
    _sign(tx, job)


async def pending(tx: Transaction, job_id: UUID) -> Job:
    """The job, locked, as long as nobody has set off to it. Raises UnknownJob, JobUnderway."""
    job = await tx.get(Job, job_id, UnknownJob, lock=True)
    if job.state is not JobState.PENDING:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    return job


async def dispatch(tx: Transaction, job_id: UUID) -> None:
    """Send one assigned job to its technician's phone. Event `job.dispatched`. Raises JobUnderway, IllegalMove."""
    _dispatch(tx, await pending(tx, job_id))


async def dispatch_day(tx: Transaction, territory_id: UUID, day: date) -> list[UUID]:
    """Send all assigned jobs of a local day to their technicians' phones; the ids of those that were sent now."""
    jobs = await queries.assigned_jobs(tx, territory_id, day)
    for job in jobs:
        _dispatch(tx, job)
    return [job.id for job in jobs]


def _dispatch(tx: Transaction, job: Job) -> None:
    move(tx, Assignment(job), AssignmentCommand.DISPATCH, detail={"technician_id": str(job.technician_id)})


def _sign(tx: Transaction, job: Job) -> None:
    """Whoever of the office changes a plan is named on it: colleagues see it change before their eyes."""
    job.planned_by = tx.actor.id if tx.actor.kind == "user" else None


async def _hand_to(tx: Transaction, job: Job, technician_id: UUID, helper_ids: Sequence[UUID], by: AssignBy) -> None:
    technician = await workforce.technician(tx, technician_id)
    for helper_id in helper_ids:
        await workforce.technician(tx, helper_id)
    record_leaving(tx, job)
    command = AssignmentCommand.ASSIGN if by is AssignBy.ASSIGNED else AssignmentCommand.PROPOSE
    helpers = {"helper_ids": [str(helper_id) for helper_id in helper_ids]} if helper_ids else {}
    move(tx, Assignment(job), command, detail={"technician_id": str(technician_id), **helpers})
    job.technician_id, job.organisation_id = technician.id, technician.organisation_id
    job.helpers = [Helper(technician_id=helper_id) for helper_id in helper_ids]


def _pin(tx: Transaction) -> str:
    """Four digits of the random end of a new id: nobody has to keep them secret for long, only to compare them."""
    return f"{tx.new_id().int % 10_000:04d}"


async def _service_day(tx: Transaction, job: Job) -> date | None:
    """The local day of the plan, else of the promise, in the zone of the territory."""
    start = job.planned_start if job.assignment is not AssignmentState.UNASSIGNED else job.window_start
    if start is None:
        return None
    territory = await workforce.territory(tx, job.territory_id)
    return start.astimezone(ZoneInfo(territory.zone)).date()
