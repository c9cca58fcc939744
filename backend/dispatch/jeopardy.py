"""How likely is it that a promised window will be missed, and what could be done about it, at which price? Pure.

A route is played through many times with real times drawn for its work (`durations`); a window counts as missed when work would
begin after its end. Driving times are taken as they are: their spread is small beside that of the work.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
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
from scheduling import Job, Lock, Plan, Route, RouteStop, Slot, Window, find_slots

DRAWS = 2_000  # a probability of 20 % is then known to within two points, 19 times in 20
AT_RISK = 0.2  # below it nobody does anything about it
MOST_REMEDIES = 5

Seconds = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Risk:
    """probability: that work begins after the window; expected_start: the mean of its starts. Who has the job, the job says."""

    job: JobView
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
    """A day played through, job by job in the order of the plan, so that who waits for another hears when that has ended.

    A crew begins when the last of it is there.
    """

    def __init__(self, day: LiveDay, known: Mapping[str, Spread], seed: int) -> None:
        self._day, self._known, self._seed = day, known, seed
        self._ended: dict[str, Seconds] = {}

    def risks(self) -> Iterator[Risk]:
        routes = (self._day.problem.previous or Plan()).routes
        courses = {route.technician: self._course(route) for route in routes}
        crews: defaultdict[str, dict[str, RouteStop]] = defaultdict(dict)
        for route in routes:
            for stop in route.stops:
                crews[stop.job][route.technician] = stop
        # What has begun comes first: it is a fact, whatever was planned before it.
        for name in sorted(crews, key=lambda name: self._when(name, crews[name])):
            starts = self._play(name, [(stop, courses[who]) for who, stop in crews[name].items()])
            if starts is not None and (risk := self._risk(name, crews[name], starts)):
                yield risk

    def _when(self, name: str, crew: Mapping[str, RouteStop]) -> tuple[bool, int]:
        return self._day.workday.jobs[name].frozen is None, min(stop.start_s for stop in crew.values())

    def _course(self, route: Route) -> _Course:
        draw = np.random.default_rng([self._seed, UUID(route.technician).int % 2**32])
        return _Course(draw, _breaks(self._day, route), np.full(DRAWS, float(self._day.problem.now_s)))

    def _play(self, name: str, crew: Sequence[tuple[RouteStop, _Course]]) -> Seconds | None:
        """When the work begins in each draw; None when it has begun."""
        planned, job = self._day.workday.jobs[name], self._day.translation.seats.planned_job(name)
        stop, course = crew[0]
        real = planned.duration_s * _ratios(course.draw, self._known.get(job.work, UNKNOWN) if job else UNKNOWN)
        if planned.frozen:
            ends = float(stop.end_s) if job is None or job.state in ENDED else stop.start_s + real
            self._ended[name] = np.broadcast_to(ends, DRAWS)
            course.free = np.maximum(course.free, ends)
            return None
        starts = np.full(DRAWS, float(stop.start_s))
        for stop, course in crew:
            starts = np.maximum(starts, _rested(course.free, course.owed) + stop.travel_s)
        for other in planned.after:
            starts = np.maximum(starts, self._ended.get(other, starts))
        self._ended[name] = ends = starts + real
        for _, course in crew:
            course.free = ends
        return starts

    def _risk(self, name: str, crew: Collection[str], starts: Seconds) -> Risk | None:
        """Once for each job, where its lead is planned: a neighbour's territory may have some of its people."""
        job = self._day.translation.seats.planned_job(name)
        if job is None or job.window is None or str(job.technician_id) not in crew:
            return None
        missed = float(np.mean(starts > self._day.translation.second(job.window.end)))
        if missed < AT_RISK:
            return None
        start = self._day.translation.instant(int(np.mean(starts)))
        return Risk(job=job, probability=missed, expected_start=start)


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
    """Another technician, or crew, with a gap in what is left of the window."""
    assert risk.job.window is not None, "only promised jobs are at risk"
    second = day.translation.second
    span = Window(start_s=max(second(risk.job.window.start), day.problem.now_s), end_s=second(risk.job.window.end))
    room = day.translation.room_for(risk.job, span) if span.start_s <= span.end_s else None
    if room is None:
        return
    for slot in find_slots(day.gaps_without(risk.job.id), day.situation.policy, _bare(day, risk), [room]).slots:
        crew = _crew_of(slot)
        if set(crew) != set(risk.job.crew):
            yield from _remedy(day, risk, RemedyKind.GIVE_TO_ANOTHER, crew, day.translation.instant(slot.start_s))


def _brought_forward(day: LiveDay, risk: Risk) -> Iterator[Remedy]:
    """The same people, before what is planned earlier for whoever leads and can wait."""
    lead = str(risk.job.technician_id)
    route = next(one for one in (day.problem.previous or Plan()).routes if one.technician == lead)
    for stop in route.stops:
        if stop.job == str(risk.job.id):
            return
        if not day.workday.jobs[stop.job].frozen:
            start = day.translation.instant(max(stop.start_s, day.problem.now_s))
            yield from _remedy(day, risk, RemedyKind.RESEQUENCE, risk.job.crew, start)


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
            helper_ids=list(_crew_of(slot)[1:]),
            start=day.translation.instant(slot.start_s),
            price_seconds=slot.cost_delta_s + policy.moved_s * policy.promised_factor,
        )


def _crew_of(slot: Slot) -> tuple[UUID, ...]:
    return (UUID(slot.technician), *(UUID(technician) for technician, _ in slot.helpers))


def _remedy(day: LiveDay, risk: Risk, kind: RemedyKind, crew: Sequence[UUID], start: datetime) -> Iterator[Remedy]:
    """The remedy, unless the drop that it is would break a rule."""
    seen = drops.answer(day, risk.job, crew, start)
    if not seen.violations and seen.cost_delta_seconds is not None:
        begins = next(one.start for one in seen.route if one.job_id == risk.job.id)
        lead_id, *helper_ids = crew
        yield Remedy(
            kind=kind,
            technician_id=lead_id,
            helper_ids=helper_ids,
            start=begins,
            price_seconds=seen.cost_delta_seconds,
        )
