"""Columns: the routes that duties could have, each with what it costs at least; and the cheapest times of an ordered route.

Unlike `timetable`, which brings the technician home early and asks for no price, `Tariff` looks for the placement of breaks that
costs least. So what is proved here is proved against every plan that passes `check`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from scheduling import costs
from scheduling.duties import Duty, Loading, Visit, Workday, after_facts
from scheduling.insertion import first_start
from scheduling.master.prices import Hinge, StopPrice, stop_price
from scheduling.plan import Plan, Route
from scheduling.policy import Policy
from scheduling.problem import Job, Window
from scheduling.timetable import Moment, route_along, schedule_route
from scheduling.travel import UNREACHABLE

DutyKey = tuple[str, int]
# A place in a route by name: a job, a depot, or where the duty begins or ends.
Node = str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Column:
    """An ordered route with at least one open job.

    visits: what a call loads is left to the master. helps: jobs that this duty's technician does not lead.
    fixed_cost: whatever its times; time_cost: the least that its times add, were it independent of other routes.
    earliest_s: start of each visit, no plan starts it earlier in this route.
    """

    duty: DutyKey
    visits: tuple[Visit, ...]
    helps: frozenset[str]
    fixed_cost: float
    time_cost: float
    earliest_s: tuple[int, ...]

    @property
    def jobs(self) -> list[Job]:
        return [visit for visit in self.visits if not isinstance(visit, Loading)]

    @property
    def cost(self) -> float:
        return self.fixed_cost + self.time_cost


def node_of(visit: Visit) -> Node:
    return f"depot {visit.depot.id}" if isinstance(visit, Loading) else f"job {visit.id}"


class Label(NamedTuple):
    """One way to have come as far as a place. cost: of the times so far, drives not counted. before: the label at the place before."""

    taken: int
    arrival_s: int
    ready_s: int
    cost: float
    before: "Label | None" = None


class Tariff:
    """What routes of one duty cost, built up visit by visit."""

    def __init__(self, workday: Workday, policy: Policy, duty: Duty) -> None:
        self.workday, self.policy, self.duty = workday, policy, duty
        facts = schedule_route(workday, duty, ())
        assert facts is not None, "a route of facts only is never refused"
        terms = costs.terms_of(workday, policy, Plan(routes=(facts,)))
        self.facts = facts
        # What the frozen stops cost in every route of the duty, and in the one that holds nothing else.
        self.frozen_cost = sum(terms[name] for name in ("lateness", "stability", "preference", "contractor"))
        self.idle_cost = sum(terms.values()) if facts.stops else 0.0
        self.overtime = Hinge(policy.overtime, duty.shift.end_s)
        self._prices: dict[str, StopPrice] = {}
        self._windows: dict[str, tuple[Window, ...]] = {}

    def start(self) -> tuple[Label, ...]:
        available_s = self.duty.available_s
        return (Label(0, available_s, available_s, 0.0),)

    def after(self, labels: Sequence[Label], place: int, visit: Visit) -> tuple[Label, ...]:
        """The ways to have made one more visit that no other beats in time and price; empty when there is none."""
        windows, work_s = self.windows(visit), self.duty.work_s(visit)
        price = None if isinstance(visit, Loading) else self.price(visit)
        found: list[Label] = []
        for taken, arrival_s, before in self._arrivals(labels, place, visit.place):
            start_s = first_start(arrival_s, windows)
            if start_s is not None:
                cost = before.cost + (price.of_start(start_s) if price else 0.0)
                found.append(Label(taken, arrival_s, start_s + work_s, cost, before))
        return _unbeaten(found)

    def home(self, labels: Sequence[Label], place: int) -> Label | None:
        """The cheapest way to end the route with all breaks taken, or None; the earliest of equals."""
        runs, latest_s = self.duty.runs, self.duty.latest_end_s
        ends = [
            Label(taken, arrival_s, arrival_s, before.cost + self.overtime.at(arrival_s), before)
            for taken, arrival_s, before in self._arrivals(labels, place, self.duty.shift.end_place)
            if arrival_s <= latest_s and (owed := runs[taken][-1]) is not None and arrival_s <= owed.depart_by_s
        ]
        return min(ends, key=lambda end: (end.cost, end.arrival_s), default=None)

    def column(self, visits: Sequence[Visit], helps: frozenset[str] = frozenset()) -> Column | None:
        """An ordered route as a column; None when it cannot be done even by itself."""
        end = self._end(visits)
        return None if end is None else self.column_of(visits, helps, end)

    def column_of(self, visits: Sequence[Visit], helps: frozenset[str], end: Label) -> Column:
        """As `column`, of a route whose times are known."""
        path = _path(end)
        return Column(
            duty=self.duty.key,
            visits=tuple(visits),
            helps=helps,
            fixed_cost=self._fixed_cost(visits),
            time_cost=end.cost,
            earliest_s=tuple(
                label.ready_s - self.duty.work_s(visit) for label, visit in zip(path[1:-1], visits, strict=True)
            ),
        )

    def route(self, visits: Sequence[Visit]) -> Route | None:
        """The route with the times that cost least, or None. Of a settled workday, so that meetings are kept."""
        end = self._end(visits)
        if end is None:
            return None
        path = [Moment(taken=label.taken, arrival_s=label.arrival_s, ready_s=label.ready_s) for label in _path(end)]
        return route_along(self.workday, self.duty, visits, path)

    def price(self, job: Job) -> StopPrice:
        known = self._prices.get(job.id)
        if known is None:
            known = self._prices[job.id] = stop_price(self.workday, self.policy, self.duty, job)
        return known

    def windows(self, visit: Visit) -> tuple[Window, ...]:
        """When a visit may start; never before what is frozen, and waited for, has ended."""
        if isinstance(visit, Loading):
            return self.workday.windows(visit)
        known = self._windows.get(visit.id)
        if known is None:
            known = self._windows[visit.id] = open_windows(self.workday, visit)
        return known

    def _arrivals(self, labels: Sequence[Label], origin: int, place: int) -> list[tuple[int, int, Label]]:
        """Breaks taken, arrival, and out of which label."""
        drive_s = self.workday.drive_s(origin, place)
        if drive_s >= UNREACHABLE:
            return []
        return [
            (taken, arrival_s, label)
            for label in labels
            for taken, run in enumerate(self.duty.runs[label.taken])
            if run is not None and (arrival_s := run.arrival_s(label.ready_s, drive_s)) is not None
        ]

    def _end(self, visits: Sequence[Visit]) -> Label | None:
        labels, place = self.start(), self.duty.from_place
        for visit in visits:
            labels, place = self.after(labels, place, visit), visit.place
        return self.home(labels, place)

    def _fixed_cost(self, visits: Sequence[Visit]) -> float:
        places = [self.duty.from_place, *(visit.place for visit in visits), self.duty.shift.end_place]
        drive_s = sum(self.workday.drive_s(*leg) for leg in pairwise(places))
        jobs = [visit for visit in visits if not isinstance(visit, Loading)]
        worked_s = sum(self.duty.work_s(job) for job in (*self.duty.frozen, *jobs))
        shift = self.duty.shift
        fairness = self.policy.fairness * worked_s * worked_s / max(1, shift.end_s - shift.start_s)
        return self.frozen_cost + self.policy.travel * drive_s + fairness + sum(self.price(job).fixed for job in jobs)


def open_windows(workday: Workday, job: Job) -> tuple[Window, ...]:
    """When a job may start, as far as that does not depend on decisions; perhaps never."""
    span = after_facts(workday, job)
    return tuple(
        Window(start_s=max(window.start_s, span.start_s), end_s=min(window.end_s, span.end_s))
        for window in workday.windows(job)
        if window.end_s >= span.start_s and window.start_s <= span.end_s
    )


def _unbeaten(labels: list[Label]) -> tuple[Label, ...]:
    """Of each number of breaks taken those that are earlier, or cheaper, than all others."""
    kept: list[Label] = []
    for label in sorted(labels, key=lambda label: (label.taken, label.ready_s, label.cost)):
        if not kept or kept[-1].taken != label.taken or label.cost < kept[-1].cost:
            kept.append(label)
    return tuple(kept)


def _path(end: Label) -> list[Label]:
    path, label = [end], end.before
    while label is not None:
        path.append(label)
        label = label.before
    return path[::-1]
