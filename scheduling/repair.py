"""Keep what still holds of the plan in force, and fill the gaps: the first answer when a day goes wrong, and a warm start."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduling.costs import unserved_cost
from scheduling.duties import Duty, Loading, Meeting, Visit, Workday, known_part, settled
from scheduling.eligibility import holds, static_block
from scheduling.fleet.rules import FREE
from scheduling.liveplan import DutyKey, LivePlan, cheapest_insertion, pack_orders, unserved_jobs, with_job
from scheduling.plan import Plan
from scheduling.policy import Policy
from scheduling.problem import Job
from scheduling.timetable import schedule_route
from scheduling.validation import HORIZON_LIMIT_S


def keep_what_holds(workday: Workday) -> LivePlan:
    """The plan in force with the jobs that no longer fit left out; locked, promised and urgent jobs are kept first.

    Jobs that couple routes keep their start, and go when it lies outside their windows, their crew is not complete or something that they
    wait for goes. Live plans know no depots: of a problem with some see `kept_visits`.
    """
    workday, kept = kept_visits(workday)
    return pack_orders(workday, {key: _jobs(visits) for key, visits in kept.items()})


def kept_visits(workday: Workday) -> tuple[Workday, dict[DutyKey, list[Visit]]]:
    """As keep_what_holds, with the calls at depots that are still to come; the workday with the meetings of the plan in force."""
    previous = known_part(workday, workday.problem.previous or Plan())
    meetings = settled(workday, previous).meetings
    orders = _without(_open_visits(workday, previous), _closed(workday, meetings))
    workday = replace(workday, meetings=meetings)
    while True:
        goods = _Goods(workday)
        kept = {key: _keep(workday, workday.duties[key], visits, goods) for key, visits in orders.items()}
        broken = _broken(workday, {key: _jobs(visits) for key, visits in kept.items()})
        if not broken:
            return workday, kept
        orders = _without(orders, broken)


def _open_visits(workday: Workday, plan: Plan) -> dict[DutyKey, tuple[Visit, ...]]:
    """Of every duty what is still to come, in order. What was loaded in the past is in the van's stock already."""
    orders: dict[DutyKey, tuple[Visit, ...]] = dict.fromkeys(workday.duties, ())
    for route in plan.routes:
        duty = workday.duties[route.technician, route.shift]
        coming = replace(route, calls=tuple(call for call in route.calls if call.start_s >= duty.available_s))
        orders[duty.key] = workday.open_visits(coming)
    return orders


def _jobs(visits: Sequence[Visit]) -> list[Job]:
    return [visit for visit in visits if not isinstance(visit, Loading)]


def _without(orders: Mapping[DutyKey, Sequence[Visit]], left: set[str]) -> dict[DutyKey, tuple[Visit, ...]]:
    return {
        key: tuple(visit for visit in visits if isinstance(visit, Loading) or visit.id not in left)
        for key, visits in orders.items()
    }


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
    starts: dict[str, int] = {job.id: job.frozen.start_s for job in workday.problem.jobs if job.frozen}
    ends: dict[str, int] = {job.id: job.frozen.start_s + job.duration_s for job in workday.problem.jobs if job.frozen}
    for key, jobs in kept.items():
        for job in jobs:
            meeting = workday.meetings.get(job.id)
            if meeting:
                crew[job.id] += 1
                starts[job.id] = meeting.start_s
                ends[job.id] = max(ends.get(job.id, 0), meeting.start_s + workday.duties[key].work_s(job))
    leads = {job.id for key, jobs in kept.items() for job in jobs if _leads(workday, job, key)}
    return {
        name
        for name in crew
        if crew[name] != workday.jobs[name].crew_size
        or name not in leads
        or any(ends.get(other, HORIZON_LIMIT_S) > starts[name] for other in workday.jobs[name].after)
        or any(
            gap.job not in starts or not gap.least_s <= starts[name] - starts[gap.job] <= gap.most_s
            for gap in workday.jobs[name].gaps
        )
    }


def _leads(workday: Workday, job: Job, key: DutyKey) -> bool:
    meeting = workday.meetings.get(job.id)
    return meeting is None or meeting.lead == key


def fill_gaps(live: LivePlan, policy: Policy) -> LivePlan:
    """Insert jobs that are left undone where they cost least, the dearest to leave per hour of work first, if it pays."""

    def worth_per_second(job: Job) -> float:
        return unserved_cost(live.workday, policy, job) / job.duration_s

    left = sorted(unserved_jobs(live), key=worth_per_second, reverse=True)
    could = _who_could(live, left)
    for job in left:
        # What fits nowhere now fits nowhere when routes are fuller.
        way = cheapest_insertion(live, policy, job, [key for key in live.routes if key[0] in could[job.id]])
        if way is not None and way.cost_delta_s < unserved_cost(live.workday, policy, job):
            live = with_job(live, job, way.duty, way.position)
    return live


def _who_could(live: LivePlan, jobs: Sequence[Job]) -> dict[str, set[str]]:
    """Of each job the technicians into whose routes it fits as they are."""
    blocks = live.fleet.blocks(jobs) == FREE
    technicians = live.fleet.technicians
    return {
        job.id: {name for name, fits in zip(technicians, row, strict=True) if fits}
        for job, row in zip(jobs, blocks.tolist(), strict=True)
    }


def _keep(workday: Workday, duty: Duty, visits: Sequence[Visit], goods: "_Goods") -> list[Visit]:
    """The most important jobs of an order that still work together, in that order; takes their goods out of the vans."""
    if not duty.is_open:
        return []
    allowed = [
        visit
        for visit in visits
        if isinstance(visit, Loading)
        or static_block(workday, visit, duty, lead=_leads(workday, visit, duty.key)) is None
    ]
    # Most routes of a day that went wrong still work as they are.
    if goods.suffice(duty, allowed) and schedule_route(workday, duty, allowed) is not None:
        kept = allowed
    else:
        calls = [visit for visit in allowed if isinstance(visit, Loading)]
        ways = [_best_part(workday, duty, allowed, some, goods) for some in ([calls, []] if calls else [[]])]
        kept = max(ways, key=lambda way: sum(job.priority for job in _jobs(way)))
    goods.use(duty, kept)
    return kept


def _best_part(
    workday: Workday, duty: Duty, allowed: Sequence[Visit], calls: Sequence[Loading], goods: "_Goods"
) -> list[Visit]:
    """Of the jobs those that still work, the most important first, with some calls."""
    kept, order = set[str](), list[Visit](calls)
    for job in sorted(
        _jobs(allowed), key=lambda job: (workday.is_locked(job), job.promised, job.priority), reverse=True
    ):
        kept.add(job.id)
        longer = [visit for visit in allowed if (visit in calls if isinstance(visit, Loading) else visit.id in kept)]
        if goods.suffice(duty, longer) and schedule_route(workday, duty, longer) is not None:
            order = longer
        else:
            kept.remove(job.id)
    return order


@dataclass(frozen=True, slots=True)
class _Van:
    stock: Counter[str]
    tools: set[str]


class _Goods:
    """What vans carry and depots hold, after the routes that are settled so far."""

    def __init__(self, workday: Workday) -> None:
        self.workday = workday
        self.vans = {who.id: _Van(Counter(who.stock), set(who.tools)) for who in workday.problem.technicians}
        self.shelves = {depot.id: Counter(depot.stock) for depot in workday.problem.depots}

    def suffice(self, duty: Duty, visits: Sequence[Visit]) -> bool:
        """Whether each job's parts and tools are in the van by then, and depots hold what is to be loaded."""
        if all(isinstance(visit, Job) and not (visit.parts or visit.tools) for visit in visits):
            return True
        van = self.vans[duty.technician.id]
        carried, tools = van.stock.copy(), set(van.tools)
        shelves = {name: shelf.copy() for name, shelf in self.shelves.items()}
        for visit in visits:
            if isinstance(visit, Loading):
                if not holds(shelves[visit.depot.id], visit.load):
                    return False
                shelves[visit.depot.id].subtract(visit.load)
                carried.update(visit.load)
                tools |= visit.depot.tools
            elif _leads(self.workday, visit, duty.key):
                if not visit.tools <= tools or not holds(carried, visit.parts):
                    return False
                carried.subtract(visit.parts)
        return True

    def use(self, duty: Duty, visits: Sequence[Visit]) -> None:
        """Settle a route."""
        van = self.vans[duty.technician.id]
        for visit in visits:
            if isinstance(visit, Loading):
                self.shelves[visit.depot.id].subtract(visit.load)
                van.stock.update(visit.load)
                van.tools.update(visit.depot.tools)
            elif visit.parts and _leads(self.workday, visit, duty.key):
                van.stock.subtract(visit.parts)
