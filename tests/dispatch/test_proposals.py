"""From the question to the optimiser to a plan that is in force, and back."""

import asyncio
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.dispatch import service, tasks
from backend.dispatch.errors import UnknownMove, UnknownRun
from backend.dispatch.lifecycle import MoveState, RunState, TimeKind
from backend.dispatch.models import OptimisationRun
from backend.dispatch.schemas import AcceptMoves, RequestRun, RunView
from backend.dispatch.searching import Answer, Question
from backend.dispatch.solving import SolverDied, Watch
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.jobs.models import JobLock
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.tasks import Task, run_due
from backend.workforce.schemas import TechnicianView
from backend.workforce.service import UnknownTerritory
from sync.operations import Complete, EnRoute, Outcome, Start
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan, solve_here
from tests.factories.jobs import SUPERVISOR, do, everything_required
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date()
ALL = AcceptMoves()


class Day(NamedTuple):
    """Two technicians with a shift, and five jobs that nobody has yet."""

    team: list[TechnicianView]
    jobs: list[JobView]

    @property
    def territory_id(self) -> UUID:
        return self.team[0].territory_id


@pytest.fixture
async def day(database: Database) -> Day:
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 2)
        return Day(team, await make_jobs(tx, team[0].territory_id, 5))


async def request(database: Database, day: Day) -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        wanted = RequestRun(territory_id=day.territory_id, day=TODAY, seconds=1)
        return (await service.request_run(tx, SUPERVISOR, wanted)).id


async def propose(database: Database, day: Day) -> RunView:
    run_id = await request(database, day)
    await tasks.solve(database, AirLines(), solve_here, run_id)
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_run(tx, SUPERVISOR, run_id)


async def accept(database: Database, run: RunView, wanted: AcceptMoves = ALL) -> RunView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.accept(tx, SUPERVISOR, run.id, wanted)


async def views(database: Database, day: Day) -> dict[UUID, JobView]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await jobs.jobs_by_id(tx, [job.id for job in day.jobs])


async def test_a_blank_day_is_proposed_with_reasons_and_costs(database: Database, day: Day):
    run = await propose(database, day)

    assert run.state is RunState.PROPOSED
    assert {move.job_id for move in run.moves} == {job.id for job in day.jobs}
    assert {(move.kind, move.reason) for move in run.moves} == {("assigned", "serves_job")}
    assert all(move.cost_delta_seconds < 0 for move in run.moves)
    assert run.cost_before is not None
    assert run.cost_after is not None
    assert run.cost_after < run.cost_before
    assert run.travel_sources == ["great_circle"]
    assert {job.technician_id for job in (await views(database, day)).values()} == {None}


async def test_accepting_all_moves_assigns_the_jobs_and_takes_the_time(database: Database, day: Day):
    run = await accept(database, await propose(database, day))

    known = await views(database, day)
    assert run.state is RunState.APPLIED
    for move in run.moves:
        job = known[move.job_id]
        assert (job.technician_id, job.planned_start) == (move.to_technician_id, move.to_start)
    async with database.snapshot(SYSTEM, "test") as tx:
        taken = await service.times_between(
            tx, [technician.id for technician in day.team], MONDAY, MONDAY + timedelta(days=1)
        )
    assert {(one.job_id, one.starts_at) for one in taken} == {(job.id, job.planned_start) for job in known.values()}


async def test_accepting_some_moves_leaves_the_others_open(database: Database, day: Day):
    run = await propose(database, day)
    chosen, *others = run.moves

    run = await accept(database, run, AcceptMoves(move_ids=[chosen.id]))

    assert run.state is RunState.PARTIALLY_APPLIED
    assert [move.state for move in run.moves].count(MoveState.PROPOSED) == len(others)
    run = await accept(database, run)
    assert run.state is RunState.APPLIED


async def test_a_second_run_on_a_good_plan_moves_nothing(database: Database, day: Day):
    await accept(database, await propose(database, day))

    run = await propose(database, day)

    assert run.state is RunState.PROPOSED
    assert run.moves == []


async def test_moves_that_the_day_has_gone_past_are_refused_with_their_reason(database: Database, day: Day):
    run = await propose(database, day)
    cancelled, locked, started, retold, _ = day.jobs
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, cancelled.id, "Not wanted any more")
        await jobs.set_lock(tx, locked.id, JobLock.BOTH)
        await plan(tx, started, day.team[0], hours=1)
        await jobs.dispatch(tx, started.id)
        await do(tx, started.id, day.team[0].id, EnRoute(), Start())
        await jobs.promise_window(
            tx,
            retold.id,
            start=MONDAY + timedelta(hours=5),
            end=MONDAY + timedelta(hours=7),
            zone="Europe/Helsinki",
            local="14:00-16:00",
        )

    run = await accept(database, run)

    refusals = {move.job_id: move.refusal for move in run.moves}
    assert refusals[cancelled.id] == "job_cancelled"
    assert refusals[locked.id] == "job_locked"
    assert refusals[started.id] == "job_underway"
    assert refusals[retold.id] == "changed_meanwhile"


async def test_a_move_onto_time_that_was_taken_meanwhile_is_refused(database: Database, day: Day):
    run = await propose(database, day)
    move = run.moves[0]
    assert move.to_technician_id is not None
    assert move.to_start is not None
    assert move.to_end is not None
    async with database.transaction(SYSTEM, "test") as tx:
        await service.take_time(
            tx,
            technician_id=move.to_technician_id,
            job_id=move.job_id,
            kind=TimeKind.HOLD,
            subject_id=tx.new_id(),
            starts_at=move.to_start,
            ends_at=move.to_end,
        )

    run = await accept(database, run)

    assert run.state is RunState.PARTIALLY_APPLIED
    assert {one.job_id: one.refusal for one in run.moves if one.refusal} == {move.job_id: "technician_busy"}
    assert (await views(database, day))[move.job_id].technician_id is None


async def test_rolling_back_restores_what_was_before(database: Database, day: Day):
    first = day.jobs[0]
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, first, day.team[0], hours=5)
    before = await views(database, day)
    run = await accept(database, await propose(database, day))
    assert first.id in {move.job_id for move in run.moves}

    async with database.transaction(SYSTEM, "test") as tx:
        run = await service.roll_back(tx, SUPERVISOR, run.id)

    after = await views(database, day)
    assert run.state is RunState.ROLLED_BACK
    assert {move.state for move in run.moves} == {MoveState.UNDONE}
    for job_id, job in before.items():
        assert (after[job_id].technician_id, after[job_id].planned_start) == (job.technician_id, job.planned_start)


async def test_rolling_back_leaves_jobs_alone_to_which_something_happened(database: Database, day: Day):
    run = await accept(database, await propose(database, day))
    started = run.moves[0]
    assert started.to_technician_id is not None
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, started.job_id)
        await do(tx, started.job_id, started.to_technician_id, EnRoute())

    async with database.transaction(SYSTEM, "test") as tx:
        run = await service.roll_back(tx, SUPERVISOR, run.id)

    states = {move.job_id: (move.state, move.refusal) for move in run.moves}
    assert states.pop(started.job_id) == (MoveState.ACCEPTED, "job_underway")
    assert set(states.values()) == {(MoveState.UNDONE, None)}


async def test_a_locked_job_and_held_time_stay_where_they_are(database: Database, day: Day):
    locked, held, *_ = day.jobs
    eero, aino = day.team
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, locked, eero, hours=3)
        await jobs.set_lock(tx, locked.id, JobLock.BOTH)
        await service.take_time(
            tx,
            technician_id=aino.id,
            job_id=held.id,
            kind=TimeKind.HOLD,
            subject_id=tx.new_id(),
            starts_at=MONDAY + timedelta(hours=4),
            ends_at=MONDAY + timedelta(hours=5.5),
        )

    run = await propose(database, day)

    assert run.state is RunState.PROPOSED
    assert {move.job_id for move in run.moves} == {job.id for job in day.jobs[2:]}
    assert {move.state for move in (await accept(database, run)).moves} == {MoveState.ACCEPTED}


async def test_a_day_under_way_is_planned_around_what_happened(database: Database, day: Day, clock: FixedClock):
    done, going, *open_jobs = day.jobs
    eero, _ = day.team
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, done, eero, hours=0)
        await plan(tx, going, eero, hours=2)
        for job in (done, going):
            await jobs.dispatch(tx, job.id)
        await do(tx, done.id, eero.id, EnRoute(), Start(), *everything_required())
    clock.advance(3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, done.id, eero.id, Complete(outcome=Outcome.FULL))
        await do(tx, going.id, eero.id, EnRoute(), Start())

    run = await propose(database, day)

    assert run.state is RunState.PROPOSED
    assert {move.job_id for move in run.moves} <= {job.id for job in open_jobs}
    starts = [move.to_start for move in run.moves if move.to_technician_id == eero.id and move.to_start]
    assert all(start >= MONDAY + timedelta(hours=2.5) for start in starts)


async def test_a_solver_that_dies_is_asked_again_and_given_up_in_the_end(
    database: Database, day: Day, clock: FixedClock
):
    async def die(_question: Question, _watch: Watch) -> Answer:
        raise SolverDied

    async def attempt(run_id: UUID) -> None:
        await tasks.solve(database, AirLines(), die, run_id)

    run_id = await request(database, day)
    task = Task(name="solve", model=OptimisationRun, perform=attempt)
    states = list[RunState]()
    for _ in range(tasks.CRASHES_BEFORE_FAILING):
        await run_due(database, task, "worker")
        clock.advance(600)
        async with database.snapshot(SYSTEM, "test") as tx:
            states.append((await service.see_run(tx, SUPERVISOR, run_id)).state)

    assert states == [RunState.RUNNING, RunState.RUNNING, RunState.FAILED]


async def test_a_proposal_that_was_discarded_cannot_be_applied(database: Database, day: Day):
    run = await propose(database, day)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.discard(tx, SUPERVISOR, run.id)

    with pytest.raises(IllegalMove):
        await accept(database, run)


async def test_a_move_of_another_run_is_unknown(database: Database, day: Day):
    run = await propose(database, day)

    with pytest.raises(UnknownMove):
        await accept(database, run, AcceptMoves(move_ids=[run.id]))


async def test_a_dispatcher_has_no_business_in_another_territory(database: Database, day: Day):
    run = await propose(database, day)
    stranger = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({run.id}))
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(UnknownRun):
            await service.see_run(tx, stranger, run.id)
        with pytest.raises(UnknownRun):
            await service.accept(tx, stranger, run.id, ALL)
        with pytest.raises(UnknownTerritory):
            await service.request_run(tx, stranger, RequestRun(territory_id=day.territory_id, day=TODAY))
        with pytest.raises(UnknownTerritory):
            await service.dispatch_day(tx, stranger, day.territory_id, TODAY)


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_a_promise_made_while_a_proposal_is_accepted_is_kept(database: Database, day: Day):
    """SQLite lets one transaction write at a time; on PostgreSQL the acceptance waits for the job and looks again."""
    run, job = await propose(database, day), day.jobs[0]

    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.set_lock(tx, job.id, JobLock.BOTH)
        await tx.flush()
        accepting = asyncio.create_task(accept(database, run))
        while not await somebody_waits(tx):  # noqa: ASYNC110 - PostgreSQL sends no event for this
            await asyncio.sleep(0)
    accepted = await accepting

    assert {move.refusal for move in accepted.moves if move.job_id == job.id} == {"job_locked"}


async def somebody_waits(tx: Transaction) -> bool:
    """Whether another transaction waits for this one to end."""
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid)"
    return bool((await tx.session.execute(text(waiting))).scalar_one())
