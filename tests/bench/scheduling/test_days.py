"""The generator's days are what they say: the same for a seed, and valid in every shape."""

import pytest

from backend.bench.scheduling.days import DayShape, day
from scheduling import Problem, validate


def test_the_same_seed_gives_the_same_day() -> None:
    first, second, other = (day(DayShape(technicians=4), seed) for seed in (1, 1, 2))

    assert (first.jobs, first.technicians) == (second.jobs, second.technicians)
    assert (first.travel.seconds == second.travel.seconds).all()
    assert first.jobs != other.jobs


@pytest.mark.parametrize(
    "shape",
    [
        DayShape(technicians=1),
        DayShape(technicians=4, has_breaks=False),
        DayShape(technicians=4, jobs_per_technician=2.5, window_share=0, skill_share=0),
        DayShape(technicians=12, window_share=1),
    ],
)
def test_every_shape_is_a_valid_problem_of_its_size(shape: DayShape) -> None:
    problem = day(shape, seed=3)

    validate(problem)
    assert (len(problem.jobs), len(problem.technicians)) == (shape.jobs, shape.technicians)


def test_shares_are_kept() -> None:
    problem = day(DayShape(technicians=50, window_share=0.6), seed=1)

    assert _share(problem, "windows") == pytest.approx(0.6, abs=0.06)
    assert _share(problem, "skills") == 1


def test_without_breaks_the_shift_is_shorter_by_them() -> None:
    with_break, without = (day(DayShape(technicians=2, has_breaks=has), seed=1).technicians[0] for has in (True, False))

    paid = [technician.shifts[0].end_s - technician.shifts[0].start_s for technician in (with_break, without)]
    assert paid[0] - paid[1] == with_break.shifts[0].breaks[0].duration_s
    assert without.shifts[0].breaks == ()


def _share(problem: Problem, name: str) -> float:
    return sum(bool(getattr(job, name)) for job in problem.jobs) / len(problem.jobs)
