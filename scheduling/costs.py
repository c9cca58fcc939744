"""The objective: each term a named function that returns seconds-equivalents; the total is their sum.

What a served job costs belongs to its route, what an unserved one costs to itself, so that the price of a change is the
difference of the routes it touches. What a crew's job costs once (lateness, wishes, stability) is shared by its members.
"""

from collections.abc import Callable, Mapping

from scheduling.duties import Workday, prepare
from scheduling.errors import UnknownReference
from scheduling.plan import DepotCall, Plan, Route
from scheduling.policy import Policy
from scheduling.problem import Job, Problem


def travel(workday: Workday, policy: Policy, route: Route) -> float:
    """Driving still to come, the way home included."""
    return policy.travel * route.travel_s


def lateness(workday: Workday, policy: Policy, route: Route) -> float:
    """Work that ends after its due time."""
    total = 0.0
    for stop in route.stops:
        job = workday.jobs[stop.job]
        if job.due_s is not None:
            total += max(0, stop.end_s - job.due_s) / job.crew_size
    return policy.lateness * total


def overtime(workday: Workday, policy: Policy, route: Route) -> float:
    """Coming home after the shift's regular end."""
    shift = workday.duties[route.technician, route.shift].shift
    return policy.overtime * max(0, route.end_s - shift.end_s)


def waiting(workday: Workday, policy: Policy, route: Route) -> float:
    """Time with nothing to do, from setting out, or from where the frozen past leaves off, until home."""
    if not policy.waiting:
        return 0.0
    duty, jobs = workday.duties[route.technician, route.shift], workday.jobs
    visits = [visit for visit in route.visits() if isinstance(visit, DepotCall) or not jobs[visit.job].frozen]
    if len(visits) == len(route.calls):
        return 0.0
    began_s = duty.available_s if duty.frozen else route.depart_s
    busy_s = route.travel_s + sum(visit.end_s - visit.start_s for visit in visits)
    busy_s += sum(pause.end_s - pause.start_s for pause in route.breaks if pause.start_s < route.end_s)
    return policy.waiting * (route.end_s - began_s - busy_s)


def stability(workday: Workday, policy: Policy, route: Route) -> float:
    """Jobs that the plan in force gave to someone else or to another shift, or promised for an earlier moment."""
    total = 0.0
    for stop in route.stops:
        planned = workday.planned.get(stop.job)
        if planned is None:
            continue
        job = workday.jobs[stop.job]
        later_s = max(0, stop.start_s - planned[0].start_s - policy.retime_tolerance_s)
        total += retiming_price(policy, job) * later_s / job.crew_size
        if all(member.duty != (route.technician, route.shift) for member in planned):
            total += moving_price(policy, job) / job.crew_size
    return total


def preference(workday: Workday, policy: Policy, route: Route) -> float:
    """Customers who get someone else than the technicians they prefer."""
    jobs = (workday.jobs[stop.job] for stop in route.stops)
    missed = (1 / job.crew_size for job in jobs if job.preferred and route.technician not in job.preferred)
    return policy.not_preferred_s * sum(missed)


def contractor(workday: Workday, policy: Policy, route: Route) -> float:
    """The hours that contractors work on site, in money, as hours of driving."""
    worked_s = sum(stop.end_s - stop.start_s for stop in route.stops)
    return contractor_price(workday, policy, route.technician) * worked_s


def fairness(workday: Workday, policy: Policy, route: Route) -> float:
    """Full days: convex in the hours worked, so that hours are spread evenly."""
    shift = workday.duties[route.technician, route.shift].shift
    worked_s = sum(stop.end_s - stop.start_s for stop in route.stops)
    return policy.fairness * worked_s * worked_s / max(1, shift.end_s - shift.start_s)


def unserved(workday: Workday, policy: Policy, job: Job) -> float:
    """The priority of a job left undone."""
    return policy.unserved_priority_s * job.priority


def dropped(workday: Workday, policy: Policy, job: Job) -> float:
    """A job that the plan in force serves and this one does not."""
    return moving_price(policy, job) if job.id in workday.planned else 0.0


def dropped_lock(workday: Workday, policy: Policy, job: Job) -> float:
    """A locked job left undone."""
    return policy.dropped_lock_s if workday.is_locked(job) else 0.0


def moving_price(policy: Policy, job: Job) -> float:
    """What giving the job to someone else costs, in equivalents."""
    return policy.moved_s * (policy.promised_factor if job.promised else 1.0)


def retiming_price(policy: Policy, job: Job) -> float:
    """What each second of starting later than planned costs, in equivalents."""
    return policy.retimed * (policy.promised_factor if job.promised else 1.0)


def contractor_price(workday: Workday, policy: Policy, technician_id: str) -> float:
    """What a second of this technician's work costs, in equivalents; 0 for the operator's own people."""
    technician = workday.technicians[technician_id]
    if not technician.contractor:
        return 0.0
    return policy.contractor * technician.cost_per_hour_minor / policy.hour_value_minor


ROUTE_TERMS: Mapping[str, Callable[[Workday, Policy, Route], float]] = {
    "travel": travel,
    "lateness": lateness,
    "overtime": overtime,
    "waiting": waiting,
    "stability": stability,
    "preference": preference,
    "contractor": contractor,
    "fairness": fairness,
}
UNSERVED_TERMS: Mapping[str, Callable[[Workday, Policy, Job], float]] = {
    "unserved": unserved,
    "stability": dropped,
    "locks": dropped_lock,
}
TERM_NAMES = tuple(dict.fromkeys([*UNSERVED_TERMS, *ROUTE_TERMS]))


def route_cost(workday: Workday, policy: Policy, route: Route) -> float:
    """The sum of a route's terms; 0 for one without stops."""
    return sum(term(workday, policy, route) for term in ROUTE_TERMS.values())


def unserved_cost(workday: Workday, policy: Policy, job: Job) -> float:
    """What leaving a job undone costs."""
    return sum(term(workday, policy, job) for term in UNSERVED_TERMS.values())


def cost_terms(problem: Problem, policy: Policy, plan: Plan) -> dict[str, float]:
    """Each term of the objective by its name, in seconds-equivalents.

    Raises a subclass of InvalidProblem, UnknownReference for a plan with shifts or jobs that the problem does not hold.
    """
    workday = prepare(problem)
    _refuse_strangers(workday, plan)
    return terms_of(workday, policy, plan)


def total_cost(problem: Problem, policy: Policy, plan: Plan) -> float:
    """The objective of a plan: the sum of `cost_terms`."""
    return sum(cost_terms(problem, policy, plan).values())


def _refuse_strangers(workday: Workday, plan: Plan) -> None:
    for route in plan.routes:
        if (route.technician, route.shift) not in workday.duties:
            who = f"technician {route.technician} has no shift {route.shift}"
            raise UnknownReference(f"the plan names a route, but {who}", technician=route.technician, shift=route.shift)
    named = (*(stop.job for route in plan.routes for stop in route.stops), *(left.job for left in plan.unserved))
    for name in named:
        if name not in workday.jobs:
            raise UnknownReference(f"the plan names job {name}, which the problem does not hold", job=name)


def terms_of(workday: Workday, policy: Policy, plan: Plan) -> dict[str, float]:
    """As cost_terms, for a problem already prepared and a plan that names only what it holds."""
    sums = dict.fromkeys(TERM_NAMES, 0.0)
    for route in plan.routes:
        for name, term in ROUTE_TERMS.items():
            sums[name] += term(workday, policy, route)
    for left in plan.unserved:
        for name, price in UNSERVED_TERMS.items():
            sums[name] += price(workday, policy, workday.jobs[left.job])
    return sums
