"""Windows on the days on which the clocks change: promised by the clock of the place, kept as instants."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import httpx
import pytest

from backend.booking.routes import ROUTES
from backend.dispatch.live import LiveDays
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.workforce import service as workforce
from backend.workforce.schemas import AddShift
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

# In Helsinki clocks go back on the last Sunday of October and forward on that of March, at night.
AUTUMN, SPRING = date(2026, 10, 25), date(2027, 3, 28)
EIGHT_UTC = {AUTUMN: 6, AUTUMN - timedelta(days=1): 5, SPRING: 5, SPRING - timedelta(days=1): 6}


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR, live=LiveDays(AirLines())) as opened:
        yield opened


async def job_on(database: Database, clock: FixedClock, change: date) -> UUID:
    """A job, and a technician who works from eight to four by the clock on the day before the change and on that day."""
    eve = change - timedelta(days=1)
    clock.advance((datetime(eve.year, eve.month, eve.day, tzinfo=UTC) - MONDAY).total_seconds())
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        for day in (eve, change):
            starts_at = datetime(day.year, day.month, day.day, EIGHT_UTC[day], tzinfo=UTC)
            shift = AddShift(
                technician_id=eero.id, day=day, starts_at=starts_at, ends_at=starts_at + timedelta(hours=8)
            )
            await workforce.add_shift(tx, shift)
        return (await make_jobs(tx, eero.territory_id, 1))[0].id


@pytest.mark.parametrize("change", [AUTUMN, SPRING])
async def test_slots_on_both_sides_of_a_change_are_those_of_the_clock_on_the_wall(
    http: httpx.AsyncClient, database: Database, clock: FixedClock, change: date
):
    job_id = await job_on(database, clock, change)
    eve = change - timedelta(days=1)

    found = await http.get(f"/api/v1/jobs/{job_id}/slots", params={"from": eve.isoformat(), "days": 2})

    for day in (eve, change):
        slots = [slot for slot in found.json()["slots"] if slot["day"] == day.isoformat()]
        # 90 minutes of work and the way: what begins by the wall's 14:00 is done by 16:00, on either side of the change.
        assert [slot["state"] for slot in slots] == ["open"] * 4 + ["closed"]
        begins = datetime.fromisoformat(slots[0]["window"]["start"])
        assert begins == datetime(day.year, day.month, day.day, EIGHT_UTC[day], tzinfo=UTC)
        assert slots[0]["window"]["local"] == f"{day.isoformat()} 08:00–10:00"
        assert slots[0]["window"]["zone"] == "Europe/Helsinki"


@pytest.mark.parametrize("change", [AUTUMN, SPRING])
async def test_what_is_promised_on_the_day_of_a_change_is_planned_within_it(
    http: httpx.AsyncClient, database: Database, clock: FixedClock, change: date
):
    job_id = await job_on(database, clock, change)
    begins = datetime(change.year, change.month, change.day, EIGHT_UTC[change] + 4, tzinfo=UTC)  # noon on the wall
    window = {"window_start": begins.isoformat(), "window_end": (begins + timedelta(hours=2)).isoformat()}

    held = await http.post(f"/api/v1/jobs/{job_id}/holds", json=window)
    promised = await http.post(f"/api/v1/holds/{held.json()['id']}/confirmation")

    assert promised.json()["window"]["local"] == f"{change.isoformat()} 12:00–14:00"
    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, job_id)
    assert job.planned_start is not None
    assert begins <= job.planned_start < begins + timedelta(hours=2)
    assert job.service_day == change


async def test_an_hour_off_is_no_window_that_day(http: httpx.AsyncClient, database: Database, clock: FixedClock):
    job_id = await job_on(database, clock, AUTUMN)
    summer = datetime(2026, 10, 25, EIGHT_UTC[AUTUMN] - 1, tzinfo=UTC)  # eight o'clock as it was the day before

    window = {"window_start": summer.isoformat(), "window_end": (summer + timedelta(hours=2)).isoformat()}
    refused = await http.post(f"/api/v1/jobs/{job_id}/holds", json=window)

    assert (refused.status_code, refused.json()["code"]) == (422, "not_a_window")
