"""What would a drop do? One job, put by hand at its crew (mostly of one) and a time: what it breaks, what it costs, when others are reached.

A crew starts when the last of it can. The jobs of all routes that are touched keep the times that people were told as long as somebody can be there; only who cannot be is reached
later. Judge is the planner's own checker, on the routes that are touched. Locks do not bind the hand that can set them. Pure.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from uuid import UUID

import msgspec

from backend.dispatch.live import LiveDay
from backend.dispatch.preview_schemas import DropPlace, DropView, EtaView, ViolationView
from backend.jobs.errors import NeedsCrew
from backend.jobs.schemas import JobView
from scheduling import Job, Lock, Plan, Route, Violation, Window, check
from scheduling.costs import route_cost, unserved_cost
from scheduling.duties import Workday
from scheduling.plan import crews
from scheduling.timetable import schedule_route, schedule_route_anyway
from scheduling.validation import HORIZON_LIMIT_S

NO_SHIFT, PAST, BUSY = "no_shift", "start_in_the_past", "technician_busy"
INSTANTS = ("found_s", "expected_s", "earliest_s", "latest_s")  # of the rules in `TIMED`, seconds since the epoch
TIMED = frozenset({"window", "locked_time", "break_window"})

DutyKey = tuple[str, int]


def preview(day: LiveDay, asked: JobView, wanted: DropPlace, *, real: LiveDay | None = None) -> DropView:
    """The answer for a drop of just this, perhaps with the job made longer or shorter: where others have to go for it, it is refused.

    real: the day as it is, where `day` is a copy on which other moves are tried out.
    """
    if wanted.duration_seconds is not None:
        asked = msgspec.structs.replace(asked, duration_seconds=wanted.duration_seconds)
    found = answer(day, asked, wanted.crew, wanted.start, real=real)
    end = wanted.start + timedelta(seconds=asked.duration_seconds)
    busy = [
        ViolationView(code=BUSY, technician_id=taken.technician_id, job_id=taken.job_id, params={})
        for taken in day.situation.times
        if taken.technician_id in wanted.crew
        and taken.job_id != asked.id
        and taken.starts_at < end
        and taken.ends_at > wanted.start
    ]
    return msgspec.structs.replace(found, violations=[*busy, *found.violations])


def answer(
    day: LiveDay, asked: JobView, crew: Sequence[UUID], start: datetime, *, real: LiveDay | None = None
) -> DropView:
    """What it would do to that day if the job went to these people, the lead first, to begin no sooner than `start`."""
    technician_id, second = crew[0], day.translation.second(start)
    duties = [_duty_at(day.workday, str(member), second) for member in crew]
    if broken := _crew_violations(asked, crew, duties):
        return DropView(job_id=asked.id, technician_id=technician_id, violations=broken)
    wanted = day.translation.job(asked, beside=day.translation.in_problem)
    drop = _Drop(day, real or day, replace(wanted, lock=Lock.NONE), tuple(duty for duty in duties if duty), second)
    found = [_violation(day, one) for one in drop.violations]
    if start < day.situation.now:
        found.insert(0, ViolationView(code=PAST, technician_id=technician_id, job_id=asked.id, params={}))
    return DropView(
        job_id=asked.id,
        technician_id=technician_id,
        violations=found,
        cost_delta_seconds=drop.cost_delta,
        travel_delta_seconds=sum(route.travel_s for route in drop.after) - sum(route.travel_s for route in drop.before),
        route=_etas(day, drop),
    )


@dataclass(frozen=True)
class _Drop:
    """duties: of everybody who would do the job, the lead's first; start_s: the earliest start of its work.

    real: whose plan people know, so that its changes are priced against it.
    """

    day: LiveDay
    real: LiveDay
    job: Job
    duties: tuple[DutyKey, ...]
    start_s: int

    @cached_property
    def workday(self) -> Workday:
        jobs = {**self.day.workday.jobs, self.job.id: self.job}
        return replace(self.day.workday, jobs=jobs, planned=self.real.workday.planned)

    @cached_property
    def told(self) -> dict[DutyKey, Route]:
        """The plan in force, by duty."""
        plan = self.day.problem.previous or Plan()
        return {(route.technician, route.shift): route for route in plan.routes}

    @cached_property
    def touched(self) -> list[DutyKey]:
        """The duties that the job leaves, if it is planned, and those that it goes to, of which the lead's is the last."""
        planned = crews(self.day.problem.previous).get(self.job.id, ())
        left = [member.duty for member in planned if member.duty not in self.duties]
        return [*left, *reversed(self.duties)]

    @cached_property
    def before(self) -> list[Route]:
        return [self.told[key] for key in self.touched if key in self.told]

    @cached_property
    def after(self) -> list[Route]:
        routes = {key: self._timed(key, self.start_s) for key in self.touched}
        if len(self.duties) > 1:
            together_s = max(_start_of(self.job, routes[key]) for key in self.duties)
            routes |= {key: self._timed(key, together_s, is_exact=True) for key in self.duties}
        return list(routes.values())

    @property
    def cost_delta(self) -> float:
        """In seconds-equivalents of the policy; what leaving the job undone would cost is saved when nobody has it."""
        policy = self.day.situation.policy
        before = sum(route_cost(self.workday, policy, route) for route in self.before)
        if not any(stop.job == self.job.id for route in self.before for stop in route.stops):
            before += unserved_cost(self.workday, policy, self.job)
        return sum(route_cost(self.workday, policy, route) for route in self.after) - before

    @property
    def violations(self) -> list[Violation]:
        """What is wrong with the routes as they would be, and is not wrong already."""
        problem, others = self.day.problem, [self.told[key] for key in self._concerned]
        routes = [route for route in (*others, *self.after) if route.stops]
        people = {route.technician for route in (*routes, *self.before)}
        jobs = self._before_and_behind | {stop.job for route in (*routes, *self.before) for stop in route.stops}
        part = replace(
            problem,
            technicians=tuple(one for one in problem.technicians if one.id in people),
            jobs=tuple(_among(jobs, job) for job in self.workday.jobs.values() if job.id in jobs),
            previous=Plan(routes=(*others, *self.before)),
        )
        known = set(check(part, Plan(routes=(*others, *self.before))))
        return [one for one in check(part, Plan(routes=tuple(routes))) if one not in known]

    @property
    def _concerned(self) -> list[DutyKey]:
        """Other routes by which a drop may break rules: of the same people, and with what the job waits for or is waited for by."""
        people = {technician for technician, _ in self.touched}
        return [
            key
            for key, route in self.told.items()
            if key not in self.touched
            and (key[0] in people or any(stop.job in self._before_and_behind | self._shared for stop in route.stops))
        ]

    @cached_property
    def _shared(self) -> set[str]:
        """Crews' jobs on the routes, which others do too."""
        stops = {stop.job for route in (*self.after, *self.before) for stop in route.stops}
        return {name for name in stops if self.workday.jobs[name].crew_size > 1}

    @cached_property
    def _before_and_behind(self) -> set[str]:
        """Of the jobs on both routes, all that have to be done before them, and all that wait for them."""
        moved = {stop.job for route in (*self.after, *self.before) for stop in route.stops}
        before = {other for name in moved for other in self.workday.jobs[name].after}
        return before | {job.id for job in self.workday.jobs.values() if not moved.isdisjoint(job.after)}

    def _timed(self, key: DutyKey, start_s: int, *, is_exact: bool = False) -> Route:
        """The route without or with the job: all others at their times; else those before it; else as can be."""
        told = self.told[key].stops if key in self.told else ()
        stops = [stop for stop in told if stop.job != self.job.id and not self.workday.jobs[stop.job].frozen]
        position = sum(stop.start_s < self.start_s for stop in stops) if key in self.duties else len(stops)
        duty = self.workday.duties[key]
        jobs: list[Job] = []
        for kept in (len(stops), position, 0):
            jobs = [
                _from(self.workday.jobs[stop.job], stop.start_s, is_exact=number < kept)
                for number, stop in enumerate(stops)
            ]
            if key in self.duties:
                jobs.insert(position, _from(self.job, start_s, is_exact=is_exact))
            if route := schedule_route(self.workday, duty, jobs):
                return self._led(route, key)
        return self._led(schedule_route_anyway(self.workday, duty, jobs), key)

    def _led(self, route: Route, key: DutyKey) -> Route:
        """The route in which everybody leads what they lead: the timetable knows of no crew."""
        leads = {stop.job: stop.lead for stop in self.told[key].stops} if key in self.told else {}
        leads[self.job.id] = key == self.duties[0]
        return replace(route, stops=tuple(replace(stop, lead=leads.get(stop.job, True)) for stop in route.stops))


def _crew_violations(asked: JobView, crew: Sequence[UUID], duties: Sequence[DutyKey | None]) -> list[ViolationView]:
    """Without as many different people as the job takes, each with a shift, there is nothing to look at."""
    if len(set(crew)) != asked.crew_size:
        params: dict[str, str | int] = {"crew_size": asked.crew_size, "named": len(set(crew))}
        return [ViolationView(code=NeedsCrew.code, technician_id=crew[0], job_id=asked.id, params=params)]
    return [
        ViolationView(code=NO_SHIFT, technician_id=member, job_id=asked.id, params={})
        for member, duty in zip(crew, duties, strict=True)
        if duty is None
    ]


def _start_of(job: Job, route: Route) -> int:
    return next(stop.start_s for stop in route.stops if stop.job == job.id)


def _duty_at(workday: Workday, technician: str, second: int) -> DutyKey | None:
    """The shift that the second lies in, or is nearest to: then the violations say by how much it misses."""
    duties = [duty for key, duty in workday.duties.items() if key[0] == technician]
    if not duties:
        return None
    return min(duties, key=lambda duty: max(duty.shift.start_s - second, second - duty.shift.end_s, 0)).key


def _from(job: Job, start_s: int, *, is_exact: bool) -> Job:
    """The job, to begin at that time; if not exactly then, as soon after it as somebody is there."""
    begin_s = max(0, start_s)
    last_s = begin_s if is_exact else HORIZON_LIMIT_S
    return replace(job, windows=(Window(start_s=begin_s, end_s=last_s),), lock=Lock.NONE)


def _among(jobs: Collection[str], job: Job) -> Job:
    """The job, waiting for those only that are looked at."""
    return replace(job, after=tuple(other for other in job.after if other in jobs))


def _etas(day: LiveDay, drop: _Drop) -> list[EtaView]:
    """The open stops of the route that the job goes to, in order."""
    instant = day.translation.instant
    route = drop.after[-1]
    return [
        EtaView(
            job_id=day.translation.seats.job_id(stop.job),
            arrival=instant(stop.arrival_s),
            start=instant(stop.start_s),
            end=instant(stop.end_s),
        )
        for stop in route.stops
        if not drop.workday.jobs[stop.job].frozen
    ]


def _violation(day: LiveDay, one: Violation) -> ViolationView:
    """A rule's name and its values; seconds of the planner that mean a moment become instants."""
    params: dict[str, str | int] = {name: value for name, value in one.params if name != "windows"}
    if str(one.kind) in TIMED:
        for name in INSTANTS:
            if isinstance(second := params.pop(name, None), int):
                params[name.removesuffix("_s")] = day.translation.instant(second).isoformat()
    return ViolationView(
        code=str(one.kind),
        technician_id=UUID(one.technician) if one.technician else None,
        job_id=day.translation.seats.job_id(one.job) if one.job else None,
        params=params,
    )
