"""The demo's past: every report has something to tell of it, nobody is written to, and the same seed plays the same."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.demo.people import ZONE, at
from backend.demo.seed import PAST_DAYS, Amount
from backend.demo.set_up import fill
from backend.demo.visits import SIGNED
from backend.demo.work import WINDOW_HOURS
from backend.identity.principal import Principal, Role
from backend.jobs.lifecycle import JobState
from backend.jobs.models import Job, Visit
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, open_database
from backend.messages.models import Message
from backend.reporting import service
from backend.reporting.report_schemas import Asked, By, ReportName
from backend.workforce import service as workforce
from backend.workforce.models import Technician
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

SUPERVISOR = Principal(actor=SYSTEM, role=Role.SUPERVISOR)
TOLD = (
    ReportName.ON_TIME,
    ReportName.FIRST_TIME_FIX,
    ReportName.UTILISATION,
    ReportName.REPEAT_VISITS,
    ReportName.STOCK_ACCURACY,
)
DAY = MONDAY.astimezone(ZONE).date()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return filled(tmp_path_factory.mktemp("past"), past_days=2)


def filled(home: Path, *, past_days: int) -> str:
    amount = Amount(jobs_a_day=0, days=1, past_days=past_days)
    url = f"sqlite:///{home / 'truckroll.db'}"
    fill(url, "", seed_number=1, amount=amount, progress=lambda *_: None, home=home)
    return url


async def opened(url: str) -> Database:
    return await open_database(url)


async def test_every_report_has_something_to_tell(url: str):
    database = await opened(url)
    try:
        async with database.snapshot(SYSTEM, "test") as tx:
            span: dict[str, Any] = {"first_day": tx.now.date() - timedelta(days=4), "last_day": tx.now.date()}
            tables = {
                name: await service.report(tx, SUPERVISOR, Asked(report=name, by=By.DAY, **span)) for name in TOLD
            }
    finally:
        await database.close()

    assert [name for name, table in tables.items() if len(table.rows) < 2] == []


async def test_the_customers_have_signed_and_nobody_is_written_to(url: str):
    database = await opened(url)
    try:
        async with database.snapshot(SYSTEM, "test") as tx:
            letters = await tx.session.scalar(select(func.count()).select_from(Message))
            underway = await tx.session.scalar(
                select(func.count()).select_from(Job).where(Job.state.in_((JobState.EN_ROUTE, JobState.STARTED)))
            )
    finally:
        await database.close()

    assert (letters, underway) == (0, 0)
    assert (Path(url.removeprefix("sqlite:///")).parent / "blobs" / SIGNED[:2] / SIGNED).exists()


async def test_everybody_is_at_work_today_whatever_the_hour(url: str):
    database = await opened(url)
    try:
        async with database.snapshot(SYSTEM, "test") as tx:
            people = await tx.session.scalar(select(func.count()).select_from(Technician))
            today = tx.now.astimezone(ZONE).date()
            shifts = await workforce.shifts(tx, [today])
    finally:
        await database.close()

    assert len({shift.technician_id for shift in shifts}) == people


async def test_the_same_seed_plays_the_same_past(url: str, tmp_path: Path):
    again = await asyncio.to_thread(filled, tmp_path, past_days=2)

    assert await whole_days(url) == await whole_days(again) != []


async def whole_days(url: str) -> Sequence[datetime]:
    """When somebody arrived on the days before today."""
    database = await opened(url)
    try:
        async with database.snapshot(SYSTEM, "test") as tx:
            today = at(tx.now.astimezone(ZONE).date(), time(0))
            query = select(Visit.arrived_at).where(Visit.arrived_at < today).order_by(Visit.arrived_at)
            return [arrived for arrived in await tx.session.scalars(query) if arrived is not None]
    finally:
        await database.close()


@pytest.mark.parametrize(
    ("clock", "hours"),
    [(time(7), WINDOW_HOURS), (time(7, 45), (10, 12, 14)), (time(11), (12, 14)), (time(12, 59), (14,))],
)
def test_what_is_promised_today_begins_after_now(clock: time, hours: tuple[int, ...]):
    assert Amount(past_days=PAST_DAYS).hours_of(DAY, at(DAY, clock)) == hours


def test_without_a_past_a_day_is_whole_whatever_the_hour():
    assert Amount().hours_of(DAY, at(DAY, time(12))) == WINDOW_HOURS
