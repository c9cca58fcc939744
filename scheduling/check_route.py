"""The rules that concern one route, for `check`."""

import math
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise

from scheduling.plan import Assignment, DepotCall, Route, Stop
from scheduling.problem import TECHNICIAN_LOCKS, TIME_LOCKS, Job, Problem, Shift, Technician, Window
from scheduling.travel import UNREACHABLE
from scheduling.violations import Kind, Violation, violation


class RouteCheck:
    """The rules of one route, told in order; holds what they all look at. planned: where the plan in force puts each job."""

    def __init__(
        self,
        problem: Problem,
        jobs: dict[str, Job],
        planned: Mapping[str, Sequence[Assignment]],
        technician: Technician,
        route: Route,
    ) -> None:
        self.problem, self.technician, self.route = problem, technician, route
        self.shift: Shift = technician.shifts[route.shift]
        self.depots = {depot.id: depot for depot in problem.depots}
        self.stops = [(jobs[stop.job], stop) for stop in route.stops]
        self.open = [(job, stop) for job, stop in self.stops if not job.frozen]
        self.planned = planned

    def violations(self) -> Iterator[Violation]:
        if not self.stops:
            yield self._here(Kind.EMPTY_ROUTE, shift=self.route.shift)
            return
        yield from self._facts_first()
        for job, stop in self.stops:
            yield from self._how_long(job, stop)
        for job, stop in self.open:
            yield from self._who(job, stop)
            yield from self._when(job, stop)
        for call in self.route.calls:
            yield from self._call(call)
        calls_known = all(call.depot in self.depots for call in self.route.calls)
        if self.open and calls_known:
            yield from self._beginning()
            yield from self._legs()
            yield from self._ending()
            yield from self._breaks()

    def _here(self, kind: Kind, job: str | None = None, **params: str | int) -> Violation:
        return violation(kind, technician=self.technician.id, job=job, **params)

    def _facts_first(self) -> Iterator[Violation]:
        for (before, _), (after, _) in pairwise(self.stops):
            if after.frozen and not before.frozen:
                yield self._here(Kind.FROZEN_NOT_FIRST, after.id)

    def _who(self, job: Job, stop: Stop) -> Iterator[Violation]:
        if self.technician.id in job.forbidden:
            yield self._here(Kind.FORBIDDEN, job.id)
        territories = self.technician.territories
        if job.territory is not None and territories and job.territory not in territories:
            yield self._here(Kind.TERRITORY, job.id, territory=job.territory)
        for skill, wanted in job.skills_of(lead=stop.lead).items():
            found = self._level(skill)
            if found < wanted:
                yield self._here(Kind.SKILL, job.id, skill=skill, wanted=wanted, found=found)
        if job.lock in TECHNICIAN_LOCKS:
            people = [member.technician for member in self.planned[job.id]]
            if self.technician.id not in people:
                yield self._here(Kind.LOCKED_TECHNICIAN, job.id, expected=" and ".join(people))

    def _level(self, name: str) -> int:
        """The best level of a skill that lasts to the end of the shift; 0 for none."""
        levels = [0]
        for skill in self.technician.skills:
            lasts = skill.valid_until_s is None or skill.valid_until_s >= self.shift.end_s
            if skill.name == name and lasts:
                levels.append(skill.level)
        return max(levels)

    def _how_long(self, job: Job, stop: Stop) -> Iterator[Violation]:
        pace = 100 if job.frozen else self.technician.pace_percent
        expected_s = math.ceil(Fraction(job.duration_s * pace, 100))
        if stop.end_s - stop.start_s != expected_s:
            yield self._here(Kind.DURATION, job.id, expected_s=expected_s, found_s=stop.end_s - stop.start_s)

    def _when(self, job: Job, stop: Stop) -> Iterator[Violation]:
        if job.lock in TIME_LOCKS:
            locked_s = self.planned[job.id][0].start_s
            if stop.start_s != locked_s:
                yield self._here(Kind.LOCKED_TIME, job.id, expected_s=locked_s, found_s=stop.start_s)
        elif not _is_within(stop.start_s, job.windows):
            yield self._here(Kind.WINDOW, job.id, found_s=stop.start_s, windows=_text(job.windows))
        if stop.start_s < stop.arrival_s:
            short_s = stop.arrival_s - stop.start_s
            yield self._here(Kind.BEFORE_ARRIVAL, job.id, visit=f"job {job.id}", short_s=short_s)

    def _call(self, call: DepotCall) -> Iterator[Violation]:
        depot = self.depots.get(call.depot)
        if depot is None:
            yield self._here(Kind.UNKNOWN_DEPOT, depot=call.depot)
            return
        index = self.route.calls.index(call)
        earliest = self.route.calls[index - 1].before if index else len(self.stops) - len(self.open)
        if not earliest <= call.before <= len(self.stops):
            yield self._here(Kind.CALL_ORDER, depot=depot.id, before=call.before)
        found_s = call.end_s - call.start_s
        if found_s != depot.handling_s:
            yield self._here(Kind.CALL_LENGTH, depot=depot.id, expected_s=depot.handling_s, found_s=found_s)
        if not _is_within(call.start_s, depot.windows):
            yield self._here(Kind.CALL_WINDOW, depot=depot.id, found_s=call.start_s, windows=_text(depot.windows))
        if call.start_s < call.arrival_s:
            short_s = call.arrival_s - call.start_s
            yield self._here(Kind.BEFORE_ARRIVAL, visit=f"loading at depot {depot.id}", short_s=short_s)
        for part, pieces in call.load.items():
            if pieces < 1:
                yield self._here(Kind.CALL_LOAD, depot=depot.id, part=part, pieces=pieces)

    def _beginning(self) -> Iterator[Violation]:
        if self.stops[0][0].frozen:
            return
        leaves_s = min(self.route.depart_s, self.route.visits()[0].arrival_s)
        if leaves_s < self.shift.start_s:
            yield self._here(Kind.BEFORE_SHIFT, early_s=self.shift.start_s - leaves_s)
        if leaves_s < self.problem.now_s:
            yield self._here(Kind.BEFORE_NOW, early_s=self.problem.now_s - leaves_s)

    def _legs(self) -> Iterator[Violation]:
        """Between two places there is time for the drive and for the breaks that fall between them."""
        total_s = 0
        for origin, destination, free_s, there_s, stated_s, job in self._drives():
            drive_s = int(self.problem.travel.seconds[origin, destination])
            total_s += drive_s
            if drive_s >= UNREACHABLE:
                yield self._here(Kind.UNREACHABLE, job, origin=origin, destination=destination)
                continue
            if stated_s is not None and stated_s != drive_s:
                yield self._here(Kind.TRAVEL_FIGURE, job, expected_s=drive_s, found_s=stated_s)
            spare_s = there_s - free_s - self._rest_between_s(free_s, there_s)
            if spare_s < drive_s:
                where = f"job {job}" if job else "the end place" if destination == self.shift.end_place else "the depot"
                yield self._here(Kind.TRAVEL_TOO_SHORT, job, expected_s=drive_s, found_s=spare_s, destination=where)
        if total_s != self.route.travel_s:
            yield self._here(Kind.TRAVEL_FIGURE, expected_s=total_s, found_s=self.route.travel_s)

    def _drives(self) -> Iterator[tuple[int, int, int, int, int | None, str | None]]:
        """Each leg that is not yet a fact: from, to, free from, there by, stated seconds, job."""
        place, free_s = self.shift.start_place, self.route.depart_s
        jobs = {job.id: job for job, _ in self.stops}
        for visit in self.route.visits():
            job = None if isinstance(visit, DepotCall) else jobs[visit.job]
            there = self.depots[visit.depot].place if isinstance(visit, DepotCall) else jobs[visit.job].place
            if job is None or not job.frozen:
                yield place, there, free_s, visit.arrival_s, visit.travel_s, job.id if job else None
            place, free_s = there, visit.end_s
            if job and job.frozen:
                free_s = max(free_s, self.problem.now_s)
        yield place, self.shift.end_place, free_s, self.route.end_s, None, None

    def _rest_between_s(self, free_s: int, there_s: int) -> int:
        """Seconds of break between two moments."""
        return sum(max(0, min(pause.end_s, there_s) - max(pause.start_s, free_s)) for pause in self.route.breaks)

    def _ending(self) -> Iterator[Violation]:
        limit_s = self.shift.end_s + self.shift.overtime_s
        if self.route.end_s > limit_s:
            yield self._here(Kind.AFTER_SHIFT, late_s=self.route.end_s - limit_s)

    def _breaks(self) -> Iterator[Violation]:
        taken = self.route.breaks
        if len(taken) != len(self.shift.breaks):
            yield self._here(
                Kind.BREAK_COUNT, shift=self.route.shift, expected=len(self.shift.breaks), found=len(taken)
            )
        for index, (pause, owed) in enumerate(zip(taken, self.shift.breaks, strict=False)):
            if pause.end_s - pause.start_s != owed.duration_s:
                yield self._here(
                    Kind.BREAK_LENGTH, index=index, expected_s=owed.duration_s, found_s=pause.end_s - pause.start_s
                )
            if not owed.earliest_s <= pause.start_s <= owed.latest_s or pause.start_s < self.problem.now_s:
                yield self._here(
                    Kind.BREAK_WINDOW,
                    index=index,
                    found_s=pause.start_s,
                    earliest_s=max(owed.earliest_s, self.problem.now_s),
                    latest_s=owed.latest_s,
                )
        yield from self._overlaps()

    def _overlaps(self) -> Iterator[Violation]:
        for index, pause in enumerate(self.route.breaks):
            for visit in self.route.visits():
                if pause.start_s < visit.end_s and visit.start_s < pause.end_s:
                    job = None if isinstance(visit, DepotCall) else visit.job
                    yield self._here(Kind.BREAK_OVERLAP, job, index=index, other=f"job {job}" if job else "loading")
            for later, other in enumerate(self.route.breaks[index + 1 :], start=index + 1):
                if pause.start_s < other.end_s and other.start_s < pause.end_s:
                    yield self._here(Kind.BREAK_OVERLAP, index=index, other=f"break {later}")


def _is_within(start_s: int, windows: tuple[Window, ...]) -> bool:
    """Whether work may start then; without windows, at any time."""
    return not windows or any(window.start_s <= start_s <= window.end_s for window in windows)


def _text(windows: tuple[Window, ...]) -> str:
    return ", ".join(f"{window.start_s}..{window.end_s}" for window in windows)
