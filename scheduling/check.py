"""The judge: every rule that a plan breaks, in words with numbers. Slow, readable, and independent of every engine.

It shares no arithmetic with them: it reads the times that a plan states and holds them against the problem, one rule a function.
No plan is stored, shown or applied that has not passed it. It expects a valid problem and any plan whatever.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from scheduling.plan import Plan, Route, Stop, assignments
from scheduling.problem import TECHNICIAN_LOCKS, TIME_LOCKS, Job, Problem, Shift, Technician
from scheduling.travel import UNREACHABLE


class Kind(StrEnum):
    """The rules, each with its sentence; fields in braces are the violation's parameters."""

    UNKNOWN_TECHNICIAN = "unknown_technician"
    UNKNOWN_SHIFT = "unknown_shift"
    UNKNOWN_JOB = "unknown_job"
    SHIFT_TWICE = "shift_twice"
    EMPTY_ROUTE = "empty_route"
    JOB_TWICE = "job_twice"
    JOB_MISSING = "job_missing"
    FROZEN_MOVED = "frozen_moved"
    FROZEN_NOT_FIRST = "frozen_not_first"
    FORBIDDEN = "forbidden"
    TERRITORY = "territory"
    SKILL = "skill"
    STOCK = "stock"
    LOCKED_TECHNICIAN = "locked_technician"
    LOCKED_TIME = "locked_time"
    DURATION = "duration"
    WINDOW = "window"
    BEFORE_ARRIVAL = "before_arrival"
    BEFORE_SHIFT = "before_shift"
    BEFORE_NOW = "before_now"
    UNREACHABLE = "unreachable"
    TRAVEL_TOO_SHORT = "travel_too_short"
    TRAVEL_FIGURE = "travel_figure"
    AFTER_SHIFT = "after_shift"
    BREAK_COUNT = "break_count"
    BREAK_LENGTH = "break_length"
    BREAK_WINDOW = "break_window"
    BREAK_OVERLAP = "break_overlap"


SENTENCES = {
    Kind.UNKNOWN_TECHNICIAN: "there is no technician {technician}",
    Kind.UNKNOWN_SHIFT: "{technician} has no shift {shift}",
    Kind.UNKNOWN_JOB: "there is no job {job}",
    Kind.SHIFT_TWICE: "shift {shift} of {technician} has {count} routes",
    Kind.EMPTY_ROUTE: "the route of {technician} in shift {shift} has no stops",
    Kind.JOB_TWICE: "job {job} appears {count} times",
    Kind.JOB_MISSING: "job {job} is neither served nor listed as unserved",
    Kind.FROZEN_MOVED: "job {job} is frozen to {expected} and the plan has {found}",
    Kind.FROZEN_NOT_FIRST: "job {job} is a fact and comes after open jobs of {technician}",
    Kind.FORBIDDEN: "{technician} must not be sent to job {job}",
    Kind.TERRITORY: "{technician} does not work in {territory}, where job {job} is",
    Kind.SKILL: "job {job} needs {skill} at level {wanted}; {technician} has level {found}",
    Kind.STOCK: "{technician} needs {wanted} of {part} and carries {found}",
    Kind.LOCKED_TECHNICIAN: "job {job} is locked to {expected} and given to {technician}",
    Kind.LOCKED_TIME: "job {job} is locked to start at {expected_s} s and starts at {found_s} s",
    Kind.DURATION: "job {job} lasts {expected_s} s and the plan gives it {found_s} s",
    Kind.WINDOW: "job {job} starts at {found_s} s, outside its windows {windows}",
    Kind.BEFORE_ARRIVAL: "job {job} starts {short_s} s before {technician} arrives",
    Kind.BEFORE_SHIFT: "{technician} leaves {early_s} s before the shift begins",
    Kind.BEFORE_NOW: "{technician} sets out {early_s} s in the past",
    Kind.UNREACHABLE: "no way leads from place {origin} to place {destination}, where {technician} goes next",
    Kind.TRAVEL_TOO_SHORT: "{technician} has {found_s} s for a drive of {expected_s} s to {destination}",
    Kind.TRAVEL_FIGURE: "the route of {technician} states {found_s} s of driving and has {expected_s} s",
    Kind.AFTER_SHIFT: "{technician} is home {late_s} s after the last moment allowed",
    Kind.BREAK_COUNT: "{technician} owes {expected} breaks in shift {shift} and takes {found}",
    Kind.BREAK_LENGTH: "break {index} of {technician} lasts {found_s} s instead of {expected_s} s",
    Kind.BREAK_WINDOW: "break {index} of {technician} starts at {found_s} s, outside {earliest_s}..{latest_s}",
    Kind.BREAK_OVERLAP: "break {index} of {technician} overlaps {other}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One broken rule. params: the values of its sentence, for callers who translate; technician, job: None if not concerned."""

    kind: Kind
    technician: str | None = None
    job: str | None = None
    params: tuple[tuple[str, str | int], ...] = ()

    def __str__(self) -> str:
        return SENTENCES[self.kind].format(technician=self.technician, job=self.job, **dict(self.params))


def check(problem: Problem, plan: Plan) -> tuple[Violation, ...]:
    """Every rule that the plan breaks, in the order of its routes; empty when it is sound."""
    technicians = {technician.id: technician for technician in problem.technicians}
    jobs = {job.id: job for job in problem.jobs}
    found = list(_bookkeeping(problem, plan, jobs))
    for route in plan.routes:
        technician = technicians.get(route.technician)
        if technician is None:
            found.append(_violation(Kind.UNKNOWN_TECHNICIAN, technician=route.technician))
        elif not 0 <= route.shift < len(technician.shifts):
            found.append(_violation(Kind.UNKNOWN_SHIFT, technician=technician.id, shift=route.shift))
        elif all(stop.job in jobs for stop in route.stops):
            found.extend(_RouteCheck(problem, jobs, technician, route).violations())
    found.extend(_stock(technicians, jobs, plan))
    return tuple(found)


def _bookkeeping(problem: Problem, plan: Plan, jobs: dict[str, Job]) -> Iterator[Violation]:
    """Each job exactly once, each shift at most once, facts where they are."""
    for (technician, shift), count in Counter((route.technician, route.shift) for route in plan.routes).items():
        if count > 1:
            yield _violation(Kind.SHIFT_TWICE, technician=technician, shift=shift, count=count)
    served = [stop.job for route in plan.routes for stop in route.stops]
    for job, count in Counter([*served, *(left.job for left in plan.unserved)]).items():
        if job not in jobs:
            yield _violation(Kind.UNKNOWN_JOB, job=job)
        if count > 1:
            yield _violation(Kind.JOB_TWICE, job=job, count=count)
    placed = assignments(plan)
    for job in problem.jobs:
        if job.id not in placed and all(left.job != job.id for left in plan.unserved):
            yield _violation(Kind.JOB_MISSING, job=job.id)
        if job.frozen:
            here = placed.get(job.id)
            expected = f"{job.frozen.technician}, shift {job.frozen.shift}, {job.frozen.start_s} s"
            where = f"{here.technician}, shift {here.shift}, {here.start_s} s" if here else "nobody"
            if where != expected:
                yield _violation(Kind.FROZEN_MOVED, job=job.id, expected=expected, found=where)


def _stock(technicians: dict[str, Technician], jobs: dict[str, Job], plan: Plan) -> Iterator[Violation]:
    """Vans do not run out over all their routes; frozen jobs' parts have already left the stock."""
    used: Counter[tuple[str, str]] = Counter()
    for route in plan.routes:
        for stop in route.stops:
            job = jobs.get(stop.job)
            for part, pieces in job.parts.items() if job and not job.frozen else ():
                used[route.technician, part] += pieces
    for (technician, part), wanted in sorted(used.items()):
        carried = technicians[technician].stock.get(part, 0) if technician in technicians else 0
        if wanted > carried:
            yield _violation(Kind.STOCK, technician=technician, part=part, wanted=wanted, found=carried)


class _RouteCheck:
    """The rules of one route, told in order; holds what they all look at."""

    def __init__(self, problem: Problem, jobs: dict[str, Job], technician: Technician, route: Route) -> None:
        self.problem, self.technician, self.route = problem, technician, route
        self.shift: Shift = technician.shifts[route.shift]
        self.visits = [(jobs[stop.job], stop) for stop in route.stops]
        self.open = [(job, stop) for job, stop in self.visits if not job.frozen]
        self.planned = assignments(problem.previous)

    def violations(self) -> Iterator[Violation]:
        if not self.visits:
            yield self._here(Kind.EMPTY_ROUTE, shift=self.route.shift)
            return
        yield from self._facts_first()
        for job, stop in self.visits:
            yield from self._how_long(job, stop)
        for job, stop in self.open:
            yield from self._who(job)
            yield from self._when(job, stop)
        if self.open:
            yield from self._beginning()
            yield from self._legs()
            yield from self._ending()
            yield from self._breaks()

    def _here(self, kind: Kind, job: str | None = None, **params: str | int) -> Violation:
        return _violation(kind, technician=self.technician.id, job=job, **params)

    def _facts_first(self) -> Iterator[Violation]:
        for (before, _), (after, _) in pairwise(self.visits):
            if after.frozen and not before.frozen:
                yield self._here(Kind.FROZEN_NOT_FIRST, after.id)

    def _who(self, job: Job) -> Iterator[Violation]:
        if self.technician.id in job.forbidden:
            yield self._here(Kind.FORBIDDEN, job.id)
        territories = self.technician.territories
        if job.territory is not None and territories and job.territory not in territories:
            yield self._here(Kind.TERRITORY, job.id, territory=job.territory)
        for skill, wanted in job.skills.items():
            found = self._level(skill)
            if found < wanted:
                yield self._here(Kind.SKILL, job.id, skill=skill, wanted=wanted, found=found)
        if job.lock in TECHNICIAN_LOCKS and self.planned[job.id].technician != self.technician.id:
            yield self._here(Kind.LOCKED_TECHNICIAN, job.id, expected=self.planned[job.id].technician)

    def _level(self, name: str) -> int:
        """The best level of a skill that lasts to the end of the shift; 0 for none."""
        levels = [0]
        for skill in self.technician.skills:
            lasts = skill.valid_until_s is None or skill.valid_until_s >= self.shift.end_s
            if skill.name == name and lasts:
                levels.append(skill.level)
        return max(levels)

    def _how_long(self, job: Job, stop: Stop) -> Iterator[Violation]:
        if stop.end_s - stop.start_s != job.duration_s:
            yield self._here(Kind.DURATION, job.id, expected_s=job.duration_s, found_s=stop.end_s - stop.start_s)

    def _when(self, job: Job, stop: Stop) -> Iterator[Violation]:
        if job.windows and not any(window.start_s <= stop.start_s <= window.end_s for window in job.windows):
            windows = ", ".join(f"{window.start_s}..{window.end_s}" for window in job.windows)
            if job.lock not in TIME_LOCKS:
                yield self._here(Kind.WINDOW, job.id, found_s=stop.start_s, windows=windows)
        if job.lock in TIME_LOCKS and self.planned[job.id].start_s != stop.start_s:
            yield self._here(Kind.LOCKED_TIME, job.id, expected_s=self.planned[job.id].start_s, found_s=stop.start_s)
        if stop.start_s < stop.arrival_s:
            yield self._here(Kind.BEFORE_ARRIVAL, job.id, short_s=stop.arrival_s - stop.start_s)

    def _beginning(self) -> Iterator[Violation]:
        first_stop = self.visits[0][1]
        if self.visits[0][0].frozen:
            return
        leaves_s = min(self.route.depart_s, first_stop.arrival_s)
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
                name = f"job {job}" if job else "the end place"
                yield self._here(Kind.TRAVEL_TOO_SHORT, job, expected_s=drive_s, found_s=spare_s, destination=name)
        if total_s != self.route.travel_s:
            yield self._here(Kind.TRAVEL_FIGURE, expected_s=total_s, found_s=self.route.travel_s)

    def _drives(self) -> Iterator[tuple[int, int, int, int, int | None, str | None]]:
        """Each leg that is not yet a fact: from, to, free from, there by, stated seconds, job."""
        place, free_s = self.shift.start_place, self.route.depart_s
        for job, stop in self.visits:
            if not job.frozen:
                yield place, job.place, free_s, stop.arrival_s, stop.travel_s, job.id
            place, free_s = job.place, stop.end_s
            if job.frozen:
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
            for job, stop in self.visits:
                if pause.start_s < stop.end_s and stop.start_s < pause.end_s:
                    yield self._here(Kind.BREAK_OVERLAP, job.id, index=index, other=f"job {job.id}")
            for later, other in enumerate(self.route.breaks[index + 1 :], start=index + 1):
                if pause.start_s < other.end_s and other.start_s < pause.end_s:
                    yield self._here(Kind.BREAK_OVERLAP, index=index, other=f"break {later}")


def _violation(kind: Kind, *, technician: str | None = None, job: str | None = None, **params: str | int) -> Violation:
    return Violation(kind=kind, technician=technician, job=job, params=tuple(params.items()))
