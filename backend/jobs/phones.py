"""Which jobs are on which phones, for whoever tells technicians that their day changed. Pulls read the feed, not this."""

from collections.abc import Collection
from uuid import UUID

from backend.jobs import queries
from backend.jobs.lifecycle import ON_PHONE, JobState
from backend.jobs.models import Job
from backend.kernel import outbox
from backend.kernel.db import Transaction


async def carried_by(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """The technicians on whose phones each of these jobs is, or was when it was called off."""
    jobs = [job._replace(state=JobState.PENDING) for job in await queries.whereabouts(tx, ids)]
    return {job_id: _technicians(scopes) for job_id, scopes in queries.scopes(jobs).items()}


def record_leaving(tx: Transaction, job: Job) -> None:
    """A job that is on phones is about to leave them, unasked: events `technician.job_withdrawn`, of everybody who had it."""
    for technician_id in (job.technician_id, *job.helper_ids):
        if job.assignment in ON_PHONE and technician_id is not None:
            outbox.record(tx, "technician.job_withdrawn", technician_id)


def _technicians(scopes: Collection[str]) -> list[UUID]:
    names = (scope.partition(":") for scope in sorted(scopes))
    return [UUID(id_) for kind, _, id_ in names if kind == "technician"]
