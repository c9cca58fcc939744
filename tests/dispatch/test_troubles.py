"""A day goes wrong: the repair is shown first, and only what is accepted of it happens."""

from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pytest

from backend.dispatch import service, tasks
from backend.dispatch.errors import BadTrouble
from backend.dispatch.lifecycle import TroubleKind
from backend.dispatch.models import Trouble
from backend.dispatch.schemas import AcceptMoves, RequestRun, RunView
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.workforce import service as workforce
from backend.workforce.schemas import ShiftView
from sync.operations import EnRoute, Start
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan, solve_here
from tests.factories.jobs import SUPERVISOR, do
from tests.factories.workforce import make_territory
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date()
OUT, OVERRAN, EMERGENCY = TroubleKind.TECHNICIAN_OUT, TroubleKind.JOB_OVERRAN, TroubleKind.EMERGENCY


class Day(NamedTuple):
    """Eero is at his first job since twenty minutes and has two more; Aino has a shift and nothing to do. A fourth job waits."""

    territory_id: UUID
    eero: UUID
    aino: UUID
    begun: UUID
    second: UUID
    third: UUID
    waiting: UUID


@pytest.fixture
async def day(database: Database, clock: FixedClock) -> Day:
    async with database.transaction(SYSTEM, "test") as tx:
        eero, aino = await make_team(tx, 2)
        begun, second, third, waiting = await make_jobs(tx, eero.territory_id, 4)
        for job, hours in ((begun, 0.5), (second, 2.25), (third, 4)):
            await plan(tx, job, eero, hours=hours)
        await jobs.dispatch(tx, begun.id)
    clock.advance(30 * 60)
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, begun.id, eero.id, EnRoute(), Start())
    clock.advance(20 * 60)
    return Day(eero.territory_id, eero.id, aino.id, begun.id, second.id, third.id, waiting.id)


async def ask(database: Database, day: Day, **trouble: Any) -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        wanted = RequestRun(territory_id=day.territory_id, day=TODAY, seconds=1, trouble=Trouble(**trouble))
        return (await service.request_run(tx, SUPERVISOR, wanted)).id


async def repaired(database: Database, day: Day, **trouble: Any) -> RunView:
    run_id = await ask(database, day, **trouble)
    await tasks.solve(database, AirLines(), solve_here, run_id)
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_run(tx, SUPERVISOR, run_id)


async def accept(database: Database, run: RunView) -> RunView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.accept(tx, SUPERVISOR, run.id, AcceptMoves())


async def roll_back(database: Database, run: RunView) -> RunView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.roll_back(tx, SUPERVISOR, run.id)


async def standing(database: Database, day: Day) -> tuple[dict[UUID, JobView], list[ShiftView]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        known = await jobs.jobs_by_id(tx, [day.begun, day.second, day.third, day.waiting])
        return known, await workforce.shifts(tx, [TODAY], [day.eero])


async def test_who_is_out_keeps_what_is_begun_and_the_rest_goes_to_others_once_it_is_accepted(
    database: Database, day: Day, clock: FixedClock
):
    before = await standing(database, day)

    run = await repaired(database, day, kind=OUT, subject_id=day.eero)

    assert run.error is None
    goes_to = {move.job_id: move.to_technician_id for move in run.moves}
    assert day.begun not in goes_to
    assert goes_to[day.second] == goes_to[day.third] == day.aino
    assert await standing(database, day) == before

    accepted = await accept(database, run)
    known, [shift] = await standing(database, day)
    assert str(accepted.state) == "applied"
    assert known[day.begun].technician_id == day.eero
    assert known[day.second].technician_id == known[day.third].technician_id == day.aino
    assert shift.ends_at == clock.now()

    await roll_back(database, run)
    known, shifts = await standing(database, day)
    assert known[day.second].technician_id == known[day.third].technician_id == day.eero
    assert shifts == before[1]


async def test_to_give_work_to_others_is_dearer_while_a_day_is_repaired(database: Database, day: Day):
    priced: list[float] = []
    for trouble in (Trouble(kind=OUT, subject_id=day.eero), None):
        async with database.transaction(SYSTEM, "test") as tx:
            wanted = RequestRun(territory_id=day.territory_id, day=TODAY, trouble=trouble)
            begun = await service.begin_run(tx, (await service.request_run(tx, SUPERVISOR, wanted)).id)
            assert begun is not None
            priced.append(begun[1].policy.moved_s)

    assert priced == [1800, 900]


async def test_who_is_out_without_any_work_is_out_all_the_same(database: Database, day: Day, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, day.waiting, "Nobody there.")
    run = await repaired(database, day, kind=OUT, subject_id=day.aino)

    await accept(database, run)

    async with database.snapshot(SYSTEM, "test") as tx:
        [shift] = await workforce.shifts(tx, [TODAY], [day.aino])
    assert shift.ends_at == clock.now()


async def test_a_job_that_overran_pushes_the_next_ones_and_takes_so_long_once_it_is_accepted(
    database: Database, day: Day
):
    before = await standing(database, day)

    run = await repaired(database, day, kind=OVERRAN, subject_id=day.begun, duration_seconds=3 * 3600)

    moved = next(move for move in run.moves if move.job_id == day.second)
    until = MONDAY + timedelta(hours=3.5)
    assert moved.to_technician_id == day.aino or (moved.to_start is not None and moved.to_start > until)
    assert await standing(database, day) == before

    await accept(database, run)
    known, _ = await standing(database, day)
    assert known[day.begun].duration_seconds == 3 * 3600
    assert known[day.begun].planned_end == until
    async with database.snapshot(SYSTEM, "test") as tx:
        taken = await service.times_between(tx, [day.eero], MONDAY, MONDAY + timedelta(days=1))
    assert next(one.ends_at for one in taken if one.job_id == day.begun) == until

    await roll_back(database, run)
    known, _ = await standing(database, day)
    assert known[day.begun].duration_seconds == before[0][day.begun].duration_seconds
    assert known[day.second].planned_start == before[0][day.second].planned_start


async def test_an_emergency_is_reached_as_soon_as_anybody_can_be_there(database: Database, day: Day, clock: FixedClock):
    run = await repaired(database, day, kind=EMERGENCY, subject_id=day.waiting)

    move = next(move for move in run.moves if move.job_id == day.waiting)
    assert move.to_technician_id == day.aino
    assert move.to_start is not None
    assert move.to_start - clock.now() < timedelta(minutes=20)


async def test_a_repair_is_only_asked_for_what_can_have_happened(database: Database, day: Day):
    async with database.transaction(SYSTEM, "test") as tx:
        elsewhere = await make_territory(tx, code="OTHER")

    for reason, wanted, trouble in (
        ("not_today", {"day": TODAY + timedelta(days=1)}, Trouble(kind=OUT, subject_id=day.eero)),
        ("not_today", {"days": 2}, Trouble(kind=OUT, subject_id=day.eero)),
        ("no_duration", {}, Trouble(kind=OVERRAN, subject_id=day.begun)),
        ("another_territory", {"territory_id": elsewhere.id}, Trouble(kind=OUT, subject_id=day.eero)),
        ("another_territory", {"territory_id": elsewhere.id}, Trouble(kind=EMERGENCY, subject_id=day.waiting)),
    ):
        values: dict[str, Any] = {"territory_id": day.territory_id, "day": TODAY} | wanted
        async with database.transaction(SYSTEM, "test") as tx:
            with pytest.raises(BadTrouble) as refused:
                await service.request_run(tx, SUPERVISOR, RequestRun(trouble=trouble, **values))
            assert refused.value.params["reason"] == reason
    underway = RequestRun(
        territory_id=day.territory_id, day=TODAY, trouble=Trouble(kind=EMERGENCY, subject_id=day.begun)
    )
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(JobUnderway):
            await service.request_run(tx, SUPERVISOR, underway)
