"""Asking a day in memory: what would a drop do, who could have a job, what would several moves do together? Nothing is written.

What changed is read in a snapshot; the roads are asked, and the answer is worked out, when that is closed.
"""

import asyncio
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.dispatch import copies, whatif
from backend.dispatch.copies import Tried
from backend.dispatch.live import LiveDays, Reading
from backend.dispatch.preview_schemas import AskObstacles, DropView, ObstaclesView, PreviewDrop, TryMoves, WhatIfView
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Database, Transaction
from backend.workforce import service as workforce


async def preview_drop(
    database: Database, live: LiveDays, principal: Principal, job_id: UUID, wanted: PreviewDrop
) -> DropView:
    """What a drop would do after the moves that are tried out. Raises UnknownJob, JobUnderway, UnknownTechnician."""
    async with database.snapshot(principal.actor, "preview_drop") as tx:
        job = await _pending(tx, principal, job_id)
        territory = await workforce.territory(tx, job.territory_id)
        day = wanted.start.astimezone(ZoneInfo(territory.zone)).date()
        tried = await whatif.read_tried(tx, principal, wanted.tried)
        reading = await _read_day(tx, live, job, day, tried)
    [found] = await live.days(reading)
    return await asyncio.to_thread(copies.preview, found, job, wanted, tried)


async def see_obstacles(
    database: Database, live: LiveDays, principal: Principal, job_id: UUID, wanted: AskObstacles
) -> ObstaclesView:
    """Why nobody could have a job after the moves that are tried out, and who could. Raises as `preview_drop` does."""
    async with database.snapshot(principal.actor, "see_obstacles") as tx:
        job = await _pending(tx, principal, job_id)
        tried = await whatif.read_tried(tx, principal, wanted.tried)
        reading = await _read_day(tx, live, job, wanted.day, tried)
    [found] = await live.days(reading)
    return await asyncio.to_thread(copies.obstacles_after, found, job, tried)


async def try_moves(database: Database, live: LiveDays, principal: Principal, wanted: TryMoves) -> WhatIfView:
    """What these moves would do together. Raises UnknownJob, UnknownTechnician, TriedTooWide."""
    async with database.snapshot(principal.actor, "try_moves") as tx:
        tried = await whatif.read_tried(tx, principal, wanted.tried)
        readings = await whatif.read_days(tx, live, tried)
    days = {key: (await live.days(reading))[0] for key, reading in readings.items()}
    return await asyncio.to_thread(copies.answer, days, tried)


async def _pending(tx: Transaction, principal: Principal, job_id: UUID) -> JobView:
    """Raises UnknownJob, JobUnderway."""
    job = await jobs.see_job_view(tx, principal, job_id)
    if job.state is not JobState.PENDING:
        raise JobUnderway(job_id=str(job_id), state=job.state)
    return job


async def _read_day(tx: Transaction, live: LiveDays, job: JobView, day: date, tried: Tried) -> Reading:
    """The day of the job's territory, which knows it, and what is tried on it."""
    return await live.read(tx, job.territory_id, [day], [job.id, *tried.jobs_on(job.territory_id, day)])
