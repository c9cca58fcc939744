"""What a push was answered, and what it left behind."""

from uuid import UUID

from sqlalchemy import select

from backend.jobs.models import Job, JobNote, ReviewCard
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.protocol import MutationState, Result

Verdict = tuple[MutationState, str | None, str | None]


def verdicts(results: tuple[Result, ...]) -> list[Verdict]:
    return [(result.status, result.code, result.path) for result in results]


async def cards(database: Database, job_id: UUID) -> list[tuple[str, str, str]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        rows = await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id == job_id).order_by(ReviewCard.id))
        return [(row.kind, row.subject, row.reason) for row in rows]


async def cards_of(database: Database, *, job_id: UUID | None) -> list[ReviewCard]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id.is_not_distinct_from(job_id))))


async def job_row(database: Database, job_id: UUID) -> Job:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await tx.session.get_one(Job, job_id)


async def note_texts(database: Database) -> list[str]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(JobNote.text).order_by(JobNote.id)))
