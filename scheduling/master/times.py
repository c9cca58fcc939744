"""The times of routes that depend on one another: crews meet, jobs wait for others, and what follows in the route moves along.

Columns say which leg follows which; here every leg keeps its time, with the breaks taken on it. Only columns with a job that couples routes are in it: the
others have their cheapest times already.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from scheduling.duties import Duty, Loading, Visit
from scheduling.master.columns import Column, DutyKey, Node, Tariff, node_of, open_windows
from scheduling.master.pool import Pool

START, HOME = "start", "home"


class Times:
    """Variables and rules for the starts of jobs, calls and breaks of the columns that are coupled."""

    def __init__(self, pool: Pool, coupled: frozenset[str]) -> None:
        self.pool, self.model, self.workday = pool, pool.model, pool.workday
        self.coupled = coupled
        self.horizon_s = max((duty.latest_end_s for duty in self.workday.duties.values()), default=0)
        self.starts: dict[str, Any] = {}
        self.costs: list[tuple[float, Any]] = []
        self.timed: defaultdict[DutyKey, list[tuple[Column, Any]]] = defaultdict(list)
        for column, chosen in pool.chosen:
            if self.is_timed(column):
                self.timed[column.duty].append((column, chosen))
        for key, columns in self.timed.items():
            _DutyTimes(self, pool.tariffs[key], columns).add()
        self._add_precedence()

    def is_timed(self, column: Column) -> bool:
        """Whether the column's times depend on other routes."""
        return any(job.id in self.coupled for job in column.jobs)

    def start_of(self, visit: Visit) -> Any:
        """The start of a job: one for all its crew."""
        assert not isinstance(visit, Loading)
        if visit.id not in self.starts:
            windows = open_windows(self.workday, visit)
            self.starts[visit.id] = self.pool.moment(windows, self.horizon_s, f"start {visit.id}")
        return self.starts[visit.id]

    def _add_precedence(self) -> None:
        """A job starts when the last member of each job that it waits for has ended; those that are facts are in its windows."""
        for job in (job for job in self.workday.problem.jobs if job.id in self.starts and not job.frozen):
            for other in (self.workday.jobs[name] for name in job.after):
                for key, served in self.pool.served_by(other).items():
                    work_s = self.workday.duties[key].work_s(other)
                    waits = self.starts[job.id] >= self.starts[other.id] + work_s
                    self.model.Add(waits).OnlyEnforceIf([served, self.pool.left[job.id].Not()])
            for gap in (gap for gap in job.gaps if gap.job in self.starts):
                apart = self.starts[job.id] - self.starts[gap.job]
                self.model.AddLinearConstraint(apart, gap.least_s, gap.most_s).OnlyEnforceIf(
                    self.pool.left[job.id].Not()
                )


class _DutyTimes:
    """One duty's legs and breaks."""

    def __init__(self, times: Times, tariff: Tariff, columns: Sequence[tuple[Column, Any]]) -> None:
        self.times, self.tariff, self.columns = times, tariff, columns
        self.pool, self.model = times.pool, times.model
        self.duty: Duty = tariff.duty
        self.name = f"{self.duty.key}"
        self.legs: defaultdict[tuple[Node, Node], list[Any]] = defaultdict(list)
        self.places: dict[Node, int] = {START: self.duty.from_place, HOME: self.duty.shift.end_place}
        self.visits: dict[Node, Visit] = {}
        self.made: defaultdict[Node, list[Any]] = defaultdict(list)
        self.horizon_s = max(times.horizon_s, self.duty.available_s)
        self.home_s = self.model.NewIntVar(0, self.horizon_s, f"home {self.name}")
        self.calls: dict[Node, Any] = {}

    def add(self) -> None:
        for column, chosen in self.columns:
            nodes = [START, *(node_of(visit) for visit in column.visits), HOME]
            for leg in pairwise(nodes):
                self.legs[leg].append(chosen)
            for node, visit in zip(nodes[1:-1], column.visits, strict=True):
                self.visits[node], self.places[node] = visit, visit.place
                self.made[node].append(chosen)
        self.used = self.pool.any_of([chosen for _, chosen in self.columns])
        self._add_breaks()
        for (origin, destination), chosen in self.legs.items():
            self._add_leg(origin, destination, self.pool.any_of(chosen))
        self.model.Add(self.home_s <= self.duty.latest_end_s).OnlyEnforceIf(self.used)
        self._add_costs()

    def _add_breaks(self) -> None:
        """Each break is taken after one of the places that are visited; `after[index][node]` says after which."""
        nodes = [START, *self.visits, HOME]
        self.begins: list[Any] = []
        self.after: list[dict[Node, Any]] = []
        for index, pause in enumerate(self.duty.shift.breaks):
            soonest_s = min(max(pause.earliest_s, self.duty.available_s), pause.latest_s)
            begin = self.model.NewIntVar(soonest_s, pause.latest_s, f"break {self.name} {index}")
            after = {node: self.model.NewBoolVar(f"break {self.name} {index} after {node}") for node in nodes}
            self.model.Add(sum(after.values()) == 1).OnlyEnforceIf(self.used)
            for node, visit_made in self.made.items():
                self.model.AddImplication(after[node], self.pool.any_of(visit_made))
            for node in nodes:
                self.model.Add(begin >= self._end(node)).OnlyEnforceIf(after[node])
            if index:
                before = self.duty.shift.breaks[index - 1].duration_s
                self.model.Add(begin >= self.begins[-1] + before).OnlyEnforceIf(self.used)
            self.begins.append(begin)
            self.after.append(after)

    def _add_leg(self, origin: Node, destination: Node, driven: Any) -> None:
        """Time for the drive and the breaks on it, wherever they interrupt it."""
        drive_s = self.times.workday.drive_s(self.places[origin], self.places[destination])
        there = self._start(destination)
        rest: Any = 0
        for pause, begin, after in zip(self.duty.shift.breaks, self.begins, self.after, strict=True):
            rest += pause.duration_s * after[origin]
            self.model.Add(there >= begin + pause.duration_s).OnlyEnforceIf([driven, after[origin]])
        self.model.Add(there >= self._end(origin) + drive_s + rest).OnlyEnforceIf(driven)

    def _start(self, node: Node) -> Any:
        if node == HOME:
            return self.home_s
        visit = self.visits[node]
        if not isinstance(visit, Loading):
            return self.times.start_of(visit)
        if node not in self.calls:
            windows = self.tariff.windows(visit)
            self.calls[node] = self.pool.moment(windows, self.horizon_s, f"call {self.name} {node}")
        return self.calls[node]

    def _end(self, node: Node) -> Any:
        if node == START:
            return self.duty.available_s
        return self.home_s if node == HOME else self._start(node) + self.duty.work_s(self.visits[node])

    def _add_costs(self) -> None:
        """What the times cost, and that it is never less than what each column costs by itself."""
        hinges = [(self.tariff.overtime, self.home_s, self.used)]
        for node, visit in self.visits.items():
            if not isinstance(visit, Loading):
                made = self.pool.any_of(self.made[node])
                hinges += [(hinge, self._start(node), made) for hinge in self.tariff.price(visit).hinges]
        terms: list[tuple[float, Any]] = []
        for hinge, moment, applies in hinges:
            if hinge.slope and hinge.from_s < self.horizon_s:
                beyond = self.model.NewIntVar(0, self.horizon_s - min(0, hinge.from_s), "seconds beyond")
                self.model.Add(beyond >= moment - hinge.from_s).OnlyEnforceIf(applies)
                terms.append((hinge.slope, beyond))
        self.times.costs += terms
        least = [(column.time_cost, chosen) for column, chosen in self.columns if column.time_cost]
        if least:
            self.model.Add(self.pool.scaled(terms) >= self.pool.scaled(least, down=True))
        self._add_soonest()

    def _add_soonest(self) -> None:
        """No column's visit starts before it could if the route stood alone; implied, but it makes the bound tight."""
        soonest: defaultdict[Node, list[tuple[int, Any]]] = defaultdict(list)
        for column, chosen in self.columns:
            for visit, start_s in zip(column.visits, column.earliest_s, strict=True):
                soonest[node_of(visit)].append((start_s, chosen))
        for node, bounds in soonest.items():
            self.model.Add(self._start(node) >= sum(start_s * chosen for start_s, chosen in bounds))
