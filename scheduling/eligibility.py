"""May this technician do this job at all, whatever the time? The static rules, in the order in which they are told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from scheduling.duties import Duty, Workday
from scheduling.plan import Reason
from scheduling.problem import Depot, Job, Shift, Technician


def static_block(workday: Workday, job: Job, duty: Duty, *, lead: bool = True) -> Reason | None:
    """The first rule that keeps the job off the duty even if it were empty, roads and time aside; None when there is none.

    lead: whether as leader of the job's crew, whose van brings parts and tools.
    """
    technician = duty.technician
    if technician.id in job.forbidden:
        return Reason.FORBIDDEN
    if technician.territories and job.territory is not None and job.territory not in technician.territories:
        return Reason.TERRITORY
    if not has_skills(technician, duty.shift, job.skills_of(lead=lead)):
        return Reason.SKILL
    depots = workday.problem.depots
    if lead and not job.tools <= technician.tools.union(*(depot.tools for depot in depots)):
        return Reason.TOOLS
    locked = workday.locked_technicians(job)
    if locked is not None and technician.id not in locked:
        return Reason.LOCK
    if lead and not holds(_within_reach(technician, depots), job.parts):
        return Reason.PARTS
    return None


def _within_reach(technician: Technician, depots: Sequence[Depot]) -> Mapping[str, int]:
    """The parts in the van and on the shelves of all depots."""
    return sum((Counter(depot.stock) for depot in depots), Counter(technician.stock)) if depots else technician.stock


def has_skills(technician: Technician, shift: Shift, wanted: Mapping[str, int]) -> bool:
    """Whether the technician has each skill at its level, valid to the end of the shift."""
    valid = {
        skill.name: skill.level
        for skill in sorted(technician.skills, key=lambda skill: skill.level)
        if skill.valid_until_s is None or skill.valid_until_s >= shift.end_s
    }
    return all(valid.get(name, 0) >= level for name, level in wanted.items())


def holds(stock: Mapping[str, int], parts: Mapping[str, int]) -> bool:
    """Whether a stock covers the parts."""
    return all(stock.get(part, 0) >= pieces for part, pieces in parts.items())


def stock_left(workday: Workday, orders: Mapping[tuple[str, int], Iterable[Job]]) -> dict[str, dict[str, int]]:
    """What each van still carries when its open jobs are done. Parts of frozen jobs are already out of the stock."""
    left = {technician.id: Counter(technician.stock) for technician in workday.problem.technicians}
    for key, jobs in orders.items():
        for job in jobs:
            meeting = workday.meetings.get(job.id)
            if meeting is None or meeting.lead == key:
                left[key[0]].subtract(job.parts)
    return {technician: dict(stock) for technician, stock in left.items()}
