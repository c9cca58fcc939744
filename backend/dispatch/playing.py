"""What is left of a day, played through many times: when each job begins in each of them. Pure.

It is the one law of what may come: alerts and customers' times are both read from it. A crew begins when the last of it is
there, and who waits for other work begins after its end.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import numpy as np

from backend.dispatch.courses import Course, Seconds, Stop
from backend.dispatch.durations import Model
from backend.dispatch.live import LiveDay
from backend.jobs.lifecycle import ENDED, JobState
from backend.jobs.schemas import JobView
from scheduling import Plan, Route, RouteStop

DRAWS = 2_000  # the edges of an interval are then known to a minute or two, a probability of 20 % to two points

Crew = Sequence[tuple[RouteStop, Course]]


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """A job that nobody has begun. starts_s: when that will be, in each draw, in seconds of the day."""

    job: JobView
    starts_s: Seconds


def play(day: LiveDay, model: Model, left: Mapping[UUID, datetime], *, seed: int) -> list[Beginning]:
    """Every planned job of a day that nobody has begun and whose lead is planned in its territory. The same seed gives the same.

    left: job → when its technician set out, for those who are on the way.
    """
    return list(_Play(day, model, left, seed).beginnings())


class _Play:
    """Job by job, in the order of the plan."""

    def __init__(self, day: LiveDay, model: Model, left: Mapping[UUID, datetime], seed: int) -> None:
        self._day, self._model, self._left, self._seed = day, model, left, seed
        self._ended: dict[str, Seconds] = {}

    def beginnings(self) -> Iterator[Beginning]:
        routes = (self._day.problem.previous or Plan()).routes
        courses = {route.technician: self._course(route) for route in routes}
        crews: defaultdict[str, dict[str, RouteStop]] = defaultdict(dict)
        for route in routes:
            for stop in route.stops:
                crews[stop.job][route.technician] = stop
        for name in sorted(crews, key=lambda name: self._when(name, crews[name])):
            job = self._day.translation.seats.planned_job(name)
            starts = self._go_through(name, job, [(stop, courses[who]) for who, stop in crews[name].items()])
            if job is not None and starts is not None and str(job.technician_id) in crews[name]:
                yield Beginning(job=job, starts_s=starts)

    def _when(self, name: str, crew: Mapping[str, RouteStop]) -> tuple[bool, int]:
        """What has begun comes first: it is a fact, whatever was planned before it."""
        return self._day.workday.jobs[name].frozen is None, min(stop.start_s for stop in crew.values())

    def _course(self, route: Route) -> Course:
        shift = self._day.workday.duties[route.technician, route.shift].shift
        return Course.of(
            np.random.default_rng([self._seed, UUID(route.technician).int % 2**32]),
            self._model.shape,
            now_s=float(self._day.problem.now_s),
            free_s=float(shift.start_s),
            breaks=[(float(pause.earliest_s), float(pause.duration_s)) for pause in shift.breaks],
            draws=DRAWS,
        )

    def _go_through(self, name: str, job: JobView | None, crew: Crew) -> Seconds | None:
        """When the work begins in each draw; None when it has begun, or is time that is only held."""
        (stop, lead), *others = crew
        starts: Seconds | None = None
        if job is None or job.state in ENDED:
            lead.pass_over(float(stop.end_s))
        elif job.state is JobState.STARTED:
            spread = self._model.of(job.work)
            lead.finish(planned_s=job.duration_seconds, spread=spread, began_s=float(stop.start_s))
        else:
            starts = self._starts(name, job, crew)
            lead.work(self._stop(stop, job), starts)
        self._ended[name] = lead.free_s
        for _, course in others:
            course.pass_over(lead.free_s)
        return starts

    def _starts(self, name: str, job: JobView, crew: Crew) -> Seconds:
        starts = np.max([course.reach(self._stop(stop, job)) for stop, course in crew], axis=0)
        for other in self._day.workday.jobs[name].after:
            starts = np.maximum(starts, self._ended.get(other, starts))
        return starts

    def _stop(self, stop: RouteStop, job: JobView) -> Stop:
        """Who is free goes on, and begins no sooner than was promised, or where nothing was, than is planned."""
        left, second = self._left.get(job.id), self._day.translation.second
        not_before_s = stop.start_s if job.window is None else min(second(job.window.start), stop.start_s)
        return Stop(
            planned_s=job.duration_seconds,
            travel_s=float(stop.travel_s),
            not_before_s=0.0 if left else float(not_before_s),
            spread=self._model.of(job.work),
            left_s=None if left is None else float(second(left)),
        )
