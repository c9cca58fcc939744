"""When will the technician begin, said honestly: an interval that holds 90 of 100, and narrows as the day goes on. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import numpy as np

from backend.dispatch.courses import Seconds
from backend.dispatch.playing import Beginning
from backend.jobs.schemas import JobView

SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """When work on a job is expected to begin. Between earliest and latest lie 90 of 100; half begin before expected."""

    job: JobView
    earliest: datetime
    expected: datetime
    latest: datetime


def arrivals(beginnings: Iterable[Beginning], *, epoch: datetime) -> list[Arrival]:
    """Of each job that is to begin. epoch: second 0 of the day that was played."""
    return [_arrival(one, epoch) for one in beginnings]


def interval(starts: Seconds) -> tuple[float, float, float]:
    """(earliest, expected, latest) of drawn starts, in seconds: the shortest span that holds SHARE of them, and their median.

    Work is late for longer than it is early: the shortest span is narrower than the middle one, and holds as many
    (Chen and Shao, Monte Carlo Estimation of Bayesian Credible and HPD Intervals, 1999).
    """
    ordered = np.sort(starts)
    held = ceil(SHARE * ordered.size)
    first = int(np.argmin(ordered[held - 1 :] - ordered[: ordered.size - held + 1]))
    return float(ordered[first]), float(np.median(ordered)), float(ordered[first + held - 1])


def _arrival(one: Beginning, epoch: datetime) -> Arrival:
    earliest, expected, latest = (epoch + timedelta(seconds=at) for at in interval(one.starts_s))
    return Arrival(job=one.job, earliest=earliest, expected=expected, latest=latest)
