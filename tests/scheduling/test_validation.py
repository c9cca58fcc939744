"""A problem that makes no sense is refused by name before any work is done."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scheduling import (
    BadBreak,
    BadPlace,
    BadQuantity,
    BadShift,
    BadTravel,
    BadWindow,
    Break,
    CircularPrecedence,
    Depot,
    DuplicateId,
    Frozen,
    FrozenConflict,
    Gap,
    InvalidProblem,
    Iterations,
    Job,
    Lock,
    LockWithoutAssignment,
    Place,
    Policy,
    Problem,
    Shift,
    Skill,
    Technician,
    TravelMatrix,
    UnknownReference,
    UnsupportedFeature,
    Window,
    validate,
)
from scheduling.reference import solve
from tests.scheduling.days import even_travel, problem_of, small_day

SHIFT = Shift(start_s=0, end_s=5000, start_place=0, end_place=1)
TECHNICIAN = Technician(id="t", shifts=(SHIFT,))
JOB = Job(id="a", place=1, duration_s=60)
DEPOT = Depot(id="d", place=0, handling_s=60)


def with_job(**changes: object) -> Problem:
    return problem_of(even_travel(2), [TECHNICIAN], [replace(JOB, **changes)])  # type: ignore[arg-type]


def with_shift(**changes: object) -> Problem:
    return problem_of(even_travel(2), [replace(TECHNICIAN, shifts=(replace(SHIFT, **changes),))], [JOB])  # type: ignore[arg-type]


def with_travel(seconds: object) -> Problem:
    figures = np.array(seconds)
    return replace(with_job(), travel=TravelMatrix.of(figures, figures, "test"))


def windows(*pairs: tuple[int, int]) -> tuple[Window, ...]:
    return tuple(Window(start_s=start_s, end_s=end_s) for start_s, end_s in pairs)


def with_depot(**changes: object) -> Problem:
    return replace(with_job(), depots=(replace(DEPOT, **changes),))  # type: ignore[arg-type]


def frozen_at(start_s: int, technician: str = "t", shift: int = 0) -> Frozen:
    return Frozen(technician=technician, shift=shift, start_s=start_s)


BROKEN: list[tuple[type[InvalidProblem], Callable[[], Problem]]] = [
    (DuplicateId, lambda: problem_of(even_travel(2), [TECHNICIAN], [JOB, JOB])),
    (DuplicateId, lambda: problem_of(even_travel(2), [TECHNICIAN, TECHNICIAN])),
    (BadPlace, lambda: with_job(place=2)),
    (BadPlace, lambda: with_shift(end_place=-1)),
    (BadPlace, lambda: replace(with_job(), places=(Place(91, 0), Place(0, 0)))),
    (BadPlace, lambda: replace(with_job(), places=(Place(float("nan"), 0), Place(0, 0)))),
    (BadTravel, lambda: with_travel([[0, 1, 2]])),
    (BadTravel, lambda: with_travel([[0, -1], [1, 0]])),
    (BadTravel, lambda: with_travel([[5, 1], [1, 0]])),
    (BadTravel, lambda: with_travel([[0.0, 1.5], [1.0, 0.0]])),
    (BadShift, lambda: with_shift(end_s=-1)),
    (BadShift, lambda: problem_of(even_travel(2), [replace(TECHNICIAN, shifts=(SHIFT, SHIFT))])),
    (BadBreak, lambda: with_shift(breaks=(Break(earliest_s=10, latest_s=4900, duration_s=200),))),
    (BadBreak, lambda: with_shift(breaks=(Break(earliest_s=10, latest_s=5, duration_s=20),))),
    (BadBreak, lambda: with_shift(breaks=(Break(earliest_s=10, latest_s=10, duration_s=20),) * 2)),
    (BadWindow, lambda: with_job(windows=windows((10, 9)))),
    (BadWindow, lambda: with_job(windows=windows((0, 10), (10, 20)))),
    (BadQuantity, lambda: with_job(duration_s=0)),
    (BadQuantity, lambda: with_job(priority=0)),
    (BadQuantity, lambda: with_job(parts={"ont": -1})),
    (BadQuantity, lambda: with_job(skills={"fibre": 0})),
    (BadQuantity, lambda: problem_of([[0]], [Technician(id="t", shifts=(), skills=(Skill(name="x", level=0),))])),
    (UnknownReference, lambda: with_job(preferred=frozenset({"nobody"}))),
    (UnknownReference, lambda: with_job(forbidden=frozenset({"nobody"}))),
    (UnknownReference, lambda: with_job(frozen=frozen_at(0, shift=1))),
    (UnknownReference, lambda: with_job(frozen=frozen_at(0, technician="nobody"))),
    (LockWithoutAssignment, lambda: with_job(lock=Lock.BOTH)),
    (
        FrozenConflict,
        lambda: problem_of(
            even_travel(2),
            [TECHNICIAN],
            [replace(JOB, frozen=frozen_at(0)), replace(JOB, id="b", frozen=frozen_at(59))],
        ),
    ),
    (BadQuantity, lambda: with_job(crew_size=5)),
    (BadQuantity, lambda: with_job(helper_skills={"fibre": 0})),
    (BadQuantity, lambda: problem_of([[0]], [Technician(id="t", shifts=(), pace_percent=9)])),
    (BadQuantity, lambda: replace(with_job(), disturbance_limit=-1)),
    (UnknownReference, lambda: with_job(after=("b",))),
    (UnknownReference, lambda: with_job(gaps=(Gap(job="b", least_s=0, most_s=1),))),
    (CircularPrecedence, lambda: with_job(gaps=(Gap(job="a", least_s=0, most_s=1),))),
    (BadQuantity, lambda: with_job(gaps=(Gap(job="a", least_s=2, most_s=1),))),
    (BadQuantity, lambda: with_job(gaps=(Gap(job="a", least_s=-1, most_s=1),))),
    (UnknownReference, lambda: with_job(frozen=replace(frozen_at(0), helpers=(("nobody", 0),)))),
    (CircularPrecedence, lambda: with_job(after=("a",))),
    (
        CircularPrecedence,
        lambda: problem_of(
            even_travel(2), [TECHNICIAN], [replace(JOB, after=("b",)), replace(JOB, id="b", after=("a",))]
        ),
    ),
    (DuplicateId, lambda: replace(with_job(), depots=(DEPOT, DEPOT))),
    (BadPlace, lambda: with_depot(place=2)),
    (BadQuantity, lambda: with_depot(handling_s=-1)),
    (BadQuantity, lambda: with_depot(stock={"ont": -1})),
    (BadWindow, lambda: with_depot(windows=windows((10, 9)))),
    # What the reference engine cannot express.
    (UnsupportedFeature, lambda: with_job(crew_size=2)),
    (
        UnsupportedFeature,
        lambda: problem_of(even_travel(2), [TECHNICIAN], [replace(JOB, after=("b",)), replace(JOB, id="b")]),
    ),
    (UnsupportedFeature, with_depot),
    (UnsupportedFeature, lambda: replace(with_job(), disturbance_limit=3)),
]


@pytest.mark.parametrize(("error", "build"), BROKEN)
def test_a_broken_problem_is_refused_by_name(error: type[InvalidProblem], build: Callable[[], Problem]) -> None:
    problem = build()

    with pytest.raises(error) as refusal:
        solve(problem, Policy(), seed=1, stop=Iterations(1))

    assert refusal.value.params


@pytest.mark.parametrize("seed", range(20))
def test_a_generated_day_is_accepted(seed: int) -> None:
    validate(small_day(seed, day_count=1 + seed % 3))


def test_the_figures_of_a_problem_that_is_known_are_not_looked_at_again() -> None:
    known = with_job()
    wrong = known.travel.seconds.copy()
    wrong[0, 1] = -1
    of_others = replace(known, travel=TravelMatrix.of(wrong, wrong, "test"))

    with pytest.raises(BadTravel):
        validate(of_others, known=known)
    with pytest.raises(BadQuantity):
        validate(replace(known, jobs=(replace(JOB, duration_s=-1),)), known=known)

    known.travel.seconds[0, 1] = -1
    validate(known, known=known)
