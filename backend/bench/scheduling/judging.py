"""The judge of all engines alike: orders of jobs get their times, whoever made them; `check` and `costs` say what they are worth.

An engine that cannot be told of breaks, stock or a second window answers with routes that do not work. They are mended in the
way that is kindest to it, the least important jobs first, and it is said how many fell out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scheduling import Job, Plan, Policy, check, to_plan
from scheduling.costs import terms_of, unserved_cost
from scheduling.duties import Duty, Workday
from scheduling.eligibility import holds, static_block
from scheduling.liveplan import DutyKey, pack_orders
from scheduling.timetable import schedule_route

Orders = Mapping[DutyKey, Sequence[str]]


class BrokenPlan(RuntimeError):
    """An engine of ours answered with a plan that breaks rules: nothing is measured until that is mended."""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """cost: of the policy, in seconds-equivalents, and its terms. served, priority_share: what is done. repaired: jobs dropped."""

    cost: float
    terms: Mapping[str, float]
    served: int
    priority_share: float
    repaired: int


def judge(workday: Workday, policy: Policy, plan: Plan, *, repaired: int = 0) -> Verdict:
    """What a plan is worth. Raises BrokenPlan."""
    if violations := check(workday.problem, plan):
        raise BrokenPlan("; ".join(map(str, violations[:5])))
    terms = terms_of(workday, policy, plan)
    left = sum(workday.jobs[one.job].priority for one in plan.unserved)
    total = sum(job.priority for job in workday.problem.jobs)
    return Verdict(
        cost=sum(terms.values()),
        terms=terms,
        served=len(workday.problem.jobs) - len(plan.unserved),
        priority_share=1 - left / total if total else 1.0,
        repaired=repaired,
    )


def mended(workday: Workday, policy: Policy, orders: Orders) -> tuple[Plan, int]:
    """The plan of these orders, and how many jobs had to be dropped to make it sound."""
    wanted = {key: [workday.jobs[job] for job in orders.get(key, ())] for key in workday.duties}
    stock = {technician.id: dict(technician.stock) for technician in workday.problem.technicians}
    kept = {key: _kept(workday, policy, workday.duties[key], jobs, stock[key[0]]) for key, jobs in wanted.items()}
    dropped = sum(map(len, wanted.values())) - sum(map(len, kept.values()))
    return to_plan(pack_orders(workday, kept)), dropped


def _kept(workday: Workday, policy: Policy, duty: Duty, jobs: list[Job], stock: dict[str, int]) -> list[Job]:
    """As many as can be done; takes their parts out of the stock."""
    jobs = [job for job in jobs if static_block(workday, job, duty) is None and _taken(stock, job)]
    while jobs and schedule_route(workday, duty, jobs) is None:
        cheapest_first = sorted(jobs, key=lambda job: unserved_cost(workday, policy, job))
        shorter = ([job for job in jobs if job is not left] for left in cheapest_first)
        sound = next((order for order in shorter if schedule_route(workday, duty, order) is not None), None)
        jobs = sound if sound is not None else [job for job in jobs if job is not cheapest_first[0]]
    return jobs


def _taken(stock: dict[str, int], job: Job) -> bool:
    if not holds(stock, job.parts):
        return False
    for part, pieces in job.parts.items():
        stock[part] -= pieces
    return True
