"""The worker's part of jobs: an ended job leaves its technician's phone."""

from uuid import UUID

from backend.jobs.errors import UnknownJob
from backend.jobs.models import Job
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database


async def release(database: Database, job_id: UUID) -> None:
    """Let the job leave the phone, a day after it ended; one that was resumed meanwhile stays."""
    async with database.transaction(SYSTEM, "release_job") as tx:
        job = await tx.get(Job, job_id, UnknownJob, lock=True)
        if job.ended_at is not None:
            job.released_at = tx.now
        job.finish_work()
