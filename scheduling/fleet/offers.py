"""Of all gaps that suit a question, the cheapest of each technician."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass

import numpy as np

from scheduling.costs import route_cost
from scheduling.fleet.fleet import Fleet
from scheduling.fleet.openings import Openings, Questions, work_s
from scheduling.fleet.packing import NEVER_S, Ints
from scheduling.fleet.prices import Floats, Prices, prices
from scheduling.fleet.times import Orders, Times, times_of
from scheduling.fleet.visits import Visits, one_job
from scheduling.policy import Policy
from scheduling.problem import Job
from scheduling.timetable import schedule_route_anyway

# Room for what rounding does to a lower bound.
_SLACK_S = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """n insertions, at most one for each question and technician. position: as of `Gaps`. cost, travel: what the route has more."""

    question: Ints
    duty: Ints
    position: Ints
    start: Ints
    end: Ints
    cost: Floats
    travel: Ints


class Market:
    """What the routes of a fleet cost under a policy, as they are and with one more job."""

    def __init__(self, fleet: Fleet, policy: Policy) -> None:
        self.fleet = fleet
        self.prices: Prices = prices(fleet.workday, policy, fleet.seats)
        self.count = np.array([len(packed.jobs) for packed in fleet.routes], dtype=np.int64)
        self.first = np.cumsum(self.count) - self.count
        names = [seat.technician.id for seat in fleet.seats]
        place_of = {name: place for place, name in enumerate(sorted(set(names)))}
        self.rank = np.array([place_of[name] for name in names], dtype=np.int64)
        self.cost, self.travel = self._as_they_are()

    def offers(self, job: Job, asked: Questions, found: Openings) -> Offers:
        """The cheapest gap of each technician; the first of equals. By question, then by price, then by name."""
        fleet = self.fleet
        duty, position = fleet.gaps.duty[found.gap], fleet.gaps.position[found.gap]
        work = work_s(asked.duration[found.question], asked.has_pace[found.question], fleet.duties.pace_percent[duty])
        added = one_job(fleet.workday, job, fleet.seats, duty, work, asked.spans.at(found.question))
        visits = fleet.visits.and_also(added)
        orders = self._orders(duty, position, len(fleet.visits.place) + np.arange(len(duty)))
        group = found.question * len(fleet.technicians) + fleet.duties.technician[duty]
        rows, times, cost = self._cheapest(visits, orders, group, self._least(visits, orders, found.gap))
        end = times.ended[np.arange(len(rows)), position[rows]]
        by_price = np.lexsort((self.rank[duty[rows]], cost, found.question[rows]))
        rows, end = rows[by_price], end[by_price]
        return Offers(
            question=found.question[rows],
            duty=duty[rows],
            position=position[rows],
            start=end - work[rows],
            end=end,
            cost=cost[by_price],
            travel=times.travel[by_price] - self.travel[duty[rows]],
        )

    def _as_they_are(self) -> tuple[Floats, Ints]:
        """Cost and travel of each route; of what has no open jobs, or cannot be done, as the timetable has it."""
        fleet, nobody = self.fleet, np.full(len(self.count), NEVER_S)
        orders = self._orders(np.arange(len(self.count)), nobody, nobody)
        times = times_of(fleet.duties, fleet.travel, fleet.visits, orders)
        cost, travel = self.prices.of(fleet.visits, orders, times), times.travel
        for row in np.flatnonzero((self.count == 0) | (times.end >= NEVER_S)).tolist():
            packed = fleet.routes[row]
            route = schedule_route_anyway(fleet.workday, packed.duty, packed.jobs)
            cost[row], travel[row] = route_cost(fleet.workday, self.prices.policy, route), route.travel_s
        return cost, travel

    def _orders(self, duty: Ints, position: Ints, added: Ints) -> Orders:
        """The routes of some duties, with a visit added before a position, or without one: then the position is NEVER_S."""
        count = self.count[duty] + (position < NEVER_S)
        nth, at = np.arange(count.max(initial=0)), position[:, None]
        visits = np.where(nth == at, added[:, None], self.first[duty][:, None] + nth - (nth > at))
        return Orders(duty=duty, visits=np.where(nth < count[:, None], visits, 0), count=count)

    def _least(self, visits: Visits, orders: Orders, gap: Ints) -> Floats:
        """A lower bound of what each insertion costs: all that does not depend on times."""
        fleet, gaps = self.fleet, self.fleet.gaps
        legs = fleet.travel[gaps.origin, gaps.destination]
        ways = np.bincount(gaps.duty, legs, len(self.count))
        place = visits.place[orders.visits[np.arange(len(gap)), gaps.position[gap]]]
        detour = fleet.travel[gaps.origin[gap], place] + fleet.travel[place, gaps.destination[gap]] - legs[gap]
        _, some, back = np.unique(orders.duty, return_index=True, return_inverse=True)
        rest = self.prices.least(visits, orders.at(some)) - self.cost[orders.duty[some]]
        return rest[back] + self.prices.policy.travel * (ways[orders.duty] + detour)

    def _cheapest(self, visits: Visits, orders: Orders, group: Ints, least: Floats) -> tuple[Ints, Times, Floats]:
        """The cheapest row of each group: first those that promise most are timed, then all that could still be better."""
        promising = _first_of_each(group, np.lexsort((least, group)))
        best = np.full(group.max(initial=0) + 1, np.inf)
        times, cost = self._timed(visits, orders.at(promising))
        best[group[promising]] = cost
        is_open = least <= best[group] + _SLACK_S
        is_open[promising] = False
        others = np.flatnonzero(is_open)
        other_times, other_cost = self._timed(visits, orders.at(others))
        rows, costs = np.concatenate([promising, others]), np.concatenate([cost, other_cost])
        winners = _first_of_each(group[rows], np.lexsort((rows, costs, group[rows])))
        return rows[winners], times.and_also(other_times).at(winners), costs[winners]

    def _timed(self, visits: Visits, orders: Orders) -> tuple[Times, Floats]:
        times = times_of(self.fleet.duties, self.fleet.travel, visits, orders)
        return times, self.prices.of(visits, orders, times) - self.cost[orders.duty]


def _first_of_each(group: Ints, order: Ints) -> Ints:
    """Of an order that keeps groups together, the first row of each."""
    sorted_groups = group[order]
    return order[np.flatnonzero(np.diff(sorted_groups, prepend=-1))]
