"""How likely it is that a window is missed, from how long such work really took; and what could be done about it."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from backend.dispatch import alerts
from backend.dispatch import service as dispatch
from backend.dispatch.delays import read_pack
from backend.dispatch.durations import PRIOR_SIGMA, Done, spreads
from backend.dispatch.live import LiveDays
from backend.dispatch.routes import ROUTES
from backend.dispatch.schemas import AlertView
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.operations import EnRoute, Start
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan
from tests.factories.jobs import SUPERVISOR, do
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date()


class Day(NamedTuple):
    """Eero has two jobs, the second promised to begin within an hour of its time; Aino is idle."""

    territory_id: UUID
    eero: UUID
    aino: UUID
    first: UUID
    promised: UUID


@pytest.fixture
async def day(database: Database) -> Day:
    async with database.transaction(SYSTEM, "test") as tx:
        eero, aino = await make_team(tx, 2)
        first, promised = await make_jobs(tx, eero.territory_id, 2)
        await plan(tx, first, eero, hours=0.25)
        await plan(tx, promised, eero, hours=2)
        start = MONDAY + timedelta(hours=1.5)
        window = {
            "start": start,
            "end": start + timedelta(hours=1.5),
            "zone": "Europe/Helsinki",
            "local": "10:30–12:00",
        }
        await jobs.promise_window(tx, promised.id, **window)
    return Day(eero.territory_id, eero.id, aino.id, first.id, promised.id)


async def look(database: Database, day: Day) -> list[AlertView]:
    await alerts.look_ahead(database, LiveDays(AirLines()), day.territory_id, read_pack("standard"))
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await dispatch.see_alerts(tx, SUPERVISOR, day.territory_id, TODAY)).items


async def begin_late(database: Database, day: Day, clock: FixedClock, hours: float) -> None:
    """Eero begins the first job so many hours from now."""
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, day.first)
    clock.advance(hours * 3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, day.first, day.eero, EnRoute(), Start())


def test_work_that_was_done_often_speaks_for_itself_and_rare_work_is_drawn_to_the_prior():
    done = [Done(work="long", planned_s=3600, real_s=7200)] * 200
    rare = [Done(work="rare", planned_s=3600, real_s=7200)]

    known = spreads([*done, *rare])

    assert known["long"].mean == pytest.approx(0.66, abs=0.01)
    assert known["long"].sigma < 0.2
    assert known["rare"].mean == pytest.approx(0.063, abs=0.01)
    assert known["rare"].sigma == pytest.approx(PRIOR_SIGMA, rel=0.15)


async def test_a_day_that_goes_as_planned_alerts_nobody(database: Database, day: Day):
    assert await look(database, day) == []


async def test_a_job_that_begins_late_puts_the_next_window_at_risk_the_more_the_later_it_begins(
    database: Database, day: Day, clock: FixedClock
):
    await begin_late(database, day, clock, 1)
    [late] = await look(database, day)
    clock.advance(3600)
    [later] = await look(database, day)

    assert (late.job_id, late.technician_id) == (day.promised, day.eero)
    assert 0.2 < late.probability < later.probability <= 1
    assert late.expected_start > MONDAY + timedelta(hours=2)
    assert later.computed_at == MONDAY + timedelta(hours=2)


async def test_the_same_day_gives_the_same_figures(database: Database, day: Day, clock: FixedClock):
    await begin_late(database, day, clock, 1)

    assert await look(database, day) == await look(database, day)


async def test_remedies_are_ranked_by_price_and_each_can_be_done(database: Database, day: Day, clock: FixedClock):
    await begin_late(database, day, clock, 1)
    [alert] = await look(database, day)

    prices = [remedy.price_seconds for remedy in alert.remedies]
    assert prices == sorted(prices)
    given = next(remedy for remedy in alert.remedies if remedy.kind == "give_to_another")
    assert given.technician_id == day.aino
    assert "move_appointment" in {remedy.kind for remedy in alert.remedies}
    async with database.transaction(SYSTEM, "test") as tx:
        await dispatch.plan_job(tx, day.promised, technician_id=given.technician_id, start=given.start)
    assert await look(database, day) == []


async def test_alerts_are_shown_of_a_territorys_day(database: Database, day: Day, clock: FixedClock):
    await begin_late(database, day, clock, 1)
    await look(database, day)

    async with calling(database, ROUTES, SUPERVISOR) as http:
        shown = await http.get(f"/api/v1/territories/{day.territory_id}/days/{TODAY}/jeopardy")

    [alert] = shown.json()["items"]
    assert alert["job_id"] == str(day.promised)
    assert alert["remedies"]
