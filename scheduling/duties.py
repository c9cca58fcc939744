"""A problem made ready for arithmetic: one duty for each technician and shift, with its frozen past and its break runs.

Everything that answers "can this be done, and when" (insertion, slots, explanations, engines) reads a `Workday`; the
checker does not, so that it cannot share its mistakes.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from scheduling.features import coupled_jobs
from scheduling.plan import Assignment, DepotCall, Plan, Route, assignments, crews
from scheduling.problem import TECHNICIAN_LOCKS, TIME_LOCKS, Depot, Job, Lock, Problem, Shift, Technician, Window
from scheduling.validation import HORIZON_LIMIT_S, validate

ANY_TIME = (Window(start_s=0, end_s=HORIZON_LIMIT_S),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """A call at a depot, as an engine puts it between jobs; load: part -> pieces."""

    depot: Depot
    load: Mapping[str, int]

    @property
    def place(self) -> int:
        return self.depot.place


# What a route is made of, in order.
Visit = Job | Loading


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """When a job starts that couples routes, and which duty leads its crew."""

    start_s: int
    lead: tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakRun:
    """Consecutive breaks taken on one leg, as one.

    Leaving at t <= depart_by_s with r seconds to drive, the next place is reached at max(t + r + duration_s, free_from_s).
    This closed form is exact, for a drive may be interrupted anywhere: time between two breaks is driven, not lost.
    """

    depart_by_s: int
    duration_s: int
    free_from_s: int

    def arrival_s(self, depart_s: int, drive_s: int) -> int | None:
        """The earliest arrival, or None when it is too late to begin the breaks."""
        if depart_s > self.depart_by_s:
            return None
        return max(depart_s + drive_s + self.duration_s, self.free_from_s)

    def latest_departure_s(self, arrive_by_s: int, drive_s: int) -> int | None:
        """The latest departure that still arrives by then, or None."""
        if self.free_from_s > arrive_by_s:
            return None
        return min(self.depart_by_s, arrive_by_s - drive_s - self.duration_s)


# No break on the leg: never too late to begin, nothing to wait for.
NO_BREAK = BreakRun(depart_by_s=2 * HORIZON_LIMIT_S, duration_s=0, free_from_s=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """One technician's one shift, from where the frozen past leaves off.

    frozen: jobs that are facts, in order of time. available_s, from_place: when and where the future begins.
    latest_end_s: overtime included. runs[a][b]: the breaks a..b-1 as one run, None when no moment suits them all.
    """

    technician: Technician
    shift_index: int
    shift: Shift
    frozen: tuple[Job, ...]
    available_s: int
    from_place: int
    latest_end_s: int
    runs: tuple[tuple[BreakRun | None, ...], ...]

    @property
    def key(self) -> tuple[str, int]:
        return self.technician.id, self.shift_index

    def work_s(self, visit: Visit) -> int:
        """How long a visit takes this technician. What is frozen took as long as it took."""
        if isinstance(visit, Loading):
            return visit.depot.handling_s
        if visit.frozen:
            return visit.duration_s
        return -(-visit.duration_s * self.technician.pace_percent // 100)

    @property
    def is_open(self) -> bool:
        """Whether any time is left for open work: the shift is not over, and no break that it owes is missed already."""
        breaks = self.runs[0][-1]
        return breaks is not None and self.available_s <= min(self.latest_end_s, breaks.depart_by_s)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Workday:
    """A validated problem with its look-up tables. planned: where the plan in force puts each job, with all of its crew.

    meetings: what is settled of jobs that couple routes, so that routes do not depend on one another; see `settled`.
    """

    problem: Problem
    jobs: dict[str, Job]
    technicians: dict[str, Technician]
    depots: dict[str, Depot]
    duties: dict[tuple[str, int], Duty]
    planned: dict[str, tuple[Assignment, ...]]
    meetings: Mapping[str, "Meeting"] = field(default_factory=dict[str, "Meeting"])

    def drive_s(self, origin: int, destination: int) -> int:
        """Seconds between two places; UNREACHABLE where no way leads."""
        return self.problem.travel.seconds.item(origin, destination)

    def windows(self, visit: Visit) -> tuple[Window, ...]:
        """When work may start: one moment alone when that is locked or settled."""
        if isinstance(visit, Loading):
            return visit.depot.windows or ANY_TIME
        meeting = self.meetings.get(visit.id)
        start_s = meeting.start_s if meeting else None
        if visit.lock in TIME_LOCKS:
            start_s = self.planned[visit.id][0].start_s
        return (visit.windows or ANY_TIME) if start_s is None else (Window(start_s=start_s, end_s=start_s),)

    def locked_technicians(self, job: Job) -> frozenset[str] | None:
        """The people that a lock holds the job to; None when it holds to nobody."""
        if job.lock not in TECHNICIAN_LOCKS:
            return None
        return frozenset(member.technician for member in self.planned[job.id])

    def is_locked(self, job: Job) -> bool:
        return job.lock != Lock.NONE

    def open_jobs(self, route: Route) -> tuple[Job, ...]:
        """A route's jobs that are still decisions, in order."""
        return tuple(job for stop in route.stops if not (job := self.jobs[stop.job]).frozen)

    def open_visits(self, route: Route) -> tuple[Visit, ...]:
        """A route's jobs that are still decisions, and its calls at depots, in order."""
        visits = (
            Loading(depot=self.depots[visit.depot], load=visit.load)
            if isinstance(visit, DepotCall)
            else self.jobs[visit.job]
            for visit in route.visits()
        )
        return tuple(visit for visit in visits if isinstance(visit, Loading) or not visit.frozen)


def settled(workday: Workday, plan: Plan) -> Workday:
    """The same workday, in which every job of the plan that other routes depend on keeps its start and its leader."""
    coupled = coupled_jobs(workday.problem)
    leads = {job: lead for job, lead in assignments(plan).items() if job in coupled}
    return replace(
        workday, meetings={job: Meeting(start_s=lead.start_s, lead=lead.duty) for job, lead in leads.items()}
    )


def after_facts(workday: Workday, job: Job) -> Window:
    """Between which moments a job starts that waits for frozen jobs; the last is before the first where it never can."""
    if not job.after and not job.gaps:
        return ANY_TIME[0]
    others = [(other.frozen.start_s, other) for name in job.after if (other := workday.jobs[name]).frozen]
    starts = [(fact.start_s, gap) for gap in job.gaps if (fact := workday.jobs[gap.job].frozen)]
    ends_s = (start_s + other.duration_s for start_s, other in others)
    return Window(
        start_s=max((*ends_s, *(start_s + gap.least_s for start_s, gap in starts)), default=0),
        end_s=min((start_s + gap.most_s for start_s, gap in starts), default=HORIZON_LIMIT_S),
    )


def prepare(problem: Problem, *, known: Problem | None = None) -> Workday:
    """Validate a problem (known: see `validate`) and build its tables. Raises a subclass of InvalidProblem."""
    validate(problem, known=known)
    frozen: defaultdict[tuple[str, int], list[tuple[int, Job]]] = defaultdict(list)
    for job in problem.jobs:
        for key in job.frozen.members if job.frozen else ():
            frozen[key].append((job.frozen.start_s if job.frozen else 0, job))
    duties = [
        _duty(problem, technician, index, sorted(frozen[technician.id, index], key=lambda fact: fact[0]))
        for technician in problem.technicians
        for index in range(len(technician.shifts))
    ]
    return Workday(
        problem=problem,
        jobs={job.id: job for job in problem.jobs},
        technicians={technician.id: technician for technician in problem.technicians},
        depots={depot.id: depot for depot in problem.depots},
        duties={duty.key: duty for duty in duties},
        planned=crews(problem.previous),
    )


def known_part(workday: Workday, plan: Plan) -> Plan:
    """The plan without technicians, shifts, jobs and depots that the problem no longer has."""
    return Plan(
        routes=tuple(
            _known_route(workday, route) for route in plan.routes if (route.technician, route.shift) in workday.duties
        ),
        unserved=tuple(left for left in plan.unserved if left.job in workday.jobs),
    )


def _known_route(workday: Workday, route: Route) -> Route:
    is_known = [stop.job in workday.jobs for stop in route.stops]
    return replace(
        route,
        stops=tuple(stop for stop, known in zip(route.stops, is_known, strict=True) if known),
        calls=tuple(
            replace(call, before=sum(is_known[: call.before])) for call in route.calls if call.depot in workday.depots
        ),
    )


def open_orders(workday: Workday, plan: Plan) -> dict[tuple[str, int], tuple[Job, ...]]:
    """For every duty the open jobs that the plan gives it, in order; empty for an idle one."""
    orders: dict[tuple[str, int], tuple[Job, ...]] = dict.fromkeys(workday.duties, ())
    for route in plan.routes:
        orders[route.technician, route.shift] = workday.open_jobs(route)
    return orders


def _duty(problem: Problem, technician: Technician, index: int, facts: list[tuple[int, Job]]) -> Duty:
    shift = technician.shifts[index]
    free_s, place = shift.start_s, shift.start_place
    if facts:
        start_s, job = facts[-1]
        free_s, place = start_s + job.duration_s, job.place
    return Duty(
        technician=technician,
        shift_index=index,
        shift=shift,
        frozen=tuple(job for _, job in facts),
        available_s=max(free_s, problem.now_s),
        from_place=place,
        latest_end_s=shift.end_s + shift.overtime_s,
        runs=_break_runs(shift),
    )


def _break_runs(shift: Shift) -> tuple[tuple[BreakRun | None, ...], ...]:
    count = len(shift.breaks)
    return tuple(tuple(_break_run(shift, first, after) for after in range(count + 1)) for first in range(count + 1))


def _break_run(shift: Shift, first: int, after: int) -> BreakRun | None:
    if after < first:
        return None
    depart_by_s, duration_s, free_from_s = NO_BREAK.depart_by_s, 0, 0
    for pause in shift.breaks[first:after]:
        begin_s = max(free_from_s, pause.earliest_s)
        if begin_s > pause.latest_s:
            return None
        depart_by_s = min(depart_by_s, pause.latest_s - duration_s)
        duration_s += pause.duration_s
        free_from_s = begin_s + pause.duration_s
    return BreakRun(depart_by_s=depart_by_s, duration_s=duration_s, free_from_s=free_from_s)
