"""Asking the model of arrivals all through days that it was not fitted to, and counting how often it was right.

The model is the product's own: durations learned from earlier days (`dispatch.durations`), the rest of a route played through
(`dispatch.courses`), the interval of nine in ten (`dispatch.arrivals`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from backend.bench.eta.town import LUNCH_AT_S, LUNCH_S, SHIFT_BEGINS_S, Visit, a_day
from backend.dispatch.arrivals import interval
from backend.dispatch.courses import Course, Seconds, Stop
from backend.dispatch.durations import Done, Model, Spread, learn
from backend.dispatch.playing import DRAWS

LOOK_EVERY_S = 10 * 60.0  # the worker looks each minute; by ten minutes an interval hardly changes


@dataclass(frozen=True, kw_only=True)
class Said:
    """What was told of one arrival. lead_s: how long before it was expected."""

    lead_s: float
    width_s: float
    is_inside: bool


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """How the intervals held that were told between two leads before. share_inside: 0 to 1."""

    arrivals: int
    share_inside: float
    median_width_minutes: float


def play(*, days: int, fitted_days: int, technicians: int, seed: int) -> list[Said]:
    """What customers were told on `days`, by a model that was fitted to `fitted_days` others."""
    random = np.random.default_rng(seed)
    model = _fitted([a_day(random) for _ in range(fitted_days * technicians)])
    return [one for _ in range(days * technicians) for one in _told(a_day(random), model, random)]


def of_lead(said: Sequence[Said], *, over_s: float, up_to_s: float) -> Calibration:
    """Only what was told with such a lead, the first time for each arrival. At least one must have been."""
    found = [one for one in said if over_s < one.lead_s <= up_to_s]
    assert found, "somebody was told something so long before"
    return Calibration(
        arrivals=len(found),
        share_inside=sum(one.is_inside for one in found) / len(found),
        median_width_minutes=median(one.width_s for one in found) / 60,
    )


def _fitted(days: Sequence[Sequence[Visit]]) -> Model:
    done = [
        Done(work=visit.kind.name, planned_s=visit.kind.planned_s, real_s=visit.ends_s - visit.begins_s)
        for day in days
        for visit in day
    ]
    return learn(done)


def _told(day: Sequence[Visit], model: Model, random: np.random.Generator) -> list[Said]:
    """Everything that was told in the course of a day about arrivals that were still to come."""
    looks = np.arange(SHIFT_BEGINS_S - LOOK_EVERY_S, day[-1].begins_s, LOOK_EVERY_S)
    return [one for now_s in looks for one in _look(day, model, float(now_s), random)]


def _look(day: Sequence[Visit], model: Model, now_s: float, random: np.random.Generator) -> list[Said]:
    breaks = [] if _had_lunch(day, now_s) else [(LUNCH_AT_S, LUNCH_S)]
    course = Course.of(random, model.shape, now_s=now_s, free_s=SHIFT_BEGINS_S, breaks=breaks, draws=DRAWS)
    said: list[Said] = []
    for visit in day:
        spread, planned_s = model.of(visit.kind.name), visit.kind.planned_s
        if visit.ends_s <= now_s:
            course.pass_over(visit.ends_s)
        elif visit.begins_s <= now_s:
            course.finish(planned_s=planned_s, spread=spread, began_s=visit.begins_s)
        else:
            said.append(_said(visit, course.go_on(_stop(visit, spread, now_s)), now_s))
    return said


def _stop(visit: Visit, spread: Spread, now_s: float) -> Stop:
    return Stop(
        planned_s=visit.kind.planned_s,
        travel_s=visit.travel_s,
        not_before_s=visit.window_s,
        spread=spread,
        left_s=visit.leaves_s if visit.leaves_s <= now_s else None,
    )


def _said(visit: Visit, starts: Seconds, now_s: float) -> Said:
    earliest, expected, latest = interval(starts)
    is_inside = earliest <= visit.begins_s <= latest
    return Said(lead_s=expected - now_s, width_s=latest - earliest, is_inside=is_inside)


def _had_lunch(day: Sequence[Visit], now_s: float) -> bool:
    """It came between two visits, and the technician has set out to the second."""
    return any(one.ends_s >= LUNCH_AT_S and two.leaves_s <= now_s for one, two in pairwise(day))
