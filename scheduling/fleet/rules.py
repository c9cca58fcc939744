"""The first rule that keeps a job off each duty, for all duties at once; pair by pair it is `eligibility.static_block`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy

import numpy as np
from numpy.typing import NDArray

from scheduling.duties import Duty, Workday
from scheduling.plan import Reason
from scheduling.problem import Job

Flags = NDArray[np.bool_]
# A reason as its rank, so that the nearest one is the greatest; above them all: nothing is in the way.
Codes = NDArray[np.uint8]
REASONS = tuple(Reason)
CODE = {reason: code for code, reason in enumerate(REASONS)}
FREE = len(REASONS)


class Rules:
    """The duties side by side; what has been asked of them once is remembered."""

    def __init__(self, workday: Workday, duties: Sequence[Duty]) -> None:
        self.workday, self.duties = workday, duties
        self._rows: dict[str, list[int]] = {}
        for row, duty in enumerate(duties):
            self._rows.setdefault(duty.technician.id, []).append(row)
        self._known: dict[object, Flags] = {}

    def on(self, workday: Workday) -> "Rules":
        """The same duties on a workday with other jobs."""
        rules = copy(self)
        rules.workday = workday
        return rules

    def blocks(self, job: Job, *, lead: bool = True) -> Codes:
        """For each duty the first rule that is broken there, or FREE. lead: whether as leader of the job's crew."""
        codes = np.full(len(self.duties), FREE, dtype=np.uint8)
        for reason, broken in reversed(tuple(self._broken(job, lead=lead))):
            codes[broken] = CODE[reason]
        return codes

    def _broken(self, job: Job, *, lead: bool) -> Iterator[tuple[Reason, Flags]]:
        """Every rule that the job brings up, in the order in which they are told, with the duties that break it."""
        depots = self.workday.problem.depots
        if job.forbidden:
            yield Reason.FORBIDDEN, self._belong_to(job.forbidden)
        if (area := job.territory) is not None:
            yield Reason.TERRITORY, self._ask((Reason.TERRITORY, area), lambda duty: _is_outside(duty, area))
        for name, level in job.skills_of(lead=lead).items():
            asked = (Reason.SKILL, name, level)
            yield Reason.SKILL, self._ask(asked, lambda duty, n=name, v=level: _level(duty, n) < v)
        if lead and (missing := job.tools.difference(*(depot.tools for depot in depots))):
            yield Reason.TOOLS, self._ask((Reason.TOOLS, missing), lambda duty: not missing <= duty.technician.tools)
        locked = self.workday.locked_technicians(job)
        if locked is not None:
            yield Reason.LOCK, ~self._belong_to(locked)
        for part, pieces in job.parts.items() if lead else ():
            short = pieces - sum(depot.stock.get(part, 0) for depot in depots)
            asked = (Reason.PARTS, part, short)
            yield Reason.PARTS, self._ask(asked, lambda duty, p=part, n=short: duty.technician.stock.get(p, 0) < n)

    def _belong_to(self, technicians: Iterable[str]) -> Flags:
        rows = [row for technician in technicians for row in self._rows.get(technician, ())]
        theirs = np.zeros(len(self.duties), dtype=np.bool_)
        theirs[rows] = True
        return theirs

    def _ask(self, question: object, answer: Callable[[Duty], bool]) -> Flags:
        if question not in self._known:
            self._known[question] = np.array([answer(duty) for duty in self.duties], dtype=np.bool_)
        return self._known[question]


def _is_outside(duty: Duty, area: str) -> bool:
    return bool(duty.technician.territories) and area not in duty.technician.territories


def _level(duty: Duty, name: str) -> int:
    """The technician's best level of a skill that is valid to the end of the shift; 0 for none."""
    levels = (
        skill.level
        for skill in duty.technician.skills
        if skill.name == name and (skill.valid_until_s is None or skill.valid_until_s >= duty.shift.end_s)
    )
    return max(levels, default=0)
