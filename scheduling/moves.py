"""A dispatcher's hand: put one job somewhere, or take it out, and see at once what that breaks and what it costs."""

from dataclasses import dataclass

from scheduling.check import Violation, check
from scheduling.errors import UnknownReference
from scheduling.liveplan import (
    LivePlan,
    cheapest_insertion,
    go_live,
    insertions,
    live_cost,
    to_plan,
    with_job,
    without_job,
)
from scheduling.plan import Plan
from scheduling.policy import Policy
from scheduling.problem import Job, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualMove:
    """plan: as it would be, timed even if it does not work. violations: what is wrong with it, empty when nothing is."""

    plan: Plan
    violations: tuple[Violation, ...]
    cost_delta_s: float


def move_job(
    problem: Problem,
    policy: Policy,
    plan: Plan,
    job_id: str,
    *,
    technician: str,
    shift: int,
    position: int | None = None,
) -> ManualMove:
    """Give a job to a technician's shift, before open job `position` of it, or at the cheapest feasible place for None.

    position counts the shift's open jobs without the one that is moved; it is cut to the end. When no place is feasible the
    job goes to the end, and the violations say why. Raises UnknownReference for an unknown or frozen job, or an unknown shift.
    """
    live = go_live(problem, plan)
    job = _open_job(live, job_id)
    key = (technician, shift)
    if key not in live.routes:
        raise UnknownReference(f"{technician!r} has no shift {shift}", technician=technician, shift=shift)
    bare = without_job(live, job_id)
    if position is None:
        ways = list(insertions(bare, policy, job, key))
        position = min(ways, key=lambda way: way.cost_delta_s).position if ways else len(bare.routes[key].jobs)
    return _moved(problem, policy, live, with_job(bare, job, key, position))


def insert_job(problem: Problem, policy: Policy, plan: Plan, job_id: str) -> ManualMove | None:
    """Put a job where it costs least over all technicians, moving nothing else; None when it fits nowhere."""
    live = go_live(problem, plan)
    job = _open_job(live, job_id)
    bare = without_job(live, job_id)
    way = cheapest_insertion(bare, policy, job)
    return None if way is None else _moved(problem, policy, live, with_job(bare, job, way.duty, way.position))


def remove_job(problem: Problem, policy: Policy, plan: Plan, job_id: str) -> ManualMove:
    """Take a job out of the plan; the rest of its route closes up."""
    live = go_live(problem, plan)
    _open_job(live, job_id)
    return _moved(problem, policy, live, without_job(live, job_id))


def _open_job(live: LivePlan, job_id: str) -> Job:
    job = live.workday.jobs.get(job_id)
    if job is None or job.frozen:
        raise UnknownReference(f"there is no open job {job_id!r} to move", job=job_id)
    return job


def _moved(problem: Problem, policy: Policy, before: LivePlan, after: LivePlan) -> ManualMove:
    plan = to_plan(after)
    return ManualMove(
        plan=plan,
        violations=check(problem, plan),
        cost_delta_s=live_cost(after, policy) - live_cost(before, policy),
    )
