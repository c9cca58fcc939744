"""Technicians whose work takes as long as it takes, by a law that the model of arrivals does not know.

Work follows no log-normal law here: most of it keeps close to its own kind's habit, some is interrupted for long (Student's t
with three degrees of freedom, whose variance hardly exists), and a few visits meet a real obstacle and take two to three times
as long. Drives are slowed by the hour. Everybody goes on as soon as they are free, and begins no sooner than was promised.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HOUR = 3600.0
SHIFT_BEGINS_S, LUNCH_AT_S, LUNCH_S = 8 * HOUR, 11.5 * HOUR, 0.5 * HOUR
WINDOW_S = 2 * HOUR
SLACK = 1.1  # planners leave a tenth of the time for what goes wrong
JOBS_A_DAY = 6
OBSTACLE_SHARE = 0.03


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A kind of work. planned_s: as the catalogue has it; habit: ln of what it usually takes, against that; scale: of its t."""

    name: str
    planned_s: float
    habit: float
    scale: float


KINDS = (
    Kind(name="install", planned_s=75 * 60, habit=0.05, scale=0.10),
    Kind(name="repair", planned_s=45 * 60, habit=-0.05, scale=0.15),
    Kind(name="upgrade", planned_s=40 * 60, habit=0.0, scale=0.10),
    Kind(name="disconnect", planned_s=25 * 60, habit=-0.1, scale=0.12),
)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One job of a day as it was planned and as it went, in seconds since midnight; leaves_s: the technician, for it."""

    kind: Kind
    travel_s: float
    window_s: float
    leaves_s: float
    begins_s: float
    ends_s: float


def a_day(random: np.random.Generator) -> Sequence[Visit]:
    """A technician's day: planned with some slack, promised in windows of two hours, and then lived."""
    visits: list[Visit] = []
    planned_s = free_s = SHIFT_BEGINS_S
    had_lunch = False
    for _ in range(JOBS_A_DAY):
        kind = KINDS[random.choice(len(KINDS), p=(0.4, 0.3, 0.2, 0.1))]
        travel_s = float(random.uniform(5, 20)) * 60
        planned_s += travel_s * SLACK
        window_s = SHIFT_BEGINS_S + (planned_s - SHIFT_BEGINS_S) // WINDOW_S * WINDOW_S
        planned_s += kind.planned_s * SLACK
        if not had_lunch and free_s >= LUNCH_AT_S:
            had_lunch, free_s, planned_s = True, free_s + LUNCH_S, planned_s + LUNCH_S
        leaves_s = free_s
        begins_s = max(leaves_s + travel_s * _traffic(random, leaves_s), window_s)
        free_s = begins_s + _lasts_s(random, kind)
        visits.append(
            Visit(
                kind=kind,
                travel_s=travel_s,
                window_s=window_s,
                leaves_s=leaves_s,
                begins_s=begins_s,
                ends_s=free_s,
            )
        )
    return visits


def _lasts_s(random: np.random.Generator, kind: Kind) -> float:
    ratio = float(np.exp(kind.habit + kind.scale * np.clip(random.standard_t(3), -4, 8)))
    obstacle = float(random.uniform(2, 3)) if random.random() < OBSTACLE_SHARE else 1.0
    return kind.planned_s * ratio * obstacle


def _traffic(random: np.random.Generator, at_s: float) -> float:
    """How much slower than the estimate: in the morning and in the afternoon by a fifth, and never twice alike."""
    rush = 1.2 if at_s < 9 * HOUR or at_s > 15 * HOUR else 1.0
    return rush * float(random.gamma(25, 1 / 25))
