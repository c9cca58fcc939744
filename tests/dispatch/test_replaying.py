"""A past day is planned again as it was known in the morning, under one policy and another, and nothing comes of it but figures."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest

from backend.dispatch import replaying, service, tasks
from backend.dispatch.errors import NothingKept, OnlyAReplay
from backend.dispatch.models import Weights
from backend.dispatch.schemas import AcceptMoves, RequestRun, RunView, SavePolicy
from backend.dispatch.situation import read_situation
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan, solve_here
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date()


class Day(NamedTuple):
    """Two technicians and six jobs, of which one is planned."""

    territory_id: UUID
    jobs: list[UUID]


@pytest.fixture
async def day(database: Database) -> Day:
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 2)
        made = await make_jobs(tx, team[0].territory_id, 6)
        await plan(tx, made[0], team[0])
    return Day(team[0].territory_id, [job.id for job in made])


async def run(database: Database, day: Day, *, replays: bool, policy: str = "standard") -> RunView:
    async with database.transaction(SYSTEM, "test") as tx:
        wanted = RequestRun(territory_id=day.territory_id, day=TODAY, seconds=1, policy=policy, replays=replays)
        run_id = (await service.request_run(tx, SUPERVISOR, wanted)).id
    await tasks.solve(database, AirLines(), solve_here, run_id)
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_run(tx, SUPERVISOR, run_id)


async def evening(database: Database, day: Day, clock: FixedClock) -> None:
    """Everything was called off meanwhile, and the day is over."""
    async with database.transaction(SYSTEM, "test") as tx:
        for job_id in day.jobs:
            await jobs.cancel(tx, SUPERVISOR, job_id, "Rain.")
    clock.advance(timedelta(days=1).total_seconds())


async def test_a_day_is_kept_as_it_was_when_it_was_first_planned(database: Database, day: Day, clock: FixedClock):
    async with database.snapshot(SYSTEM, "test") as tx:
        morning = await read_situation(tx, day.territory_id, [TODAY], backlog=True)
    first = await run(database, day, replays=False)
    await evening(database, day, clock)
    await run(database, day, replays=False)  # a later search finds it kept already

    async with database.snapshot(SYSTEM, "test") as tx:
        kept = await replaying.kept(tx, day.territory_id, TODAY)
    again = await run(database, day, replays=True)

    assert (kept.jobs, kept.times, kept.shifts) == (morning.jobs, morning.times, morning.shifts)
    assert (kept.technicians, kept.now) == (morning.technicians, morning.now)
    assert {place.street for place in kept.places.values()} == {""}
    assert again.error is None
    assert again.figures_before == first.figures_before
    assert again.figures_after is not None
    assert again.figures_after.served == 6


async def test_policies_are_held_against_each_other_on_the_same_day(database: Database, day: Day, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.dispatch_day(tx, SUPERVISOR, day.territory_id, TODAY)  # sending a day keeps it, too
        await service.save_policy(tx, SavePolicy(name="lazy", weights=Weights(unserved_priority_s=1)))
    await evening(database, day, clock)

    usual, lazy = [await run(database, day, replays=True, policy=policy) for policy in ("standard", "lazy")]

    assert usual.figures_before == lazy.figures_before
    assert usual.figures_after is not None
    assert lazy.figures_after is not None
    assert usual.figures_after.unserved_priority == 0
    assert lazy.figures_after.unserved_priority > 0
    assert lazy.figures_after.travel_seconds < usual.figures_after.travel_seconds
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(OnlyAReplay):
            await service.accept(tx, SUPERVISOR, usual.id, AcceptMoves())


async def test_a_day_of_which_nothing_was_kept_is_not_planned_again(database: Database, day: Day):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(NothingKept):
            await service.request_run(
                tx, SUPERVISOR, RequestRun(territory_id=day.territory_id, day=TODAY, replays=True)
            )
