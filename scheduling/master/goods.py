"""What vans carry: parts over all shifts of a technician, what depots give, and tools that are lent on the way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from scheduling.duties import Duty, Loading
from scheduling.master.columns import Column, DutyKey
from scheduling.master.pool import Pool
from scheduling.problem import Job, Technician


class Goods:
    """Variables for the loads of calls, and the rules of stock and tools. Only what somebody wants is counted."""

    def __init__(self, pool: Pool) -> None:
        self.pool, self.model, self.problem = pool, pool.model, pool.workday.problem
        self.parts = sorted({part for column, _ in pool.chosen for job in led(column) for part in job.parts})
        self.called = {
            (key, depot.id): pool.any_of([chosen for column, chosen in columns if depot.id in calls(column)])
            for key, columns in pool.by_duty.items()
            for depot in self.problem.depots
            if any(depot.id in calls(column) for column, _ in columns)
        }
        self.loads: dict[tuple[DutyKey, str, str], Any] = {}
        self._add_loads()
        for technician in self.problem.technicians:
            self._add_van(technician)
            self._add_tools(technician)

    def _add_loads(self) -> None:
        """Vans load where they call, all together no more than the depot has."""
        for depot in self.problem.depots:
            for part in (part for part in self.parts if depot.stock.get(part)):
                pieces = depot.stock[part]
                loads: list[Any] = []
                for (key, name), called in self.called.items():
                    if name == depot.id:
                        load = self.model.NewIntVar(0, pieces, f"load {key} {name} {part}")
                        self.model.Add(load <= pieces * called)
                        self.loads[key, name, part] = load
                        loads.append(load)
                self.model.Add(sum(loads) <= pieces)

    def _add_van(self, technician: Technician) -> None:
        for part in self.parts:
            carried: Any = technician.stock.get(part, 0)
            for duty in self._duties(technician):
                columns = self.pool.by_duty.get(duty.key, [])
                for column, chosen in columns:
                    self._add_calls(column, chosen, part, carried)
                carried += sum(self.load(duty.key, name, part) for name in self._called_by(duty))
                carried -= sum(pieces * chosen for column, chosen in columns if (pieces := _used(led(column), part)))
                self.model.Add(carried >= 0)

    def _add_calls(self, column: Column, chosen: Any, part: str, carried: Any) -> None:
        """By each call no more is given than carried and loaded before; by the end, `_add_van` sees to it."""
        helps, used, loaded = column.helps, 0, carried
        for visit in column.visits:
            if isinstance(visit, Loading):
                if used:
                    self.model.Add(loaded >= used).OnlyEnforceIf(chosen)
                loaded = loaded + self.load(column.duty, visit.depot.id, part)
            elif visit.id not in helps:
                used += visit.parts.get(part, 0)

    def _add_tools(self, technician: Technician) -> None:
        """A tool that is not in the van comes from a depot called at before, be it on an earlier day."""
        earlier: list[Duty] = []
        for duty in self._duties(technician):
            for column, chosen in self.pool.by_duty.get(duty.key, []):
                for tool in _missing_tools(column, technician):
                    lenders = list(self._lenders(earlier, tool))
                    self.model.AddBoolOr([*lenders, chosen.Not()])
            earlier.append(duty)

    def _lenders(self, duties: Sequence[Duty], tool: str) -> Iterator[Any]:
        for duty in duties:
            for depot in self.problem.depots:
                if tool in depot.tools and (duty.key, depot.id) in self.called:
                    yield self.called[duty.key, depot.id]

    def _duties(self, technician: Technician) -> list[Duty]:
        return [self.pool.workday.duties[technician.id, index] for index in range(len(technician.shifts))]

    def _called_by(self, duty: Duty) -> list[str]:
        return [name for key, name in self.called if key == duty.key]

    def load(self, key: DutyKey, depot: str, part: str) -> Any:
        """How many pieces a duty loads at a depot."""
        return self.loads.get((key, depot, part), 0)


def led(column: Column) -> list[Job]:
    """The jobs whose parts and tools come from this van."""
    return [job for job in column.jobs if job.id not in column.helps]


def calls(column: Column) -> list[str]:
    return [visit.depot.id for visit in column.visits if isinstance(visit, Loading)]


def _used(jobs: Sequence[Job], part: str) -> int:
    return sum((Counter(job.parts) for job in jobs), Counter[str]())[part]


def _missing_tools(column: Column, technician: Technician) -> set[str]:
    tools, missing = set(technician.tools), set[str]()
    for visit in column.visits:
        if isinstance(visit, Loading):
            tools |= visit.depot.tools
        elif visit.id not in column.helps:
            missing |= visit.tools - tools
    return missing
