"""Runs while they are searched: how far they are, called off, side by side, and after their process was killed.

The searches are real, in real processes; what is asked of them is exchanged for something that takes a minute.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from uuid import UUID

import httpx
import msgspec
import pytest
from anyio import fail_after

from backend.dispatch import service, tasks
from backend.dispatch.lifecycle import RunState
from backend.dispatch.models import OptimisationRun
from backend.dispatch.routes import ROUTES
from backend.dispatch.schemas import RunNews, RunView
from backend.dispatch.searching import Answer, Question
from backend.dispatch.solving import SolverProcesses, Watch
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import Task, run_due
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan, solve_here
from tests.factories.jobs import SUPERVISOR
from tests.factories.solving import big_question
from tests.factories.workforce import make_territory
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date().isoformat()
RUNS = "/api/v1/optimisation-runs"
COLD_SECONDS = 300  # an engine that was never compiled on this machine, while others use it


class LongSearch:
    """Real processes that search for a minute, whatever they are asked."""

    def __init__(self, processes: SolverProcesses) -> None:
        self.processes = processes

    async def __call__(self, question: Question, watch: Watch) -> Answer:
        long = big_question()
        return await self.processes(replace(long, seed=question.seed), watch)


@pytest.fixture
async def territory_id(database: Database) -> UUID:
    """A technician and two jobs, one of them planned."""
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        first, _ = await make_jobs(tx, eero.territory_id, 2)
        await plan(tx, first, eero)
    return eero.territory_id


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR) as opened:
        yield opened


@pytest.fixture
def processes() -> Iterator[SolverProcesses]:
    opened = SolverProcesses(2)
    yield opened
    opened.close()


async def ask(http: httpx.AsyncClient, territory_id: UUID) -> UUID:
    asked = await http.post(RUNS, json={"territory_id": str(territory_id), "day": TODAY, "seconds": 1})
    return UUID(asked.json()["id"])


async def see(database: Database, run_id: UUID) -> RunView:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_run(tx, SUPERVISOR, run_id)


async def until_searching(database: Database, *run_ids: UUID) -> None:
    """Wait until each of these searches has told how far it is."""
    with fail_after(COLD_SECONDS):
        for run_id in run_ids:
            news = service.follow(database, SUPERVISOR, await service.look(database, SUPERVISOR, run_id))
            async for one in news:
                if one.progress is not None:
                    break


async def never(run_id: UUID) -> None:
    pytest.fail(f"{run_id} was called off")


async def planned(database: Database, territory_id: UUID) -> list[UUID]:
    async with database.snapshot(SYSTEM, "test") as tx:
        situation = await service.read_situation(tx, territory_id, [MONDAY.date()])
        return [time.job_id for time in situation.times]


async def test_a_queued_run_is_called_off_and_never_searched(
    http: httpx.AsyncClient, database: Database, territory_id: UUID
):
    run_id = await ask(http, territory_id)

    cancelled = await http.post(f"{RUNS}/{run_id}/cancellation")
    task = Task(name="solve", model=OptimisationRun, perform=never)

    assert (cancelled.status_code, cancelled.json()["state"]) == (201, "cancelled")
    assert await run_due(database, task, "worker") == 0
    again = await http.post(f"{RUNS}/{run_id}/cancellation")
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")


async def test_a_search_streams_how_far_it_is_and_its_process_ends_when_it_is_called_off(
    http: httpx.AsyncClient, database: Database, territory_id: UUID, processes: SolverProcesses
):
    run_id = await ask(http, territory_id)
    search = asyncio.create_task(tasks.solve(database, AirLines(), LongSearch(processes), run_id))
    stream = asyncio.create_task(http.get(f"{RUNS}/{run_id}/events"))
    await until_searching(database, run_id)
    [pid] = processes.pids

    await http.post(f"{RUNS}/{run_id}/cancellation")
    with fail_after(10):
        await search
        streamed = (await stream).text

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    news = [msgspec.json.decode(line[6:], type=RunNews) for line in streamed.splitlines() if line]
    assert [one.state for one in news][-1] is RunState.CANCELLED
    told = [one.progress for one in news if one.progress is not None]
    assert told[-1].served
    assert told[-1].best_cost
    assert (await see(database, run_id)).moves == []


async def test_territories_are_searched_side_by_side(
    http: httpx.AsyncClient, database: Database, territory_id: UUID, processes: SolverProcesses
):
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_team(tx, 1, territory=await make_territory(tx, code="X"))
        await make_jobs(tx, other[0].territory_id, 1)
    run_ids = [await ask(http, territory_id), await ask(http, other[0].territory_id)]
    long = LongSearch(processes)
    task = Task(
        name="solve",
        model=OptimisationRun,
        perform=lambda run_id: tasks.solve(database, AirLines(), long, run_id),
        batch=1,
        lanes=2,
    )

    lanes = [asyncio.create_task(run_due(database, task, "worker")) for _ in range(task.lanes)]
    await until_searching(database, *run_ids)

    assert len(processes.pids) == 2
    for run_id in run_ids:
        await http.post(f"{RUNS}/{run_id}/cancellation")
    with fail_after(10):
        assert await asyncio.gather(*lanes) == [1, 1]


async def test_a_search_whose_process_is_killed_is_done_again_and_the_plan_in_force_stands(
    http: httpx.AsyncClient, database: Database, territory_id: UUID, processes: SolverProcesses, clock: FixedClock
):
    run_id = await ask(http, territory_id)
    before = await planned(database, territory_id)
    solvers = iter([LongSearch(processes), solve_here])
    task = Task(
        name="solve",
        model=OptimisationRun,
        perform=lambda row_id: tasks.solve(database, AirLines(), next(solvers), row_id),
        batch=1,
    )

    search = asyncio.create_task(run_due(database, task, "worker"))
    await until_searching(database, run_id)
    os.kill(processes.pids[0], signal.SIGKILL)
    with fail_after(10):
        await search

    assert (await see(database, run_id)).state is RunState.RUNNING
    assert await planned(database, territory_id) == before
    clock.advance(600)
    assert await run_due(database, task, "another worker") == 1
    assert (await see(database, run_id)).state is RunState.PROPOSED
    assert await planned(database, territory_id) == before


async def test_a_proposal_that_comes_after_the_run_was_called_off_is_not_kept(
    http: httpx.AsyncClient, database: Database, territory_id: UUID
):
    run_id = await ask(http, territory_id)

    async def called_off_at_the_last_moment(question: Question, watch: Watch) -> Answer:
        answer = await solve_here(question, watch)
        await http.post(f"{RUNS}/{run_id}/cancellation")
        return answer

    await tasks.solve(database, AirLines(), called_off_at_the_last_moment, run_id)

    run = await see(database, run_id)
    assert (run.state, run.moves) == (RunState.CANCELLED, [])
