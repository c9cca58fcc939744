"""Which duties may do which tasks, for all pairs at once; pair by pair it is `eligibility.static_block`, and the tests hold both together."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from scheduling.duties import Duty, Workday
from scheduling.problem import Job

Flags = NDArray[np.bool_]


def eligible(workday: Workday, jobs: Sequence[Job], duties: Sequence[Duty], leads: Sequence[bool]) -> Flags:
    """n x K: whether no rule keeps a job (as lead of its crew, or not) off a duty, and the duty lies in one of its windows."""
    crew = _Crew(workday, duties)
    rows = [crew.who_may(job, lead=lead) & crew.on_duty(job) for job, lead in zip(jobs, leads, strict=True)]
    return np.array(rows, dtype=np.bool_).reshape(len(jobs), len(duties))


class _Crew:
    """The duties side by side; what has been asked of them once is remembered."""

    def __init__(self, workday: Workday, duties: Sequence[Duty]) -> None:
        self.workday, self.duties = workday, duties
        self.available = np.array([duty.available_s for duty in duties], dtype=np.int64)
        self.latest_end = np.array([duty.latest_end_s for duty in duties], dtype=np.int64)
        self.known: dict[object, Flags] = {}

    def who_may(self, job: Job, *, lead: bool) -> Flags:
        depots = self.workday.problem.depots
        may = np.ones(len(self.duties), dtype=np.bool_)
        for name, level in job.skills_of(lead=lead).items():
            may &= self._ask(("skill", name, level), lambda duty, n=name, v=level: _level(duty, n) >= v)
        if job.territory is not None:
            area = job.territory
            may &= self._ask(
                ("territory", area), lambda duty: not duty.technician.territories or area in duty.technician.territories
            )
        if job.forbidden:
            may &= self._ask(("forbidden", job.forbidden), lambda duty: duty.technician.id not in job.forbidden)
        locked = self.workday.locked_technicians(job)
        if locked is not None:
            may &= self._ask(("locked", locked), lambda duty: duty.technician.id in locked)
        for part, pieces in job.parts.items() if lead else ():
            shelf = sum(depot.stock.get(part, 0) for depot in depots)
            may &= self._ask(
                ("part", part, pieces), lambda duty, p=part, n=pieces, s=shelf: duty.technician.stock.get(p, 0) + s >= n
            )
        if lead and job.tools:
            missing = job.tools.difference(*(depot.tools for depot in depots))
            may &= self._ask(("tools", missing), lambda duty: missing <= duty.technician.tools)
        return may

    def on_duty(self, job: Job) -> Flags:
        windows = self.workday.windows(job)
        there = np.zeros(len(self.duties), dtype=np.bool_)
        for window in windows:
            there |= (window.end_s >= self.available) & (window.start_s <= self.latest_end)
        return there

    def _ask(self, question: object, answer: Callable[[Duty], bool]) -> Flags:
        if question not in self.known:
            self.known[question] = np.array([answer(duty) for duty in self.duties], dtype=np.bool_)
        return self.known[question]


def _level(duty: Duty, name: str) -> int:
    """The technician's best level of a skill that is valid to the end of the shift; 0 for none."""
    levels = (
        skill.level
        for skill in duty.technician.skills
        if skill.name == name and (skill.valid_until_s is None or skill.valid_until_s >= duty.shift.end_s)
    )
    return max(levels, default=0)
