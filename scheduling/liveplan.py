"""A plan kept ready to answer questions: packed routes, stock left, and what an insertion would cost.

Frozen: each change makes a new one and packs only the route it touches, so that a server can keep the newest in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from scheduling.costs import route_cost, terms_of, unserved_cost
from scheduling.duties import Duty, Workday, open_orders, prepare, settled
from scheduling.eligibility import holds, static_block, stock_left
from scheduling.errors import UnsupportedFeature
from scheduling.features import Feature, is_coupled, refuse
from scheduling.fleet.fleet import Fleet, Market, fleet_of, market_of
from scheduling.fleet.rules import CODE, FREE, REASONS
from scheduling.insertion import PackedRoute, feasible_positions, pack_route
from scheduling.plan import Plan, Reason, Route, Unserved
from scheduling.policy import Policy
from scheduling.problem import Job, Problem
from scheduling.timetable import schedule_route, schedule_route_anyway
from scheduling.travel import Place, TravelMatrix

Value = TypeVar("Value")
# A duty is named by its technician and the index of the shift.
DutyKey = tuple[str, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class LivePlan:
    """routes: every duty, idle ones too. stock: per technician the parts that are left when all open jobs are done."""

    workday: Workday
    routes: Mapping[DutyKey, PackedRoute]
    stock: Mapping[str, Mapping[str, int]]

    @cached_property
    def fleet(self) -> Fleet:
        """The same in arrays, made when it is first asked for."""
        return fleet_of(self.workday, tuple(self.routes.values()), self.stock)

    def market(self, policy: Policy) -> Market:
        """What its routes cost under a policy, worked out when it is first asked for. Raises UnsupportedFeature where waiting has a price."""
        if policy.waiting:
            raise UnsupportedFeature("slots know no price of waiting", feature="waiting")
        if policy not in self.markets:
            self.markets[policy] = market_of(self.fleet, policy)
        return self.markets[policy]

    @cached_property
    def markets(self) -> dict[Policy, Market]:
        """Those that were asked for."""
        return {}

    def position(self, job_id: str) -> tuple[DutyKey, int] | None:
        """Where an open job is: its duty and its index among the duty's open jobs."""
        return self._positions.get(job_id)

    @cached_property
    def _positions(self) -> dict[str, tuple[DutyKey, int]]:
        """Of a crew's job the last member's; any will do, as they are asked for one by one."""
        return {job.id: (key, index) for key, packed in self.routes.items() for index, job in enumerate(packed.jobs)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Insertion:
    """One way to take a job in: before open job `position` of a duty; route: the duty's route with it."""

    duty: DutyKey
    position: int
    route: Route
    cost_delta_s: float
    travel_delta_s: int


def go_live(problem: Problem, plan: Plan, *, known: Problem | None = None) -> LivePlan:
    """Pack a plan that `check` has passed; jobs that couple routes keep their start. known: see `validate`.

    Raises a subclass of InvalidProblem when the problem makes no sense, UnsupportedFeature when it has depots.
    """
    workday = settled(prepare(problem, known=known), plan)
    refuse(problem, Feature.DEPOT)
    return pack_orders(workday, open_orders(workday, plan))


def pack_orders(workday: Workday, orders: Mapping[DutyKey, Sequence[Job]]) -> LivePlan:
    """Pack every duty with its open jobs; a duty that orders do not name is idle."""
    routes = {key: pack_route(workday, duty, orders.get(key, ())) for key, duty in workday.duties.items()}
    return LivePlan(workday=workday, routes=routes, stock=stock_left(workday, orders))


def _take_over(like: LivePlan, known: LivePlan) -> None:
    """What is worked out for a plan with other routes is not worked out again, for those that both have."""
    if "fleet" in like.__dict__:
        fleet = like.fleet.changed(known.workday, known.stock, tuple(known.routes.values()))
        known.__dict__["fleet"] = fleet
        known.__dict__["markets"] = {policy: market.of(fleet) for policy, market in like.markets.items()}


def reorder(live: LivePlan, key: DutyKey, jobs: Sequence[Job]) -> LivePlan:
    """The same plan with other open jobs in one duty."""
    routes = {**live.routes, key: pack_route(live.workday, live.workday.duties[key], jobs)}
    orders = {duty: packed.jobs for duty, packed in routes.items()}
    known = LivePlan(workday=live.workday, routes=routes, stock=stock_left(live.workday, orders))
    _take_over(live, known)
    return known


def with_part(live: LivePlan, part: LivePlan) -> LivePlan:
    """The same plan in which the days of some technicians are those of another plan, of the same places and travel."""
    names = {technician for technician, _ in part.routes}
    theirs = [packed for key, packed in live.routes.items() if key[0] in names]
    gone = {job.id for packed in theirs for job in (*packed.duty.frozen, *packed.jobs)}
    workday = _merged(live.workday, part.workday, names, gone)
    known = LivePlan(workday=workday, routes={**live.routes, **part.routes}, stock={**live.stock, **part.stock})
    if all(live.workday.duties[key] == duty for key, duty in part.workday.duties.items()):
        _take_over(live, known)
    return known


def _merged(whole: Workday, part: Workday, technicians: set[str], gone: set[str]) -> Workday:
    """The workday with these technicians' part of it as it is in another one. gone: the jobs that they had."""
    jobs = _without(whole.jobs, gone) | part.jobs
    before, now = (one.problem.previous or Plan() for one in (whole, part))
    others = (route for route in before.routes if route.technician not in technicians)
    previous = replace(before, routes=(*others, *now.routes))
    return replace(
        whole,
        problem=replace(whole.problem, jobs=tuple(jobs.values()), previous=previous),
        jobs=jobs,
        duties=whole.duties | part.duties,
        planned=_without(whole.planned, gone) | part.planned,
        meetings=_without(whole.meetings, gone) | {**part.meetings},
    )


def _without(known: Mapping[str, Value], gone: set[str]) -> dict[str, Value]:
    return {name: value for name, value in known.items() if name not in gone}


def with_roads(live: LivePlan, places: Sequence[Place], travel: TravelMatrix) -> LivePlan:
    """The same plan where more places are known. places: those of the plan first, with the same travel between them."""
    problem = replace(live.workday.problem, places=tuple(places), travel=travel)
    known = replace(live, workday=replace(live.workday, problem=problem))
    _take_over(live, known)
    return known


def without_job(live: LivePlan, job_id: str) -> LivePlan:
    """The same plan with one open job taken out, of its whole crew; unchanged when it is not in it."""
    # Where jobs are is worked out for all of them: not for the sake of one that the plan does not know.
    while job_id in live.workday.jobs and (found := live.position(job_id)):
        key, index = found
        jobs = live.routes[key].jobs
        live = reorder(live, key, jobs[:index] + jobs[index + 1 :])
    return live


def with_job(live: LivePlan, job: Job, key: DutyKey, position: int) -> LivePlan:
    """The same plan with a job put before open job `position` of a duty, whether it fits or not."""
    jobs = live.routes[key].jobs
    return reorder(live, key, (*jobs[:position], job, *jobs[position:]))


def with_candidate(live: LivePlan, job: Job) -> LivePlan:
    """The same plan, with a job made known (or known anew) that it does not serve."""
    known = replace(live, workday=replace(live.workday, jobs={**live.workday.jobs, job.id: job}))
    # Arrays know only the jobs that are served.
    known.__dict__["fleet"] = live.fleet
    return known


def insertions(live: LivePlan, policy: Policy, job: Job, key: DutyKey) -> Iterator[Insertion]:
    """Every feasible way to take the job into a duty, with its price; none when a rule forbids it.

    The job must be known to the plan (see with_candidate) and not served by it. The price is what routes cost more; what serving
    the job is worth is not in it.
    """
    if rule_block(live, job, key) is not None:
        return
    workday, packed = live.workday, live.routes[key]
    positions = list(feasible_positions(workday, packed, job))
    if not positions:
        return
    before = _timed(workday, packed.duty, packed.jobs)
    before_cost = route_cost(workday, policy, before)
    for at in positions:
        after = schedule_route(workday, packed.duty, (*packed.jobs[:at], job, *packed.jobs[at:]))
        assert after is not None, f"job {job.id} fits at {at} of {key}, and the timetable says it does not"
        yield Insertion(
            duty=key,
            position=at,
            route=after,
            cost_delta_s=route_cost(workday, policy, after) - before_cost,
            travel_delta_s=after.travel_s - before.travel_s,
        )


def cheapest_insertion(
    live: LivePlan, policy: Policy, job: Job, keys: Sequence[DutyKey] | None = None
) -> Insertion | None:
    """The cheapest feasible way over some duties (all by default); the first of equals, so that it is deterministic."""
    ways = (way for key in (live.routes if keys is None else keys) for way in insertions(live, policy, job, key))
    return min(ways, key=lambda way: way.cost_delta_s, default=None)


def rule_block(live: LivePlan, job: Job, key: DutyKey) -> Reason | None:
    """The first rule, time and roads aside, that keeps the job off the duty."""
    duty = live.workday.duties[key]
    reason = static_block(live.workday, job, duty)
    # One insertion cannot make people meet, nor wait for others: that is the search's work.
    if reason is None and is_coupled(job):
        return Reason.CREW if job.crew_size > 1 else Reason.AFTER
    if reason is None and not holds(live.stock[duty.technician.id], job.parts):
        return Reason.PARTS
    return reason


def blocks_by_technician(live: LivePlan, job: Job) -> dict[str, Reason | None]:
    """For each technician with a shift the reason of the shift that came nearest; None = the job would fit."""
    codes = live.fleet.blocks([job])[0].tolist()
    return {
        technician: None if code == FREE else REASONS[code]
        for technician, code in zip(live.fleet.technicians, codes, strict=True)
    }


def nearest_reason(blocks: Mapping[str, Reason | None]) -> Reason:
    """What stopped the technician who came nearest; COST when the job would fit, NO_TECHNICIAN when there is nobody."""
    reasons = [Reason.COST if reason is None else reason for reason in blocks.values()]
    return max(reasons, key=CODE.__getitem__, default=Reason.NO_TECHNICIAN)


def to_plan(live: LivePlan) -> Plan:
    """The plan with its times; a route that cannot be done is timed anyway, for `check` to object to."""
    timed = [_timed(live.workday, packed.duty, packed.jobs) for packed in live.routes.values()]
    served = {stop.job for route in timed for stop in route.stops}
    left = [job for job in live.workday.problem.jobs if job.id not in served]
    return Plan(
        routes=tuple(route for route in timed if route.stops),
        unserved=why_unserved(live, left),
    )


def why_unserved(live: LivePlan, jobs: Sequence[Job]) -> tuple[Unserved, ...]:
    """Jobs that a plan does not serve, each with what stopped the technician who came nearest."""
    nearest: list[int] = live.fleet.blocks(jobs).max(axis=1, initial=CODE[Reason.NO_TECHNICIAN]).tolist()
    return tuple(
        Unserved(job=job.id, reason=Reason.COST if code == FREE else REASONS[code])
        for job, code in zip(jobs, nearest, strict=True)
    )


def unserved_jobs(live: LivePlan) -> list[Job]:
    """The problem's open jobs that no route serves."""
    served = {job.id for packed in live.routes.values() for job in packed.jobs}
    return [job for job in live.workday.problem.jobs if job.id not in served and not job.frozen]


def live_cost(live: LivePlan, policy: Policy) -> float:
    """The objective of the plan as it stands, without the explanations that `to_plan` works out."""
    routes = [_timed(live.workday, packed.duty, packed.jobs) for packed in live.routes.values()]
    served_cost = sum(terms_of(live.workday, policy, Plan(routes=tuple(routes))).values())
    return served_cost + sum(unserved_cost(live.workday, policy, job) for job in unserved_jobs(live))


def _timed(workday: Workday, duty: Duty, jobs: Sequence[Job]) -> Route:
    return schedule_route(workday, duty, jobs) or schedule_route_anyway(workday, duty, jobs)
