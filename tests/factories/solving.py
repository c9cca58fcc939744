"""Questions for a solver process: a small one with an answer at once, and one that it searches for a minute."""

import numpy as np

from backend.dispatch.searching import Question
from scheduling import Job, Place, Policy, Problem, Shift, Technician, TravelMatrix, Window, great_circle_matrix
from tests.fakes import MONDAY

LONG_SECONDS = 60


def question(problem: Problem, *, seconds: int = 1) -> Question:
    return Question(problem=problem, policy=Policy(), seed=1, stop_seconds=seconds)


def small_problem(*, window_s: tuple[int, int] = (0, 3600)) -> Problem:
    """One job where its technician is."""
    still = np.zeros((1, 1), dtype=np.int64)
    return Problem(
        places=(Place(60.17, 24.94),),
        travel=TravelMatrix.of(still, still, "none"),
        technicians=_technicians(1, shift_s=3600),
        jobs=_jobs(1, Window(start_s=window_s[0], end_s=window_s[1])),
    )


def big_question(count: int = 150) -> Question:
    """So many jobs for half a dozen technicians: nobody is done with that before somebody calls it off."""
    places = tuple(Place(60.17 + 0.001 * (n * 7 % count), 24.94 + 0.001 * (n * 11 % count)) for n in range(count))
    problem = Problem(
        places=places,
        travel=great_circle_matrix(places, MONDAY),
        technicians=_technicians(6, shift_s=8 * 3600),
        jobs=_jobs(count, Window(start_s=0, end_s=8 * 3600)),
    )
    return question(problem, seconds=LONG_SECONDS)


def _technicians(count: int, *, shift_s: int) -> tuple[Technician, ...]:
    shift = Shift(start_s=0, end_s=shift_s, start_place=0, end_place=0)
    return tuple(Technician(id=f"t{n}", shifts=(shift,), stock={}) for n in range(count))


def _jobs(count: int, window: Window) -> tuple[Job, ...]:
    return tuple(Job(id=str(n), place=n, duration_s=600, windows=(window,), skills={}, parts={}) for n in range(count))
