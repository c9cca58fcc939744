"""Days of field service, drawn from a seed: towns with clusters, homes, skills, windows, breaks, more work than can be done."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from scheduling import Break, Job, Place, Problem, Shift, Skill, Technician, TravelMatrix, Window

HOUR_S = 3600
# One technician for 30 km²: a day's drives are then a fifth to a quarter of it, as in a town with its surroundings.
KM2_PER_TECHNICIAN = 30.0
DETOUR = 1.3  # roads against the air line
TOWN_KMH, KMH_PER_KM, FAR_KM = 28.0, 1.2, 25.0  # longer trips use faster roads
PARKING_S = 120
NOISE = 0.05  # of each drive, so that the matrix is neither symmetric nor metric
# Who can do what: technicians are of one of these sorts, and each job wants one or two skills that some sort has.
SORTS = ((0, 1, 2), (0, 3), (1, 4), (2, 5), (0, 1, 3, 4), (2, 3, 5), (1, 2, 4), (0, 4, 5))
SECOND_SKILL_SHARE = 0.15
MINUTES, MINUTES_SHARE = (30, 45, 60, 90, 120), (0.55, 0.20, 0.14, 0.07, 0.04)
PRIORITIES, PRIORITIES_SHARE = (1, 3, 10), (0.6, 0.3, 0.1)
SHIFT_STARTS_H, SHIFT_S = (7.5, 8.0, 8.5, 9.0), 8 * HOUR_S
LUNCH = Break(earliest_s=11 * HOUR_S + 1800, latest_s=13 * HOUR_S + 1800, duration_s=1800)
TWO_HOURS_START_H, FOUR_HOURS_START_H = (8, 10, 12, 14, 15), (8, 12, 13)
NORTH_WEST = Place(60.0, 24.5)
KM_PER_DEGREE = 111.32


@dataclass(frozen=True, kw_only=True)
class DayShape:
    """jobs_per_technician: at 10 there is 10 to 17 % more work than can be done. window_share: of jobs with a window.

    has_breaks: a floating lunch of half an hour; without it the shift is that much shorter. skill_share: of jobs that want any.
    """

    technicians: int
    jobs_per_technician: float = 10.0
    window_share: float = 0.6
    has_breaks: bool = True
    skill_share: float = 1.0

    @property
    def jobs(self) -> int:
        return round(self.technicians * self.jobs_per_technician)


def day(shape: DayShape, seed: int) -> Problem:
    """The day of this seed; times in seconds from midnight. Places: the jobs' in their order, then the technicians' homes."""
    draw = np.random.default_rng(seed)
    side_km = float(np.sqrt(KM2_PER_TECHNICIAN * shape.technicians))
    centres = draw.uniform(0.15 * side_km, 0.85 * side_km, (max(4, shape.technicians // 10), 2))
    points = np.vstack(
        [
            _points(draw, shape.jobs, side_km, centres, clustered=0.7),
            _points(draw, shape.technicians, side_km, centres, clustered=0.4),
        ]
    )
    return Problem(
        places=tuple(_place(x, y) for x, y in points.tolist()),
        travel=_travel(draw, points),
        technicians=_technicians(draw, shape),
        jobs=tuple(_job(draw, shape, number) for number in range(shape.jobs)),
    )


def _points(
    draw: Generator, count: int, side_km: float, centres: NDArray[np.float64], *, clustered: float
) -> NDArray[np.float64]:
    anywhere = draw.uniform(0, side_km, (count, 2))
    near = centres[draw.integers(len(centres), size=count)] + draw.normal(0, side_km * 0.07, (count, 2))
    is_near = draw.random(count) < clustered
    return np.where(is_near[:, None], np.clip(near, 0, side_km), anywhere)


def _place(x_km: float, y_km: float) -> Place:
    east = KM_PER_DEGREE * float(np.cos(np.radians(NORTH_WEST.lat)))
    return Place(lat=NORTH_WEST.lat - y_km / KM_PER_DEGREE, lon=NORTH_WEST.lon + x_km / east)


def _travel(draw: Generator, points: NDArray[np.float64]) -> TravelMatrix:
    km = np.sqrt(((points[:, None] - points[None]) ** 2).sum(-1)) * DETOUR
    speed_kmh = TOWN_KMH + np.minimum(km, FAR_KM) * KMH_PER_KM
    seconds = (km / speed_kmh * HOUR_S + PARKING_S) * draw.uniform(1 - NOISE, 1 + NOISE, km.shape)
    np.fill_diagonal(seconds, 0)
    return TravelMatrix.of(np.rint(seconds).astype(np.int64), np.rint(km * 1000).astype(np.int64), "generated")


def _technicians(draw: Generator, shape: DayShape) -> tuple[Technician, ...]:
    order = draw.permutation(shape.technicians).tolist()
    return tuple(_technician(draw, shape, number, SORTS[place % len(SORTS)]) for number, place in enumerate(order))


def _technician(draw: Generator, shape: DayShape, number: int, skills: tuple[int, ...]) -> Technician:
    start_s = round(float(draw.choice(SHIFT_STARTS_H)) * HOUR_S)
    shift = Shift(
        start_s=start_s,
        end_s=start_s + SHIFT_S - (0 if shape.has_breaks else LUNCH.duration_s),
        start_place=shape.jobs + number,
        end_place=shape.jobs + number,
        breaks=(LUNCH,) if shape.has_breaks else (),
    )
    return Technician(id=f"t{number}", shifts=(shift,), skills=tuple(Skill(name=f"s{skill}") for skill in skills))


def _job(draw: Generator, shape: DayShape, number: int) -> Job:
    return Job(
        id=f"j{number}",
        place=number,
        duration_s=int(draw.choice(MINUTES, p=MINUTES_SHARE)) * 60,
        skills=_skills(draw) if draw.random() < shape.skill_share else {},
        priority=int(draw.choice(PRIORITIES, p=PRIORITIES_SHARE)),
        windows=(_window(draw),) if draw.random() < shape.window_share else (),
    )


def _skills(draw: Generator) -> dict[str, int]:
    sort = SORTS[draw.integers(len(SORTS))]
    count = 2 if draw.random() < SECOND_SKILL_SHARE else 1
    return {f"s{skill}": 1 for skill in draw.choice(sort, count, replace=False).tolist()}


def _window(draw: Generator) -> Window:
    hours = int(draw.choice((2, 4)))
    start_h = int(draw.choice(TWO_HOURS_START_H if hours == 2 else FOUR_HOURS_START_H))
    return Window(start_s=start_h * HOUR_S, end_s=(start_h + hours) * HOUR_S)
