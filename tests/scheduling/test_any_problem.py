"""Any valid problem gets a plan that passes the checker, from each engine; any that makes no sense a named error before any work."""

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scheduling import (
    InvalidProblem,
    Iterations,
    Job,
    Lock,
    Plan,
    Problem,
    TravelMatrix,
    UnsupportedFeature,
    Window,
    assignments,
    check,
    go_live,
)
from scheduling.every_route import TooManyRoutes
from scheduling.exact import optimum
from scheduling.reference import solve
from tests.scheduling.days import even_travel, problem_of, small_day
from tests.scheduling.mixed_days import POLICY, WITHOUT, mixed_day

REFUSED = ("crews", "precedence", "gaps", "depots", "disturbance budget")
MIXED_COUNT = 40
# Instances with more routes are proved in the drill of `test_exact`.
FEW_ROUTES = 600


def by_reference(problem: Problem) -> Plan:
    """The reference engine's plan, without what it refuses."""
    case = (problem, POLICY)
    for name in REFUSED:
        case = WITHOUT[name](case)
    plan = solve(*case, seed=1, stop=Iterations(5))
    assert check(case[0], plan) == ()
    return plan


def by_proof(problem: Problem) -> Plan:
    best = optimum(problem, POLICY, column_limit=FEW_ROUTES)
    assert best is not None
    assert check(problem, best.plan) == ()
    return best.plan


ENGINES = [by_reference, by_proof]
Engine = Callable[[Problem], Plan]


def without_people(day: Problem) -> Problem:
    """A day on which nobody works; nothing can have been begun."""
    jobs = tuple(replace(job, frozen=None, preferred=frozenset(), forbidden=frozenset()) for job in day.jobs)
    return replace(day, technicians=(), jobs=jobs)


def with_moments_for_windows(day: Problem) -> Problem:
    moments = (tuple(replace(window, end_s=window.start_s) for window in job.windows) for job in day.jobs)
    return replace(
        day, jobs=tuple(replace(job, windows=windows) for job, windows in zip(day.jobs, moments, strict=True))
    )


def without_roads(day: Problem) -> Problem:
    return replace(
        day,
        travel=problem_of([[0 if a == b else None for b in range(20)] for a in range(20)]).travel,
        places=day.places[:1] * 20,
    )


EXTREMES: dict[str, Callable[[Problem], Problem]] = {
    "empty day": lambda day: replace(day, jobs=(), previous=None),
    "no technicians": without_people,
    "no shifts": lambda day: replace(
        day,
        jobs=tuple(replace(job, frozen=None) for job in day.jobs),
        technicians=tuple(replace(person, shifts=()) for person in day.technicians),
    ),
    "zero-length windows": with_moments_for_windows,
    "no roads": without_roads,
    "all is over": lambda day: replace(day, now_s=10**7),
    "everything in one place": lambda day: replace(day, travel=problem_of(even_travel(len(day.places), 0)).travel),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_any_mixed_day_gets_a_sound_plan(engine: Engine) -> None:
    for seed in range(1000, 1000 + MIXED_COUNT):
        plan_or_too_many(engine, mixed_day(seed))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("extreme", EXTREMES)
def test_an_extreme_day_gets_a_sound_plan(engine: Engine, extreme: str) -> None:
    for seed in range(6):
        plan_or_too_many(engine, EXTREMES[extreme](mixed_day(seed)))


def plan_or_too_many(engine: Engine, day: Problem) -> None:
    try:
        engine(day)
    except TooManyRoutes:
        assert engine is by_proof


@pytest.mark.parametrize("engine", ENGINES)
def test_when_all_is_locked_nothing_moves(engine: Engine) -> None:
    day = small_day(4, job_count=8, technician_count=2)
    before = engine(day)
    places = assignments(before)
    locked = tuple(replace(job, lock=Lock.BOTH) for job in day.jobs if job.id in places)

    after = engine(replace(day, jobs=locked, previous=before))

    assert places
    assert assignments(after) == places


def other_job(day: Problem, draw: random.Random, **changes: object) -> Problem:
    """The day with one job changed."""
    chosen = draw.choice(day.jobs)
    return replace(day, jobs=tuple(replace(job, **changes) if job is chosen else job for job in day.jobs))  # type: ignore[arg-type]


def bad_travel(day: Problem) -> Problem:
    figures = np.full((len(day.places), len(day.places)), -1, dtype=np.int64)
    return replace(day, travel=TravelMatrix.of(figures, figures, "test"))


CORRUPTIONS: dict[str, Callable[[Problem, random.Random], Problem]] = {
    "duration": lambda day, draw: other_job(day, draw, duration_s=draw.choice([0, -1, 10**12])),
    "priority": lambda day, draw: other_job(day, draw, priority=draw.choice([0, 1001])),
    "place": lambda day, draw: other_job(day, draw, place=draw.choice([-1, 99])),
    "window": lambda day, draw: other_job(day, draw, windows=(Window(start_s=draw.randrange(10, 99), end_s=9),)),
    "crew": lambda day, draw: other_job(day, draw, crew_size=draw.choice([0, 5])),
    "own tail": lambda day, draw: replace(day, jobs=(*day.jobs, Job(id="x", place=0, duration_s=1, after=("x",)))),
    "waits for nobody": lambda day, draw: other_job(day, draw, after=("nothing",)),
    "skill level": lambda day, draw: other_job(day, draw, skills={"fibre": draw.choice([0, 1001])}),
    "parts": lambda day, draw: other_job(day, draw, parts={"ont": 0}),
    "stranger": lambda day, draw: other_job(day, draw, forbidden=frozenset({"stranger"})),
    "job twice": lambda day, draw: replace(day, jobs=(*day.jobs, draw.choice(day.jobs))),
    "technician twice": lambda day, draw: replace(day, technicians=(*day.technicians, draw.choice(day.technicians))),
    "lock on nothing": lambda day, draw: other_job(replace(day, previous=None), draw, lock=Lock.TIME),
    "negative budget": lambda day, draw: replace(day, disturbance_limit=-draw.randrange(1, 9)),
    "travel": lambda day, draw: bad_travel(day),
    "places": lambda day, draw: replace(day, places=day.places[1:]),
    "shift": lambda day, draw: replace(
        day,
        technicians=(replace(day.technicians[0], shifts=day.technicians[0].shifts * 2), *day.technicians[1:]),
    ),
}


@pytest.mark.parametrize("corruption", CORRUPTIONS)
def test_a_day_that_makes_no_sense_is_refused_by_name_at_every_door(corruption: str) -> None:
    for seed in range(20):
        day = CORRUPTIONS[corruption](mixed_day(seed), random.Random(seed))
        for door in (
            lambda broken: solve(broken, POLICY, seed=1, stop=Iterations(1)),
            lambda broken: optimum(broken, POLICY),
            lambda broken: go_live(broken, Plan()),
        ):
            with pytest.raises(InvalidProblem) as refusal:
                door(day)
            assert type(refusal.value) not in (InvalidProblem, UnsupportedFeature)
            assert refusal.value.params
