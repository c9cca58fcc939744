"""Whose work counts at a job, and when it happened: what every operation of a technician asks first."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from backend.jobs import queries
from backend.jobs.errors import NotTheLead, UnknownJob
from backend.jobs.lifecycle import HISTORY, JobCommand, JobState
from backend.jobs.models import Job, Visit
from backend.kernel.db import Transaction

CANCELLED = "job_cancelled"
REASSIGNED = "job_reassigned"


async def job_for_work(tx: Transaction, job_id: UUID) -> Job:
    """The job, locked, to be handed to an operation. Raises UnknownJob."""
    return await tx.get(Job, job_id, UnknownJob, lock=True)


async def jobs_for_work(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, Job]:
    """Those of the jobs that exist, locked in order of id, so that two batches of work never wait for each other."""
    return {job.id: job for job in await queries.jobs_by_id(tx, ids, lock=True)}


async def require_attendance(tx: Transaction, job: Job, technician_id: UUID) -> None:
    """Facts of the field come from whoever has or had the job, alone or with others; for everybody else it is UnknownJob."""
    if job.technician_id != technician_id and not await queries.was_given_to(tx, job.id, technician_id):
        raise UnknownJob(id=str(job.id))


async def require_lead(tx: Transaction, job: Job, technician_id: UUID) -> None:
    """How a job goes on is said by who leads it, or did when they were last told; helpers are told so by NotTheLead.

    For who never had the job it is UnknownJob.
    """
    await require_attendance(tx, job, technician_id)
    if job.technician_id != technician_id and not await queries.has_led(tx, job.id, technician_id):
        raise NotTheLead(job_id=str(job.id), lead_id=str(job.technician_id) if job.technician_id else None)


def overtaken(job: Job, technician_id: UUID) -> str | None:
    """Why this technician's work no longer moves the job: the office decided otherwise before we heard of it."""
    if job.state is JobState.CANCELLED:
        return CANCELLED
    return REASSIGNED if job.technician_id != technician_id else None


def is_history(job: Job, visit: Visit, command: JobCommand, occurred_at: datetime) -> bool:
    """Whether the job is past this step already: said twice, or by a second phone whose words come late.

    A step that happened after the job had ended is none: it contradicts the end.
    """
    if command is JobCommand.ARRIVE and visit.has_arrived:
        return True
    has_passed = command in HISTORY.get(job.state, frozenset())
    return has_passed and (job.ended_at is None or occurred_at < job.ended_at)


def bounded(visit: Visit, occurred_at: datetime, now: datetime) -> datetime:
    """When it can have happened: not after we learned of it, nor before what came before it in this visit.

    A device's clock is corrected before, but not to the second.
    """
    times = (visit.en_route_at, visit.arrived_at, visit.started_at)
    return min(now, max([occurred_at, *(time for time in times if time is not None)]))
