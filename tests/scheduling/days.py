"""Problems for the tests: a tiny one to plant things in, and seeded small days with every feature mixed."""

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from scheduling import (
    UNREACHABLE,
    Break,
    Job,
    Place,
    Plan,
    Problem,
    Shift,
    Skill,
    Technician,
    TravelMatrix,
    Window,
)

HOUR_S = 3600
DAY_S = 86_400
HELSINKI = Place(60.1699, 24.9384)


def travel_of(seconds: Sequence[Sequence[int | None]]) -> TravelMatrix:
    """A matrix from rows of seconds, None = unreachable; metres are ten times as many."""
    rows = [[UNREACHABLE if figure is None else figure for figure in row] for row in seconds]
    figures = np.array(rows, dtype=np.int64).reshape(len(rows), len(rows))
    return TravelMatrix.of(figures, np.where(figures < UNREACHABLE, figures * 10, figures), "test")


def problem_of(
    seconds: Sequence[Sequence[int | None]],
    technicians: Sequence[Technician] = (),
    jobs: Sequence[Job] = (),
    *,
    now_s: int = 0,
    previous: Plan | None = None,
) -> Problem:
    return Problem(
        places=(HELSINKI,) * len(seconds),
        travel=travel_of(seconds),
        technicians=tuple(technicians),
        jobs=tuple(jobs),
        now_s=now_s,
        previous=previous,
    )


def even_travel(place_count: int, leg_s: int = 600) -> list[list[int]]:
    """The same time between any two places."""
    return [[0 if row == column else leg_s for column in range(place_count)] for row in range(place_count)]


def small_day(seed: int, *, job_count: int = 14, technician_count: int = 3, day_count: int = 1) -> Problem:
    """A day, or several, with skills, levels, windows, breaks, stock, overtime, contractors, wishes and due times mixed."""
    draw = random.Random(seed)
    place_count = job_count + technician_count
    points = [(draw.random() * 60, draw.random() * 60) for _ in range(place_count)]
    seconds: list[list[int | None]] = [
        [_leg_s(draw, points[a], points[b]) if a != b else 0 for b in range(place_count)] for a in range(place_count)
    ]
    technicians = [_technician(draw, number, job_count + number, day_count) for number in range(technician_count)]
    names = [technician.id for technician in technicians]
    jobs = [_job(draw, number, names, day_count) for number in range(job_count)]
    return problem_of(seconds, technicians, jobs)


def coupled_day(seed: int, *, job_count: int = 16, technician_count: int = 4) -> Problem:
    """As small_day, with some two-person jobs and some that wait for others."""
    draw = random.Random(f"coupled {seed}")
    day = small_day(seed, job_count=job_count, technician_count=technician_count)
    jobs = [_coupled(draw, job, [other.id for other in day.jobs[:number]]) for number, job in enumerate(day.jobs)]
    paces = [draw.choice([80, 100, 130]) for _ in day.technicians]
    technicians = [replace(who, pace_percent=pace) for who, pace in zip(day.technicians, paces, strict=True)]
    return replace(day, jobs=tuple(jobs), technicians=tuple(technicians))


def _coupled(draw: random.Random, job: Job, earlier: list[str]) -> Job:
    if draw.random() < 0.3:
        helper_skills = draw.choice([None, {}, {"fibre": 1}])
        return replace(job, crew_size=draw.choice([2, 2, 3]), helper_skills=helper_skills, territory=None)
    if earlier and draw.random() < 0.3:
        return replace(job, after=tuple(draw.sample(earlier, min(len(earlier), draw.choice([1, 2])))), windows=())
    return job


def with_previous(problem: Problem, plan: Plan) -> Problem:
    return replace(problem, previous=plan)


def _leg_s(draw: random.Random, origin: tuple[float, float], destination: tuple[float, float]) -> int | None:
    if draw.random() < 0.02:
        return None
    air = ((origin[0] - destination[0]) ** 2 + (origin[1] - destination[1]) ** 2) ** 0.5
    return round(air * draw.uniform(25, 40))


def _technician(draw: random.Random, number: int, home: int, day_count: int) -> Technician:
    start_s = draw.choice([7, 8, 9]) * HOUR_S
    shifts = tuple(
        Shift(
            start_s=day * DAY_S + start_s,
            end_s=day * DAY_S + start_s + 8 * HOUR_S,
            start_place=home,
            end_place=home,
            overtime_s=draw.choice([0, HOUR_S]),
            breaks=_breaks(draw, day * DAY_S + start_s),
        )
        for day in range(day_count)
    )
    skills = tuple(Skill(name=name, level=draw.choice([1, 2])) for name in draw.sample(["fibre", "copper", "coax"], 2))
    return Technician(
        id=f"t{number}",
        shifts=shifts,
        skills=skills,
        stock={"ont": draw.randrange(5)},
        territories=frozenset(draw.sample(["north", "south"], draw.choice([0, 1, 2]))),
        contractor=draw.random() < 0.3,
        cost_per_hour_minor=draw.choice([3000, 9000]),
    )


def _breaks(draw: random.Random, start_s: int) -> tuple[Break, ...]:
    coffee = Break(earliest_s=start_s + HOUR_S, latest_s=start_s + 2 * HOUR_S, duration_s=900)
    lunch = Break(earliest_s=start_s + 3 * HOUR_S, latest_s=start_s + 5 * HOUR_S, duration_s=1800)
    return draw.choice([(), (lunch,), (coffee, lunch)])


def _job(draw: random.Random, number: int, technicians: list[str], day_count: int) -> Job:
    return Job(
        id=f"j{number}",
        place=number,
        duration_s=draw.choice([20, 30, 45, 60, 90]) * 60,
        windows=_windows(draw, day_count),
        promised=draw.random() < 0.5,
        priority=draw.choice([1, 3, 10]),
        due_s=draw.choice([None, None, 12 * HOUR_S]),
        skills={draw.choice(["fibre", "copper", "coax"]): draw.choice([1, 1, 2])} if draw.random() < 0.7 else {},
        parts={"ont": draw.choice([1, 2])} if draw.random() < 0.4 else {},
        preferred=frozenset(draw.sample(technicians, 1)) if technicians and draw.random() < 0.2 else frozenset(),
        forbidden=frozenset(draw.sample(technicians, 1)) if technicians and draw.random() < 0.1 else frozenset(),
        territory=draw.choice([None, None, "north", "south"]),
    )


def _windows(draw: random.Random, day_count: int) -> tuple[Window, ...]:
    if draw.random() < 0.4:
        return ()
    day_s = draw.randrange(day_count) * DAY_S
    first_s = day_s + draw.choice([8, 9, 10]) * HOUR_S
    windows = (Window(start_s=first_s, end_s=first_s + draw.choice([0, 1, 2]) * HOUR_S),)
    later_s = day_s + 14 * HOUR_S
    return (*windows, Window(start_s=later_s, end_s=later_s + HOUR_S)) if draw.random() < 0.3 else windows
