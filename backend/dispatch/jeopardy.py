"""How likely is it that a promised window will be missed, and what could be done about it, at which price? Pure.

A route is played through many times with real times drawn for its work (`durations`); a window counts as missed when work would
begin after its end. Driving times are taken as they are: their spread is small beside that of the work.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from backend.dispatch import drops
from backend.dispatch.durations import UNKNOWN, Spread
from backend.dispatch.live import LiveDay
from backend.dispatch.models import Remedy, RemedyKind
from backend.jobs.lifecycle import ENDED
from backend.jobs.schemas import JobView
from scheduling import Job, Lock, Plan, Route, RouteStop, Window, find_slots

DRAWS = 2_000  # a probability of 20 % is then known to within two points, 19 times in 20
AT_RISK = 0.2  # below it nobody does anything about it
MOST_REMEDIES = 5

Seconds = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """probability: that work begins after the window; expected_start: the mean of its starts."""

    job: JobView
    technician_id: UUID
    probability: float
    expected_start: datetime


def risks(day: LiveDay, known: Mapping[str, Spread], *, seed: int) -> list[Risk]:
    """The promised jobs of a day that are at risk, the worst first. The same seed gives the same figures."""
    found = list(_Play(day, known, seed).risks())
    return sorted(found, key=lambda risk: (-risk.probability, risk.job.number))


def remedies(day: LiveDay, risk: Risk) -> list[Remedy]:
    """What could be done, the cheapest first; nothing that breaks a rule. An appointment is moved only if it pays for that."""
    found = [*_given_to_others(day, risk), *_brought_forward(day, risk), *_moved(day, risk)]
    return sorted(found, key=lambda remedy: remedy.price_seconds)[:MOST_REMEDIES]


@dataclass
class _Course:
    """How a technician's day goes on. free: from when on, in each draw. owed: the breaks that are not taken yet."""

    draw: np.random.Generator
    owed: list[Any]
    free: Seconds


class _Play:
    """A day played through, job by job in the order of the plan, so that who waits for another hears when that has ended."""

    def __init__(self, day: LiveDay, known: Mapping[str, Spread], seed: int) -> None:
        self._day, self._known, self._seed = day, known, seed
        self._views = {str(job.id): job for job in day.situation.jobs}
        self._ended: dict[str, Seconds] = {}

    def risks(self) -> Iterator[Risk]:
        routes = (self._day.problem.previous or Plan()).routes
        courses = {route.technician: self._course(route) for route in routes}
        stops = [(stop, route.technician) for route in routes for stop in route.stops]
        # What has begun comes first: it is a fact, whatever was planned before it.
        stops.sort(key=lambda one: (self._day.workday.jobs[one[0].job].frozen is None, one[0].start_s))
        for stop, technician in stops:
            starts = self._play(stop, courses[technician])
            if starts is not None and (risk := self._risk(stop, technician, starts)):
                yield risk

    def _course(self, route: Route) -> _Course:
        draw = np.random.default_rng([self._seed, UUID(route.technician).int % 2**32])
        return _Course(draw, _breaks(self._day, route), np.full(DRAWS, float(self._day.problem.now_s)))

    def _play(self, stop: RouteStop, course: _Course) -> Seconds | None:
        """When the work begins in each draw; None when it has begun."""
        planned, job = self._day.workday.jobs[stop.job], self._views.get(stop.job)
        real = planned.duration_s * _ratios(course.draw, self._known.get(job.work, UNKNOWN) if job else UNKNOWN)
        if planned.frozen:
            ends = float(stop.end_s) if job is None or job.state in ENDED else stop.start_s + real
            self._ended[stop.job] = np.broadcast_to(ends, DRAWS)
            course.free = np.maximum(course.free, ends)
            return None
        starts = np.maximum(_rested(course.free, course.owed) + stop.travel_s, float(stop.start_s))
        for other in planned.after:
            starts = np.maximum(starts, self._ended.get(other, starts))
        self._ended[stop.job] = course.free = starts + real
        return starts

    def _risk(self, stop: RouteStop, technician: str, starts: Seconds) -> Risk | None:
        job = self._views.get(stop.job)
        if job is None or job.window is None:
            return None
        missed = float(np.mean(starts > self._day.translation.second(job.window.end)))
        if missed < AT_RISK:
            return None
        start = self._day.translation.instant(int(np.mean(starts)))
        return Risk(job=job, technician_id=UUID(technician), probability=missed, expected_start=start)


def _ratios(draw: np.random.Generator, spread: Spread) -> Seconds:
    return np.exp(draw.normal(spread.mean, spread.sigma, DRAWS))


def _breaks(day: LiveDay, route: Route) -> list[Any]:
    return list(day.workday.duties[route.technician, route.shift].shift.breaks)


def _rested(free: Seconds, owed: list[Any]) -> Seconds:
    """Breaks are taken as late as they may be: before what would begin too late for them."""
    while owed and float(np.mean(free)) >= owed[0].earliest_s:
        free = free + owed.pop(0).duration_s
    return free


def _bare(day: LiveDay, risk: Risk) -> Job:
    return replace(day.translation.job(risk.job), windows=(), lock=Lock.NONE)


def _given_to_others(day: LiveDay, risk: Risk) -> Iterator[Remedy]:
    """Another technician who has a gap in what is left of the window."""
    assert risk.job.window is not None, "only promised jobs are at risk"
    second = day.translation.second
    span = Window(start_s=max(second(risk.job.window.start), day.problem.now_s), end_s=second(risk.job.window.end))
    room = day.translation.room_for(risk.job, span) if span.start_s <= span.end_s else None
    if room is None:
        return
    for slot in find_slots(day.gaps_without(risk.job.id), day.situation.policy, _bare(day, risk), [room]).slots:
        if slot.technician != str(risk.technician_id):
            start = day.translation.instant(slot.start_s)
            yield from _remedy(day, risk, RemedyKind.GIVE_TO_ANOTHER, UUID(slot.technician), start)


def _brought_forward(day: LiveDay, risk: Risk) -> Iterator[Remedy]:
    """The same technician, before what is planned earlier and can wait."""
    route = next(one for one in (day.problem.previous or Plan()).routes if one.technician == str(risk.technician_id))
    for stop in route.stops:
        if stop.job == str(risk.job.id):
            return
        if not day.workday.jobs[stop.job].frozen:
            start = day.translation.instant(max(stop.start_s, day.problem.now_s))
            yield from _remedy(day, risk, RemedyKind.RESEQUENCE, risk.technician_id, start)


def _moved(day: LiveDay, risk: Risk) -> Iterator[Remedy]:
    """The earliest gap of the day that is left for the job, its window aside: to be agreed with the customer."""
    rest = Window(
        start_s=day.problem.now_s, end_s=max(day.problem.now_s, day.translation.second(day.situation.end) - 1)
    )
    room = day.translation.room_for(risk.job, rest)
    if room is None:
        return
    found = find_slots(day.gaps_without(risk.job.id), day.situation.policy, _bare(day, risk), [room]).slots
    policy = day.situation.policy
    for slot in sorted(found, key=lambda slot: slot.start_s)[:1]:
        yield Remedy(
            kind=RemedyKind.MOVE_APPOINTMENT,
            technician_id=UUID(slot.technician),
            start=day.translation.instant(slot.start_s),
            price_seconds=slot.cost_delta_s + policy.moved_s * policy.promised_factor,
        )


def _remedy(day: LiveDay, risk: Risk, kind: RemedyKind, technician_id: UUID, start: datetime) -> Iterator[Remedy]:
    """The remedy, unless the drop that it is would break a rule."""
    seen = drops.answer(day, risk.job, technician_id, start)
    if not seen.violations and seen.cost_delta_seconds is not None:
        begins = next(one.start for one in seen.route if one.job_id == risk.job.id)
        yield Remedy(kind=kind, technician_id=technician_id, start=begins, price_seconds=seen.cost_delta_seconds)
