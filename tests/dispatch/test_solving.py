"""Searching happens in processes of their own, which may die."""

import os
import pickle
from typing import Any, cast

import pytest

from backend.dispatch.solving import NotWanted, SolverDied, SolverProcesses
from scheduling import BadWindow, Job, Problem, Progress
from tests.factories.solving import big_question, question, small_problem

pytestmark = pytest.mark.anyio


class Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


async def wanted(_: Progress | None) -> bool:
    return True


async def test_a_job_that_says_only_what_it_must_crosses_to_another_process():
    job = Job(id="a", place=0, duration_s=60)

    assert pickle.loads(pickle.dumps(job)) == job  # noqa: S301


async def test_a_process_that_died_is_replaced_for_the_next_question():
    solver = SolverProcesses()

    with pytest.raises(SolverDied):
        await solver(question(cast(Problem, Deadly())), wanted)
    answer = await solver(question(small_problem()), wanted)
    solver.close()

    assert [move.job for move in answer.moves] == ["0"]


async def test_a_question_that_makes_no_sense_is_refused_by_name_and_costs_no_process():
    solver = SolverProcesses()
    nonsense = small_problem(window_s=(600, 0))

    with pytest.raises(BadWindow, match=r"job 0 has the window 600\.\.0"):
        await solver(question(nonsense), wanted)
    answer = await solver(question(small_problem()), wanted)
    solver.close()

    assert [move.job for move in answer.moves] == ["0"]


async def test_a_search_tells_how_far_it_is_and_ends_when_nobody_wants_it():
    solver = SolverProcesses()
    heard: list[Progress] = []
    searching: list[int] = []

    async def watch(progress: Progress | None) -> bool:
        searching[:] = solver.pids
        if progress is not None:
            heard.append(progress)
        return len(heard) < 3

    with pytest.raises(NotWanted):
        await solver(big_question(), watch)
    solver.close()

    assert heard[-1].cost_s is not None
    assert heard[-1].served is not None
    assert heard[-1].iteration > 0
    with pytest.raises(ProcessLookupError):
        os.kill(searching[0], 0)
