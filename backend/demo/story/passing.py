"""Time that passes in the story: instead of waiting until a window or a last day is over, it is moved into the past."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from backend.booking.models import Appointment
from backend.demo.site import Site
from backend.jobs.models import Job
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Transaction, open_database
from backend.parts import BEFORE_COMMIT
from backend.promises.models import Promise
from backend.returns.models import ExpectedReturn


def let_window_pass(site: Site, job_id: str, *, late: timedelta) -> None:
    """The window of a job's appointment ended so long ago, for everybody who keeps account of it."""

    async def pass_by(tx: Transaction) -> None:
        for row in await _windows(tx, UUID(job_id)):
            assert row.window_start is not None, "the job has an appointment"
            assert row.window_end is not None, "the job has an appointment"
            length = row.window_end - row.window_start
            row.window_end = tx.now - late
            row.window_start = row.window_end - length

    asyncio.run(_rewrite(site, pass_by))


def let_return_fall_due(site: Site, return_id: str) -> None:
    """The last day on which a unit was to come back is over, and the worker looks."""

    async def pass_by(tx: Transaction) -> None:
        row = await tx.session.get_one(ExpectedReturn, UUID(return_id), with_for_update=True)
        row.return_by = tx.now
        row.finish_work(again_at=tx.now)

    asyncio.run(_rewrite(site, pass_by))


async def _rewrite(site: Site, change: Callable[[Transaction], Awaitable[None]]) -> None:
    database = await open_database(site.database_url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "let_time_pass") as tx:
            await change(tx)
    finally:
        await database.close()


async def _windows(tx: Transaction, job_id: UUID) -> Iterable[Job | Appointment | Promise]:
    appointments = await tx.session.scalars(select(Appointment).where(Appointment.job_id == job_id))
    promises = await tx.session.scalars(select(Promise).where(Promise.job_id == job_id))
    return [await tx.session.get_one(Job, job_id), *appointments, *promises]
