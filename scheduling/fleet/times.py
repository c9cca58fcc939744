"""The times of many routes at once: exactly those of `timetable.schedule_route`."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass

import numpy as np

from scheduling.fleet.packing import NEVER_S, Duties, Flags, Ints
from scheduling.fleet.visits import Visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Orders:
    """n routes as orders of visits. visits: n x K, of each row the first `count` count."""

    duty: Ints
    visits: Ints
    count: Ints

    @property
    def is_visit(self) -> Flags:
        width: int = self.visits.shape[1]
        return np.arange(width) < self.count[:, None]

    def at(self, rows: Ints) -> "Orders":
        return Orders(duty=self.duty[rows], visits=self.visits[rows], count=self.count[rows])


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """ended: n x K, when each work is done. end: arrival at the end place, NEVER_S for a route that cannot be done. travel: seconds."""

    ended: Ints
    end: Ints
    travel: Ints

    def at(self, rows: Ints) -> "Times":
        return Times(ended=self.ended[rows], end=self.end[rows], travel=self.travel[rows])

    def and_also(self, others: "Times") -> "Times":
        """These, then the others."""
        return Times(
            ended=np.concatenate([self.ended, others.ended]),
            end=np.concatenate([self.end, others.end]),
            travel=np.concatenate([self.travel, others.travel]),
        )


def times_of(duties: Duties, travel: Ints, visits: Visits, orders: Orders) -> Times:
    """Each work as early as it can be; of all ways to place the breaks the one that ends earliest, of equals the first."""
    drives = _drives(duties, travel, visits, orders)
    runs, rows = duties.runs.at(orders.duty), np.arange(len(orders.duty))
    ready = np.full((len(rows), duties.end_by.shape[1]), NEVER_S)
    ready[:, 0] = duties.available[orders.duty]
    layers: list[Ints] = []
    came: list[Ints] = []
    for nth in range(orders.visits.shape[1]):
        visit = orders.visits[:, nth]
        starts = visits.spans.at(visit).starts(runs.arrivals(ready, drives[:, nth]))
        done = starts + visits.work[visit][:, None, None]
        came.append(done.argmin(axis=1))
        layers.append(done.min(axis=1))
        ready = np.where((nth < orders.count)[:, None], layers[-1], ready)
    home = runs.arrivals(ready, drives[rows, orders.count])
    at_home = home.min(axis=1)
    ends = np.where(at_home <= duties.end_by[orders.duty], at_home, NEVER_S)
    state = ends.argmin(axis=1)
    return Times(
        ended=_along(layers, came, orders, home.argmin(axis=1)[rows, state]),
        end=ends.min(axis=1),
        travel=drives.sum(axis=1),
    )


def _drives(duties: Duties, travel: Ints, visits: Visits, orders: Orders) -> Ints:
    """n x (K + 1): to each visit, then home; and from home to home, which is no way, for the rest of the row."""
    home = duties.destination[orders.duty][:, None]
    places = np.where(orders.is_visit, visits.place[orders.visits], home)
    stops = np.concatenate([duties.origin[orders.duty][:, None], places, home], axis=1)
    return travel[stops[:, :-1], stops[:, 1:]]


def _along(layers: list[Ints], came: list[Ints], orders: Orders, state: Ints) -> Ints:
    """When each work is done on the way that ends in a state."""
    rows, is_visit = np.arange(len(orders.duty)), orders.is_visit
    ended = np.empty_like(orders.visits)
    for nth in reversed(range(orders.visits.shape[1])):
        ended[:, nth] = layers[nth][rows, state]
        state = np.where(is_visit[:, nth], came[nth][rows, state], state)
    return ended
