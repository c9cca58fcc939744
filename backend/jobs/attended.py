"""Reads of attendance: who came when, who is on the way, how long work took."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from backend.jobs.lifecycle import JobState
from backend.jobs.models import Job, Visit
from backend.jobs.queries import counted_visits
from backend.kernel.db import Transaction


async def latest_visit(tx: Transaction, job_id: UUID) -> Visit | None:
    """The last attendance of a technician whose job it was."""
    return (
        await tx.session.scalars(counted_visits().where(Visit.job_id == job_id).order_by(Visit.id.desc()).limit(1))
    ).first()


async def set_out(tx: Transaction, territory_id: UUID) -> dict[UUID, datetime]:
    """Job → when its technician set out, for those of a territory to which somebody is on the way."""
    query = (
        select(Job.id, Visit.en_route_at)
        .join(Visit, Visit.job_id == Job.id)
        .where(Job.territory_id == territory_id, Job.state == JobState.EN_ROUTE, Visit.ended_at.is_(None))
    )
    return {job_id: at for job_id, at in await tx.session.execute(query) if at is not None}


async def durations(
    tx: Transaction, territory_id: UUID, *, since: datetime, limit: int
) -> list[tuple[str, int, datetime, datetime]]:
    """(work, planned seconds, start, end) of the newest visits of a territory that completed their job."""
    query = (
        select(Job.work, Job.duration_seconds, Visit.started_at, Visit.ended_at)
        .join(Visit, Visit.job_id == Job.id)
        .where(
            Job.territory_id == territory_id,
            Job.ended_at >= since,
            Visit.outcome == JobState.COMPLETED,
            Visit.started_at.is_not(None),
            Visit.ended_at > Visit.started_at,
        )
    )
    rows = await tx.session.execute(query.order_by(Job.ended_at.desc(), Job.id).limit(limit))
    return [(row.work, row.duration_seconds, row.started_at, row.ended_at) for row in rows]


async def first_arrival(tx: Transaction, job_id: UUID, since: datetime) -> Visit | None:
    """The first visit of a job in which somebody came, at `since` or later."""
    query = (
        counted_visits().where(Visit.job_id == job_id, Visit.arrived_at >= since).order_by(Visit.arrived_at, Visit.id)
    )
    return (await tx.session.scalars(query.limit(1))).first()
