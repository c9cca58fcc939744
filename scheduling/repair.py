"""Keep what still holds of the plan in force, and fill the gaps: the first answer when a day goes wrong, and a warm start."""

from dataclasses import replace

from scheduling.costs import unserved_cost
from scheduling.duties import Duty, Workday, open_orders
from scheduling.eligibility import holds, static_block
from scheduling.liveplan import LivePlan, cheapest_insertion, pack_orders, unserved_jobs, with_job
from scheduling.plan import Plan
from scheduling.policy import Policy
from scheduling.problem import Job
from scheduling.timetable import schedule_route


def keep_what_holds(workday: Workday) -> LivePlan:
    """The plan in force with the jobs that no longer fit left out; locked, promised and urgent jobs are kept first."""
    previous = _known_part(workday)
    stock = {technician.id: dict(technician.stock) for technician in workday.problem.technicians}
    kept = {
        key: _keep(workday, workday.duties[key], jobs, stock[key[0]])
        for key, jobs in open_orders(workday, previous).items()
    }
    return pack_orders(workday, kept)


def fill_gaps(live: LivePlan, policy: Policy) -> LivePlan:
    """Insert jobs that are left undone where they cost least, the dearest to leave per hour of work first, if it pays."""

    def worth_per_second(job: Job) -> float:
        return unserved_cost(live.workday, policy, job) / job.duration_s

    for job in sorted(unserved_jobs(live), key=worth_per_second, reverse=True):
        way = cheapest_insertion(live, policy, job)
        if way is not None and way.cost_delta_s < unserved_cost(live.workday, policy, job):
            live = with_job(live, job, way.duty, way.position)
    return live


def _known_part(workday: Workday) -> Plan:
    """The plan in force without technicians, shifts and jobs that the problem no longer has."""
    previous = workday.problem.previous or Plan()
    return Plan(
        routes=tuple(
            replace(route, stops=tuple(stop for stop in route.stops if stop.job in workday.jobs))
            for route in previous.routes
            if (route.technician, route.shift) in workday.duties
        )
    )


def _keep(workday: Workday, duty: Duty, jobs: tuple[Job, ...], stock: dict[str, int]) -> list[Job]:
    """The most important jobs of an order that still work together, in that order; takes their parts out of the stock."""
    kept: set[str] = set()
    for job in sorted(jobs, key=lambda job: (workday.is_locked(job), job.promised, job.priority), reverse=True):
        order = [other for other in jobs if other.id in kept or other.id == job.id]
        allowed = static_block(workday, job, duty) is None and holds(stock, job.parts)
        if allowed and schedule_route(workday, duty, order) is not None:
            kept.add(job.id)
            for part, pieces in job.parts.items():
                stock[part] -= pieces
    return [job for job in jobs if job.id in kept]
