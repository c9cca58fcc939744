"""Work that must follow other work: in proposals, by hand, in what customers are offered, in what may go wrong."""

from datetime import timedelta
from typing import NamedTuple

import pytest

from backend.booking import service as booking
from backend.booking.errors import SlotTaken
from backend.dispatch import obstacles, service, tasks
from backend.dispatch.drops import answer
from backend.dispatch.durations import NORMAL, Model, Spread
from backend.dispatch.errors import DayWentOn, OutOfOrder
from backend.dispatch.jeopardy import risks
from backend.dispatch.live import LiveDay, LiveDays
from backend.dispatch.playing import play
from backend.dispatch.schemas import AcceptMoves, AssignByHand, RequestRun, RunView
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.workforce.schemas import TechnicianView
from sync.operations import EnRoute, Start, Suspend
from tests.factories.booking import make_hold, window
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan, solve_here
from tests.factories.jobs import SUPERVISOR, do, give
from tests.factories.workforce import make_territory
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date()


class Street(NamedTuple):
    """Two technicians; the plant has to be built before the home is connected."""

    team: list[TechnicianView]
    plant: JobView
    home: JobView


@pytest.fixture
async def street(database: Database) -> Street:
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 2)
        plant, home = await make_jobs(tx, team[0].territory_id, 2)
        await jobs.set_waits(tx, SUPERVISOR, home.id, [plant.id])
        return Street(team, plant, home)


async def by_hand(tx: Transaction, job: JobView, technician: TechnicianView, hours: float) -> JobView:
    wanted = AssignByHand(technician_id=technician.id, start=MONDAY + timedelta(hours=hours))
    return await service.assign_by_hand(tx, SUPERVISOR, job.id, wanted)


async def proposal(database: Database, street: Street) -> RunView:
    async with database.transaction(SYSTEM, "test") as tx:
        wanted = RequestRun(territory_id=street.plant.territory_id, day=TODAY, seconds=1)
        run = await service.request_run(tx, SUPERVISOR, wanted)

    await tasks.solve(database, AirLines(), solve_here, run.id)
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_run(tx, SUPERVISOR, run.id)


async def today(database: Database, street: Street) -> LiveDay:
    live = LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        reading = await live.read(tx, street.home.territory_id, [TODAY], [street.home.id])
    [day] = await live.days(reading)
    return day


async def states(database: Database, street: Street, job: JobView) -> dict[str, tuple[str, dict[str, int]]]:
    live = LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await booking.ask(tx, SUPERVISOR, live, job.id, first=TODAY, day_count=1)
    shown = booking.answer(question, await live.days(question.reading)).slots
    return {slot.window.local[-11:]: (slot.state, slot.reasons) for slot in shown}


async def test_a_proposal_has_them_in_order_and_is_applied_only_so(database: Database, street: Street) -> None:
    run = await proposal(database, street)
    moves = {move.job_id: move for move in run.moves}
    plant, home = moves[street.plant.id], moves[street.home.id]
    assert plant.to_end is not None
    assert home.to_start is not None
    assert plant.to_end <= home.to_start

    async with database.transaction(SYSTEM, "test") as tx:
        alone = await service.accept(tx, SUPERVISOR, run.id, AcceptMoves(move_ids=[home.id]))
    refused = {move.job_id: move.refusal for move in alone.moves}

    assert refused[street.home.id] == "out_of_order"


async def test_accepted_together_they_are_planned_and_rolled_back_together(database: Database, street: Street) -> None:
    run = await proposal(database, street)

    async with database.transaction(SYSTEM, "test") as tx:
        applied = await service.accept(tx, SUPERVISOR, run.id, AcceptMoves())
    async with database.transaction(SYSTEM, "test") as tx:
        back = await service.roll_back(tx, SUPERVISOR, run.id)

    assert {move.state for move in applied.moves} == {"accepted"}
    assert {move.state for move in back.moves} == {"undone"}


async def test_what_waits_for_work_that_nobody_can_plan_is_left_with_the_reason(
    database: Database, street: Street
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        [stranger] = await make_team(tx, 1, territory=await make_territory(tx, code="HEL-S"))
        [far] = await make_jobs(tx, stranger.territory_id, 1)
        await jobs.set_waits(tx, SUPERVISOR, street.home.id, [far.id])

    run = await proposal(database, street)

    assert run.unserved == {str(street.home.id): "after"}
    assert [move.job_id for move in run.moves] == [street.plant.id]


async def test_no_hand_plans_it_before_what_it_waits_for(database: Database, street: Street) -> None:
    eero, aino = street.team
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(OutOfOrder):
            await by_hand(tx, street.home, aino, 1)
        await by_hand(tx, street.plant, eero, 2)
        with pytest.raises(OutOfOrder):
            await by_hand(tx, street.home, aino, 3)

        await by_hand(tx, street.home, aino, 3.5)

        with pytest.raises(OutOfOrder):
            await service.unassign_by_hand(tx, SUPERVISOR, street.plant.id)
        with pytest.raises(OutOfOrder):
            await by_hand(tx, street.plant, eero, 3)


async def test_a_step_is_not_undone_to_before_what_went_on_since(database: Database, street: Street) -> None:
    eero, aino = street.team
    async with database.transaction(SYSTEM, "test") as tx:
        await by_hand(tx, street.plant, eero, 1)
        [first] = (await service.own_steps(tx, SUPERVISOR)).items
        await by_hand(tx, street.home, aino, 3)

        with pytest.raises(DayWentOn) as refused:
            await service.undo(tx, SUPERVISOR, first.id)

    assert refused.value.params["reason"] == "out_of_order"


async def test_customers_are_offered_what_comes_after_it(database: Database, street: Street) -> None:
    before = await states(database, street, street.home)
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, street.team[0], hours=2)  # 11:00 to 12:30 in Helsinki

    after = await states(database, street, street.home)

    assert before["10:00–12:00"] == ("closed", {"after": 0})
    assert after["10:00–12:00"] == ("closed", {"after": 0})
    assert [state for state, _ in after.values()][2:4] == ["open", "open"]


async def test_what_others_wait_for_is_offered_before_them(database: Database, street: Street) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, street.team[0], hours=1)
        await plan(tx, street.home, street.team[1], hours=3.5)

    offered = await states(database, street, street.plant)

    assert offered["10:00–12:00"][0] == "open"
    assert offered["12:00–14:00"] == ("closed", {"after": 0})


async def test_a_hold_is_refused_when_what_it_waits_for_moved_meanwhile(database: Database, street: Street) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, street.team[0], hours=1)
    live = LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await booking.ask_window(tx, SUPERVISOR, live, street.home.id, window(12))
    found = booking.candidates(question, *await live.days(question.reading))
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, street.team[0], hours=5)

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(SlotTaken):
            await booking.hold(tx, SUPERVISOR, question.job, question.windows[0], found)


async def test_a_held_window_is_not_confirmed_when_the_order_is_lost(database: Database, street: Street) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, street.team[0], hours=1)
    held = await make_hold(database, street.home.id, window(12))
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, street.team[0], hours=5)

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(OutOfOrder):
            await booking.confirm(tx, SUPERVISOR, held.id)


async def test_a_drop_before_it_is_shown_as_a_broken_rule(database: Database, street: Street) -> None:
    eero, aino = street.team
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, eero, hours=3)
    day = await today(database, street)

    early = answer(day, street.home, [aino.id], MONDAY + timedelta(hours=1))
    late = answer(day, street.home, [aino.id], MONDAY + timedelta(hours=5))

    assert [one.code for one in early.violations] == ["after_too_soon"]
    assert late.violations == []


async def test_what_waits_in_vain_says_so(database: Database, street: Street) -> None:
    day = await today(database, street)

    assert obstacles.answer(day, street.home).counts == {"after": 2}


async def test_who_waits_for_late_work_is_at_risk(database: Database, street: Street) -> None:
    eero, aino = street.team
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, street.plant, eero, hours=1)
        await plan(tx, street.home, aino, hours=2.5)
        promised = {"zone": "Europe/Helsinki", "local": "soon"}
        start = MONDAY + timedelta(hours=2)
        await jobs.promise_window(tx, street.home.id, start=start, end=start + timedelta(hours=1), **promised)
    day = await today(database, street)

    model = Model(known={street.plant.work: Spread(mean=1.0, sigma=0.01, jobs=100)}, shape=NORMAL)
    [risk] = risks(day, play(day, model, {}, seed=1))

    assert risk.job.id == street.home.id
    assert risk.probability > 0.9


async def test_who_waited_for_work_that_stopped_waits_for_what_takes_it_up(database: Database, street: Street) -> None:
    eero = street.team[0]
    async with database.transaction(SYSTEM, "test") as tx:
        await give(tx, street.plant.id, eero)
        await do(tx, street.plant.id, eero.id, EnRoute(), Start(), Suspend(reason="time.ran_out"))
        [wait] = await jobs.waits(tx, [street.home.id])

    assert wait.waits_for_id != street.plant.id
    assert wait.job_id == street.home.id
