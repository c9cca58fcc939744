"""What a stop costs as a function of its start: a fixed part, and so much for every second beyond some moments."""

from dataclasses import dataclass

from scheduling.costs import contractor_price, moving_price, retiming_price
from scheduling.duties import Duty, Workday
from scheduling.policy import Policy
from scheduling.problem import Job


@dataclass(frozen=True, slots=True)
class Hinge:
    """`slope` for each second beyond `from_s`, >= 0: earlier is never dearer."""

    slope: float
    from_s: int

    def at(self, moment_s: int) -> float:
        return self.slope * max(0, moment_s - self.from_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopPrice:
    """fixed: whenever it starts. hinges: of its start; those with a slope only."""

    fixed: float
    hinges: tuple[Hinge, ...]

    def of_start(self, start_s: int) -> float:
        return sum(hinge.at(start_s) for hinge in self.hinges)


def stop_price(workday: Workday, policy: Policy, duty: Duty, job: Job) -> StopPrice:
    """What an open job adds to the terms of a route that are sums over its stops: all but travel, overtime and fairness."""
    planned = workday.planned.get(job.id, ())
    fixed = contractor_price(workday, policy, duty.technician.id) * duty.work_s(job)
    if job.preferred and duty.technician.id not in job.preferred:
        fixed += policy.not_preferred_s / job.crew_size
    if planned and all(member.duty != duty.key for member in planned):
        fixed += moving_price(policy, job) / job.crew_size
    hinges: list[Hinge] = []
    if job.due_s is not None:
        hinges.append(Hinge(policy.lateness / job.crew_size, job.due_s - duty.work_s(job)))
    if planned:
        late_from_s = planned[0].start_s + policy.retime_tolerance_s
        hinges.append(Hinge(retiming_price(policy, job) / job.crew_size, late_from_s))
    return StopPrice(fixed=fixed, hinges=tuple(hinge for hinge in hinges if hinge.slope))
