"""Every ordered route of one duty that can be done, found visit by visit: what cannot be begun is not gone on with."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from scheduling.costs import unserved_cost
from scheduling.duties import Loading, Visit
from scheduling.eligibility import holds, static_block
from scheduling.features import coupled_jobs
from scheduling.master.columns import Column, Label, Node, Tariff, node_of
from scheduling.problem import Depot, Job
from scheduling.travel import TravelMatrix


class TooManyRoutes(ValueError):
    """The instance is too large, or too loose, for an enumeration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """A route as far as it is settled.

    names: of its visits. key: what of its past matters for its future, times aside. labels: the ways to have come so far.
    drive_s: so far. tools: in the van by now.
    """

    visits: tuple[Visit, ...]
    helps: frozenset[str]
    names: frozenset[str]
    key: tuple[str, ...]
    labels: tuple[Label, ...]
    place: int
    drive_s: int
    tools: frozenset[str]

    @property
    def led(self) -> list[Job]:
        return _led(self.visits, self.helps)


class EveryRoute:
    """The routes of one duty, without those that another one with the same jobs makes needless."""

    def __init__(self, tariff: Tariff) -> None:
        self.tariff, self.duty, self.workday = tariff, tariff.duty, tariff.workday
        self.technician = self.duty.technician
        self.coupled = coupled_jobs(self.workday.problem)
        jobs = [job for job in self.workday.problem.jobs if not job.frozen]
        self.leads = [job for job in jobs if static_block(self.workday, job, self.duty) is None]
        crews = (job for job in jobs if job.crew_size > 1)
        self.helps = [job for job in crews if static_block(self.workday, job, self.duty, lead=False) is None]
        self.home_s = _shortest_s(self.workday.problem.travel, self.duty.shift.end_place)
        self.short = self._short_parts()
        self.calls = [Loading(depot=depot, load={}) for depot in self.workday.problem.depots if self._gives(depot)]
        self.call_nodes = {node_of(call) for call in self.calls}
        self.is_first_shift = self.duty.shift_index == 0
        self.is_last_shift = self.duty.shift_index == len(self.technician.shifts) - 1
        self.pieces = sum(
            (Counter(depot.stock) for depot in self.workday.problem.depots), Counter(self.technician.stock)
        )

    def columns(self, limit: int) -> list[Column]:
        """At most `limit` of them; TooManyRoutes when there are more. In the order in which they are found."""
        kept: dict[tuple[str, ...], Column] = {}
        layer = [self._empty()]
        while layer:
            layer = self._next_layer(layer)
            for beginning in layer:
                column = self._column(beginning)
                if column and (beginning.key not in kept or column.cost < kept[beginning.key].cost):
                    kept[beginning.key] = column
            if len(kept) > limit:
                raise TooManyRoutes(f"more than {limit} routes can be done, with those of {self.duty.key}")
        return list(kept.values())

    def _column(self, route: Beginning) -> Column | None:
        end = self.tariff.home(route.labels, route.place) if self._is_whole(route) else None
        if end is None:
            return None
        column = self.tariff.column_of(route.visits, route.helps, end)
        return None if self._is_needless(column) else column

    def _empty(self) -> Beginning:
        return Beginning(
            visits=(),
            helps=frozenset(),
            names=frozenset(),
            key=(),
            labels=self.tariff.start(),
            place=self.duty.from_place,
            drive_s=0,
            tools=self.technician.tools,
        )

    def _next_layer(self, layer: list[Beginning]) -> list[Beginning]:
        """All beginnings with one more visit; of those with the same future, the ones that no others beat."""
        alike: defaultdict[tuple[tuple[str, ...], Node], list[Beginning]] = defaultdict(list)
        for longer in (longer for so_far in layer for longer in self._longer(so_far)):
            alike[longer.key, node_of(longer.visits[-1])].append(longer)
        return [kept for group in alike.values() for kept in self._unbeaten(group)]

    def _longer(self, so_far: Beginning) -> Iterator[Beginning]:
        """The beginning with one more visit, in every way that can be done."""
        for job in (job for job in self.leads if self._may_lead(so_far, job)):
            yield from self._with(so_far, job, helps=False)
        for job in self.helps:
            yield from self._with(so_far, job, helps=True)
        for call in self.calls:
            yield from self._with(so_far, call, helps=False)

    def _with(self, so_far: Beginning, visit: Visit, *, helps: bool) -> Iterator[Beginning]:
        name = node_of(visit)
        if name in so_far.names:
            return
        labels = tuple(
            label
            for label in self.tariff.after(so_far.labels, so_far.place, visit)
            if self._may_end(label, visit.place)
        )
        if labels:
            yield Beginning(
                visits=(*so_far.visits, visit),
                helps=so_far.helps | {visit.id} if helps and isinstance(visit, Job) else so_far.helps,
                names=so_far.names | {name},
                key=self._key(so_far, visit, helps=helps),
                labels=labels,
                place=visit.place,
                drive_s=so_far.drive_s + self.workday.drive_s(so_far.place, visit.place),
                tools=so_far.tools | visit.depot.tools if isinstance(visit, Loading) else so_far.tools,
            )

    def _key(self, so_far: Beginning, visit: Visit, *, helps: bool) -> tuple[str, ...]:
        """Which jobs came between which calls, in any order: the times are the route's own, and the goods are the same.

        With the first job that couples routes the order itself: when that job starts is not for the route alone to choose.
        """
        name, known = node_of(visit), so_far.key
        if not self._is_free((*so_far.visits, visit)):
            return (*(node_of(earlier) for earlier in so_far.visits), name, *sorted(so_far.helps), f"helps: {helps}")
        if isinstance(visit, Loading):
            return (*known, name)
        cut = max((at + 1 for at, node in enumerate(known) if node in self.call_nodes), default=0)
        return (*known[:cut], *sorted((*known[cut:], name)))

    def _is_free(self, visits: tuple[Visit, ...]) -> bool:
        return not any(isinstance(visit, Job) and visit.id in self.coupled for visit in visits)

    def _unbeaten(self, group: list[Beginning]) -> list[Beginning]:
        """The beginnings that some state of breaks reaches earlier or cheaper than any other, with those labels only."""
        if len(group) == 1:
            return group
        ways = [
            (label.taken, label.ready_s, label.cost + self.tariff.policy.travel * beginning.drive_s, index, label)
            for index, beginning in enumerate(group)
            for label in beginning.labels
        ]
        kept: defaultdict[int, list[Label]] = defaultdict(list)
        taken, least = -1, math.inf
        for way in sorted(ways, key=lambda way: way[:4]):
            if way[0] != taken or way[2] < least:
                taken, least = way[0], way[2]
                kept[way[3]].append(way[4])
        return [replace(group[index], labels=tuple(labels)) for index, labels in kept.items()]

    def _may_end(self, label: Label, place: int) -> bool:
        """Whether there is time for the breaks that are owed and for the shortest way home."""
        owed = self.duty.runs[label.taken][-1]
        if owed is None or label.ready_s > owed.depart_by_s:
            return False
        return label.ready_s + self.home_s[place] <= self.duty.latest_end_s

    def _may_lead(self, so_far: Beginning, job: Job) -> bool:
        """Whether tools and parts might be there: a tool may come from an earlier shift's call, parts from any depot."""
        if self.is_first_shift and not job.tools <= so_far.tools:
            return False
        if not job.parts:
            return True
        used = sum((Counter(known.parts) for known in so_far.led), Counter(job.parts))
        return holds(self.pieces, used)

    def _is_whole(self, route: Beginning) -> bool:
        """Whether it has a job, and each call is followed by one, or by a shift, that may want what it gives."""
        if all(isinstance(visit, Loading) for visit in route.visits):
            return False
        return not self.is_last_shift or all(
            any(self._wants(job, visit.depot) for job in _led(route.visits[index:], route.helps))
            for index, visit in enumerate(route.visits)
            if isinstance(visit, Loading)
        )

    def _short_parts(self) -> frozenset[str]:
        """The parts of which the van does not hold enough for all that it might do."""
        wanted = sum((Counter(job.parts) for job in self.leads), Counter[str]())
        return frozenset(part for part, pieces in wanted.items() if pieces > self.technician.stock.get(part, 0))

    def _gives(self, depot: Depot) -> bool:
        return any(self._wants(job, depot) for job in self.leads)

    def _wants(self, job: Job, depot: Depot) -> bool:
        return bool(job.tools & depot.tools - self.technician.tools) or any(
            depot.stock.get(part) for part in self.short & job.parts.keys()
        )

    def _is_needless(self, column: Column) -> bool:
        """Whether the jobs had better be left, and nobody else cares."""
        has_calls = len(column.jobs) < len(column.visits)
        if (has_calls and not self.is_last_shift) or not self._is_free(column.visits):
            return False
        worth = sum(unserved_cost(self.workday, self.tariff.policy, job) for job in column.jobs)
        return column.cost - self.tariff.idle_cost >= worth


def _led(visits: tuple[Visit, ...], helps: frozenset[str]) -> list[Job]:
    return [visit for visit in visits if not isinstance(visit, Loading) and visit.id not in helps]


def _shortest_s(travel: TravelMatrix, place: int) -> list[int]:
    """From each place the shortest way to one of them, by way of others where that is shorter (Bellman 1958)."""
    shortest = travel.seconds[:, place].copy()
    for _ in range(travel.place_count):
        shortest = np.minimum(shortest, (travel.seconds + shortest).min(axis=1))
    return shortest.tolist()
