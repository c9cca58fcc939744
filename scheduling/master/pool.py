"""The pool of columns as variables: which are chosen, and which jobs are left. What `times` and `goods` build upon."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ortools.sat.python import cp_model  # pyright: ignore[reportMissingTypeStubs]

from scheduling.duties import Workday
from scheduling.master.columns import Column, DutyKey, Tariff
from scheduling.problem import Job, Window

_cp: Any = cp_model
# CP-SAT counts in integers. Weights in thousandths of a second-equivalent, shared by crews of one to four, are exact; what a column
# costs is rounded to the nearest.
SCALE = 12_000


class Pool:
    """Columns and jobs as literals of one model, with the rules of who does what."""

    def __init__(self, workday: Workday, tariffs: Mapping[DutyKey, Tariff], columns: Sequence[Column]) -> None:
        self.workday, self.tariffs, self.model = workday, tariffs, _cp.CpModel()
        self.chosen = [(column, self.model.NewBoolVar(f"column {index}")) for index, column in enumerate(columns)]
        self.jobs = [job for job in workday.problem.jobs if not job.frozen]
        self.left = {job.id: self.model.NewBoolVar(f"left {job.id}") for job in self.jobs}
        self.by_duty: defaultdict[DutyKey, list[tuple[Column, Any]]] = defaultdict(list)
        self._members: defaultdict[str, defaultdict[DutyKey, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self._any: dict[tuple[int, ...], Any] = {}
        self._leads: defaultdict[str, list[Any]] = defaultdict(list)
        self._helps: defaultdict[str, list[Any]] = defaultdict(list)
        for column, chosen in self.chosen:
            self.by_duty[column.duty].append((column, chosen))
            for job in column.jobs:
                self._members[job.id][column.duty].append(chosen)
                (self._helps if job.id in column.helps else self._leads)[job.id].append(chosen)
        for alternatives in self.by_duty.values():
            self.model.AddAtMostOne(chosen for _, chosen in alternatives)
        for job in self.jobs:
            self._add_crew(job)
            self._add_after(job)
        self._add_disturbance()

    def any_of(self, literals: Sequence[Any]) -> Any:
        """Whether one of some columns of a duty is chosen; at most one of them is."""
        key = tuple(literal.Index() for literal in literals)
        if key not in self._any:
            if len(literals) == 1:
                self._any[key] = literals[0]
            else:
                self._any[key] = self.model.NewBoolVar("any")
                self.model.Add(sum(literals) == self._any[key])
        return self._any[key]

    def served_by(self, job: Job) -> dict[DutyKey, Any]:
        """Whether each duty has a member of the job's crew."""
        return {key: self.any_of(literals) for key, literals in self._members[job.id].items()}

    def moment(self, windows: Sequence[Window], horizon_s: int, name: str) -> Any:
        """A moment within one of some windows."""
        spans = [(window.start_s, min(window.end_s, horizon_s)) for window in windows if window.start_s <= horizon_s]
        return self.model.NewIntVarFromDomain(_cp.Domain.FromIntervals(spans), name)

    @staticmethod
    def scaled(terms: Sequence[tuple[float, Any]], *, down: bool = False) -> Any:
        """A sum of prices times variables, in whole fractions of a second-equivalent."""
        return sum((int(price * SCALE) if down else round(price * SCALE)) * variable for price, variable in terms)

    def _add_crew(self, job: Job) -> None:
        """One leads and the others help, or the job is left."""
        left, helpers = self.left[job.id], job.crew_size - 1
        self.model.Add(sum(self._leads[job.id]) + left == 1)
        self.model.Add(sum(self._helps[job.id]) + helpers * left == helpers)

    def _add_after(self, job: Job) -> None:
        for other in job.waits_for:
            if other in self.left:
                self.model.AddImplication(self.left[other], self.left[job.id])

    def _add_disturbance(self) -> None:
        limit = self.workday.problem.disturbance_limit
        if limit is None:
            return
        moved: list[Any] = []
        for job in (job for job in self.jobs if job.id in self.workday.planned):
            planned = {member.duty for member in self.workday.planned[job.id]}
            strange = [served for key, served in self.served_by(job).items() if key not in planned]
            if strange:
                moved.append(self.model.NewBoolVar(f"moved {job.id}"))
                self.model.AddMaxEquality(moved[-1], strange)
        self.model.Add(sum(moved) <= limit)
