"""When will the technician begin, said honestly: an interval that holds 90 of 100, and narrows as the day goes on. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

import numpy as np

from backend.dispatch.courses import Course, Seconds, Stop
from backend.dispatch.durations import Model
from backend.dispatch.live import LiveDay
from backend.jobs.lifecycle import ENDED, JobState
from backend.jobs.schemas import JobView
from scheduling import Plan, Route, RouteStop

DRAWS = 2_000  # the edges of the interval are then known to a minute or two
SHARE = 0.9


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """When work on a job is expected to begin. Between earliest and latest lie 90 of 100; half begin before expected."""

    job: JobView
    technician_id: UUID
    earliest: datetime
    expected: datetime
    latest: datetime


def arrivals(day: LiveDay, model: Model, left: Mapping[UUID, datetime], *, seed: int) -> list[Arrival]:
    """Of every planned job of a day that nobody has begun; where several meet, of the last. The same seed gives the same.

    left: job → when its technician set out, for those who are on the way.
    """
    routes = (day.problem.previous or Plan()).routes
    found = [arrival for route in routes for arrival in _Rest(day, route, model, left, seed).arrivals()]
    return list({one.job.id: one for one in sorted(found, key=lambda one: (one.expected, one.job.number))}.values())


def interval(starts: Seconds) -> tuple[float, float, float]:
    """(earliest, expected, latest) of drawn starts, in seconds: the shortest span that holds SHARE of them, and their median.

    Work is late for longer than it is early: the shortest span is narrower than the middle one, and holds as many
    (Chen and Shao, Monte Carlo Estimation of Bayesian Credible and HPD Intervals, 1999).
    """
    ordered = np.sort(starts)
    held = ceil(SHARE * ordered.size)
    first = int(np.argmin(ordered[held - 1 :] - ordered[: ordered.size - held + 1]))
    return float(ordered[first]), float(np.median(ordered)), float(ordered[first + held - 1])


@dataclass(frozen=True)
class _Rest:
    """What is left of a technician's route."""

    day: LiveDay
    route: Route
    model: Model
    left: Mapping[UUID, datetime]
    seed: int

    def arrivals(self) -> Iterator[Arrival]:
        course = self._course()
        views = {str(job.id): job for job in self.day.situation.jobs}
        # What has begun comes first: it is a fact, whatever was planned before it.
        jobs = self.day.workday.jobs
        for stop in sorted(self.route.stops, key=lambda one: (jobs[one.job].frozen is None, one.start_s)):
            job = views.get(stop.job)
            if job is None or job.state in ENDED:  # held time, or what is over
                course.pass_over(float(stop.end_s))
            elif job.state is JobState.STARTED:
                spread = self.model.of(job.work)
                course.finish(planned_s=job.duration_seconds, spread=spread, began_s=float(stop.start_s))
            else:
                yield self._arrival(job, course.go_on(self._stop(stop, job)))

    def _course(self) -> Course:
        shift = self.day.workday.duties[self.route.technician, self.route.shift].shift
        return Course.of(
            np.random.default_rng([self.seed, UUID(self.route.technician).int % 2**32]),
            self.model.shape,
            now_s=float(self.day.problem.now_s),
            free_s=float(shift.start_s),
            breaks=[(float(pause.earliest_s), float(pause.duration_s)) for pause in shift.breaks],
            draws=DRAWS,
        )

    def _stop(self, stop: RouteStop, job: JobView) -> Stop:
        """Who is free goes on, and begins no sooner than was promised, or where nothing was, than is planned."""
        left, second = self.left.get(job.id), self.day.translation.second
        not_before_s = stop.start_s if job.window is None else min(second(job.window.start), stop.start_s)
        return Stop(
            planned_s=job.duration_seconds,
            travel_s=float(stop.travel_s),
            not_before_s=0.0 if left else float(not_before_s),
            spread=self.model.of(job.work),
            left_s=None if left is None else float(second(left)),
        )

    def _arrival(self, job: JobView, starts: Seconds) -> Arrival:
        earliest, expected, latest = (self.day.situation.epoch + timedelta(seconds=at) for at in interval(starts))
        technician_id = UUID(self.route.technician)
        return Arrival(job=job, technician_id=technician_id, earliest=earliest, expected=expected, latest=latest)
