"""A day that is kept in memory and brought up to date answers as one that is read anew, whatever happened in between."""

import random
from datetime import timedelta
from uuid import UUID

import pytest

from backend.booking import service as booking
from backend.dispatch import drops, service
from backend.dispatch.live import LiveDay, LiveDays
from backend.dispatch.schemas import AssignByHand
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import Conflict
from backend.workforce.schemas import TechnicianView
from sync.operations import EnRoute, Start
from tests.factories.booking import make_hold, window
from tests.factories.dispatch import AirLines, make_jobs, make_team
from tests.factories.jobs import SUPERVISOR, do, make_job
from tests.factories.workforce import make_shift, make_territory
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

DAYS = [MONDAY.date() + timedelta(days=n) for n in range(2)]


async def days_of(database: Database, live: LiveDays, territory_id: UUID, job_id: UUID) -> list[LiveDay]:
    async with database.snapshot(SYSTEM, "test") as tx:
        reading = await live.read(tx, territory_id, DAYS, [job_id])
    return await live.days(reading)


async def slots(database: Database, live: LiveDays, job_id: UUID) -> object:
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await booking.ask(tx, SUPERVISOR, live, job_id, first=DAYS[0], day_count=len(DAYS))
    return booking.answer(question, await live.days(question.reading)).slots


async def happen(database: Database, draw: random.Random, team: list[TechnicianView], known: list[JobView]) -> None:
    """Something that changes a plan, or is refused."""
    job, technician = draw.choice(known), draw.choice(team)
    start = MONDAY + timedelta(days=draw.randrange(2), hours=draw.randrange(1, 7))
    what = draw.choice(["assign", "assign", "hold", "confirm", "take back", "work", "cancel", "new"])
    try:
        if what in ("hold", "confirm"):
            held = await make_hold(database, job.id, window(draw.choice([10, 12, 14])))
            if what == "confirm":
                async with database.transaction(SYSTEM, "test") as tx:
                    await booking.confirm(tx, SUPERVISOR, held.id)
            return
        async with database.transaction(SYSTEM, "test") as tx:
            if what == "assign":
                await service.assign_by_hand(
                    tx, SUPERVISOR, job.id, AssignByHand(technician_id=technician.id, start=start)
                )
            elif what == "take back":
                await service.unassign_by_hand(tx, SUPERVISOR, job.id)
            elif what == "work":
                await do(tx, job.id, technician.id, EnRoute(), Start())
            elif what == "cancel":
                await jobs.cancel(tx, SUPERVISOR, job.id, "customer_away")
            else:
                known.append(await make_job(tx, technician.territory_id, latitude=60.171 + 0.001 * draw.randrange(9)))
    except (Conflict, UnknownJob):
        pass


@pytest.mark.parametrize("seed", range(3))
async def test_a_mended_day_answers_as_one_that_is_read_anew(database: Database, seed: int) -> None:
    draw = random.Random(seed)
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 3, days=2)
        known = await make_jobs(tx, team[0].territory_id, 8)
        asked = (await make_jobs(tx, team[0].territory_id, 9))[-1]
        foreign = await make_territory(tx, code="T99")
        known.append(await make_job(tx, foreign.id))
    live = LiveDays(AirLines())

    for _ in range(12):
        await happen(database, draw, team, known)

        read = LiveDays(AirLines())

        assert await slots(database, live, asked.id) == await slots(database, read, asked.id), f"seed {seed}"
        [mended, *_] = await days_of(database, live, asked.territory_id, asked.id)
        [anew, *_] = await days_of(database, read, asked.territory_id, asked.id)
        technician, start = draw.choice(team), MONDAY + timedelta(hours=draw.randrange(1, 6))
        assert drops.answer(mended, asked, [technician.id], start) == drops.answer(anew, asked, [technician.id], start)


async def test_new_people_and_shifts_are_read_anew(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1, days=1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
    live = LiveDays(AirLines())
    before = await days_of(database, live, eero.territory_id, job.id)

    async with database.transaction(SYSTEM, "test") as tx:
        await make_shift(tx, eero.id, days_ahead=1)
    after = await days_of(database, live, eero.territory_id, job.id)

    assert [len(day.situation.shifts) for day in before] == [1, 0]
    assert [len(day.situation.shifts) for day in after] == [1, 1]


async def test_a_day_that_nothing_happened_to_is_the_very_same(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1, days=2)
        first, second = await make_jobs(tx, eero.territory_id, 2)
    live = LiveDays(AirLines())
    before = await days_of(database, live, eero.territory_id, second.id)
    gaps = [day.gaps for day in before]

    await make_hold(database, first.id, window(14))
    after = await days_of(database, live, eero.territory_id, second.id)

    assert after[0].gaps is not gaps[0]
    assert after[0].gaps.workday.problem.places is gaps[0].workday.problem.places
    assert after[1].gaps is gaps[1]


async def test_a_new_customers_place_is_put_to_what_is_known_of_a_day(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1, days=2)
        known = await make_jobs(tx, eero.territory_id, 3)
    live = LiveDays(AirLines())
    before = await days_of(database, live, eero.territory_id, known[0].id)
    gaps = [day.gaps for day in before]

    async with database.transaction(SYSTEM, "test") as tx:
        new = await make_job(tx, eero.territory_id, latitude=60.19, longitude=24.95)
    after = await days_of(database, live, eero.territory_id, new.id)

    assert [day.travel.place_count for day in after] == [day.travel.place_count + 1 for day in before]
    assert [day.gaps.routes for day in after] == [live.routes for live in gaps]
    assert await slots(database, live, new.id) == await slots(database, LiveDays(AirLines()), new.id)
