"""Searching happens in processes of their own, which may die."""

import os
from concurrent.futures.process import BrokenProcessPool
from typing import Any, cast

import numpy as np
import pytest

from backend.dispatch.searching import Question
from backend.dispatch.solving import SolverProcesses
from scheduling import Job, Place, Policy, Problem, Shift, Technician, TravelMatrix

pytestmark = pytest.mark.anyio


class Deadly:
    """Ends the process that unpickles it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def question(problem: Problem) -> Question:
    return Question(problem=problem, policy=Policy(), seed=1, stop_seconds=1)


async def test_a_process_that_died_is_replaced_for_the_next_question():
    still = np.zeros((1, 1), dtype=np.int64)
    one_job = Problem(
        places=(Place(60.17, 24.94),),
        travel=TravelMatrix.of(still, still, "none"),
        technicians=(Technician(id="t", shifts=(Shift(start_s=0, end_s=3600, start_place=0, end_place=0),), stock={}),),
        jobs=(Job(id="j", place=0, duration_s=600, skills={}, parts={}),),
    )
    solver = SolverProcesses()

    with pytest.raises(BrokenProcessPool):
        await solver(question(cast(Problem, Deadly())))
    answer = await solver(question(one_job))
    solver.close()

    assert [move.job for move in answer.moves] == ["j"]
