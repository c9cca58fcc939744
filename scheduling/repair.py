"""Keep what still holds of the plan in force, and fill the gaps: the first answer when a day goes wrong, and a warm start."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from scheduling.costs import unserved_cost
from scheduling.duties import Duty, Meeting, Workday, known_part, open_orders, settled
from scheduling.eligibility import holds, static_block
from scheduling.liveplan import DutyKey, LivePlan, cheapest_insertion, pack_orders, unserved_jobs, with_job
from scheduling.plan import Plan
from scheduling.policy import Policy
from scheduling.problem import Job
from scheduling.timetable import schedule_route
from scheduling.validation import HORIZON_LIMIT_S


def keep_what_holds(workday: Workday) -> LivePlan:
    """The plan in force with the jobs that no longer fit left out; locked, promised and urgent jobs are kept first.

    Jobs that couple routes keep their start, and go when it lies outside their windows, their crew is not complete or something that they
    wait for goes.
    """
    previous = known_part(workday, workday.problem.previous or Plan())
    meetings = settled(workday, previous).meetings
    orders = _without(open_orders(workday, previous), _closed(workday, meetings))
    workday = replace(workday, meetings=meetings)
    while True:
        stock = {technician.id: dict(technician.stock) for technician in workday.problem.technicians}
        kept = {key: _keep(workday, workday.duties[key], jobs, stock[key[0]]) for key, jobs in orders.items()}
        broken = _broken(workday, kept)
        if not broken:
            return pack_orders(workday, kept)
        orders = _without(orders, broken)


def _without(orders: Mapping[DutyKey, Sequence[Job]], left: set[str]) -> dict[DutyKey, tuple[Job, ...]]:
    return {key: tuple(job for job in jobs if job.id not in left) for key, jobs in orders.items()}


def _closed(workday: Workday, meetings: Mapping[str, Meeting]) -> set[str]:
    """Whose start lies outside the job's windows. Asked before it is settled, which makes that moment the window."""
    return {
        name
        for name, meeting in meetings.items()
        if not any(window.start_s <= meeting.start_s <= window.end_s for window in workday.windows(workday.jobs[name]))
    }


def _broken(workday: Workday, kept: Mapping[DutyKey, Sequence[Job]]) -> set[str]:
    """Coupled jobs that cannot stay: not all of the crew is there, or what they wait for is not done by then."""
    crew: Counter[str] = Counter()
    ends: dict[str, int] = {job.id: job.frozen.start_s + job.duration_s for job in workday.problem.jobs if job.frozen}
    for key, jobs in kept.items():
        for job in jobs:
            meeting = workday.meetings.get(job.id)
            if meeting:
                crew[job.id] += 1
                ends[job.id] = max(ends.get(job.id, 0), meeting.start_s + workday.duties[key].work_s(job))
    leads = {job.id for key, jobs in kept.items() for job in jobs if _leads(workday, job, key)}
    return {
        name
        for name in crew
        if crew[name] != workday.jobs[name].crew_size
        or name not in leads
        or any(ends.get(other, HORIZON_LIMIT_S) > workday.meetings[name].start_s for other in workday.jobs[name].after)
    }


def _leads(workday: Workday, job: Job, key: DutyKey) -> bool:
    meeting = workday.meetings.get(job.id)
    return meeting is None or meeting.lead == key


def fill_gaps(live: LivePlan, policy: Policy) -> LivePlan:
    """Insert jobs that are left undone where they cost least, the dearest to leave per hour of work first, if it pays."""

    def worth_per_second(job: Job) -> float:
        return unserved_cost(live.workday, policy, job) / job.duration_s

    for job in sorted(unserved_jobs(live), key=worth_per_second, reverse=True):
        way = cheapest_insertion(live, policy, job)
        if way is not None and way.cost_delta_s < unserved_cost(live.workday, policy, job):
            live = with_job(live, job, way.duty, way.position)
    return live


def _keep(workday: Workday, duty: Duty, jobs: tuple[Job, ...], stock: dict[str, int]) -> list[Job]:
    """The most important jobs of an order that still work together, in that order; takes their parts out of the stock."""
    allowed = [job for job in jobs if static_block(workday, job, duty, lead=_leads(workday, job, duty.key)) is None]
    wanted = sum((Counter(job.parts) for job in allowed if _leads(workday, job, duty.key)), Counter[str]())
    # Most routes of a day that went wrong still work as they are.
    if holds(stock, wanted) and schedule_route(workday, duty, allowed) is not None:
        _use(stock, wanted)
        return allowed
    kept: set[str] = set()
    for job in sorted(allowed, key=lambda job: (workday.is_locked(job), job.promised, job.priority), reverse=True):
        order = [other for other in allowed if other.id in kept or other.id == job.id]
        parts = job.parts if _leads(workday, job, duty.key) else Counter[str]()
        if holds(stock, parts) and schedule_route(workday, duty, order) is not None:
            kept.add(job.id)
            _use(stock, parts)
    return [job for job in allowed if job.id in kept]


def _use(stock: dict[str, int], parts: Mapping[str, int]) -> None:
    for part, pieces in parts.items():
        stock[part] -= pieces
