"""The worker's part of jobs: an ended job leaves its technician's phone, and so does a decided card."""

from uuid import UUID

from backend.jobs.errors import UnknownJob, UnknownReviewCard
from backend.jobs.models import Job, ReviewCard
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database


async def release(database: Database, job_id: UUID) -> None:
    """Let the job leave the phone, a day after it ended; one that was resumed meanwhile stays."""
    async with database.transaction(SYSTEM, "release_job") as tx:
        job = await tx.get(Job, job_id, UnknownJob, lock=True)
        if job.ended_at is not None:
            job.released_at = tx.now
        job.finish_work()


async def release_card(database: Database, card_id: UUID) -> None:
    """Let a decided card leave the phone."""
    async with database.transaction(SYSTEM, "release_card") as tx:
        card = await tx.get(ReviewCard, card_id, UnknownReviewCard, lock=True)
        card.released_at = tx.now
        card.finish_work()
