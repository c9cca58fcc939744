"""Duties, the gaps between their jobs, and the jobs themselves as columns of numbers.

D duties in the order of the live plan, J open jobs and J + D gaps in the order of the routes; S states, that is breaks taken.
None, a moment that cannot be, is NEVER_S where early is good, and -NEVER_S where late is good.
"""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.duties import BreakRun, Duty
from scheduling.insertion import PackedRoute, States, at_end
from scheduling.problem import Window

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
# Beyond every moment, and beyond every moment with unreachable drives added.
NEVER_S = 1 << 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """n x S x S: the run of breaks from each state to each; one that cannot be is one that nobody is early enough for."""

    depart_by: Ints
    duration: Ints
    free_from: Ints

    def at(self, rows: Ints) -> "Runs":
        return Runs(depart_by=self.depart_by[rows], duration=self.duration[rows], free_from=self.free_from[rows])

    def arrivals(self, ready: Ints, drive: Ints) -> Ints:
        """n x S x S: the earliest arrival in each state (last axis), out of each state (ready: n x S); drive: n."""
        left = ready[:, :, None]
        arrivals = np.maximum(left + (self.duration + drive[:, None, None]), self.free_from)
        return np.where(left <= self.depart_by, arrivals, NEVER_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duties:
    """D duties. end_by: x S, the latest arrival at the end place.

    technician: index among the technicians that have a duty, in their order; first: each one's first duty.
    """

    count: int
    technician: Ints
    first: Ints
    origin: Ints
    destination: Ints
    pace_percent: Ints
    available: Ints
    runs: Runs
    end_by: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Where a job can be put: duty, position (before which open job), the places before and after it.

    ready: x S, earliest departure from the place before. latest: x S, latest arrival at the place after. soonest, limit: their best.
    """

    duty: Ints
    position: Ints
    origin: Ints
    destination: Ints
    ready: Ints
    latest: Ints
    soonest: Ints
    limit: Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Windows for the start of work, n x W, in order; a row with fewer ends in windows that never were open."""

    opens: Ints
    closes: Ints

    def at(self, rows: Ints) -> "Spans":
        return Spans(opens=self.opens[rows], closes=self.closes[rows])

    def and_also(self, others: "Spans") -> "Spans":
        """These, then the others."""
        width = max(self.opens.shape[1], others.opens.shape[1])
        return Spans(
            opens=np.concatenate([_widened(one.opens, width, NEVER_S) for one in (self, others)]),
            closes=np.concatenate([_widened(one.closes, width, -NEVER_S) for one in (self, others)]),
        )

    def starts(self, arrivals: Ints) -> Ints:
        """The first start from each arrival on; arrivals: n x anything; NEVER_S when all windows have passed."""
        shape = (len(arrivals), *(1 for _ in arrivals.shape[1:]))
        found = np.full_like(arrivals, NEVER_S)
        for nth in reversed(range(self.opens.shape[1])):
            opens, closes = self.opens[:, nth].reshape(shape), self.closes[:, nth].reshape(shape)
            found = np.where(arrivals <= closes, np.maximum(arrivals, opens), found)
        return found


def pack_duties(duties: Sequence[Duty]) -> Duties:
    """The duties of a live plan, those of one technician beside one another."""
    states = max((len(duty.runs) for duty in duties), default=1)
    runs = [run for duty in duties for run in _square(duty, states)]
    table = np.array(runs, dtype=np.int64).reshape(len(duties), states, states, 3)
    names = [duty.technician.id for duty in duties]
    starts = [row for row, name in enumerate(names) if row == 0 or names[row - 1] != name]
    return Duties(
        count=len(duties),
        technician=np.repeat(np.arange(len(starts)), np.diff([*starts, len(names)])),
        first=ints(starts),
        origin=ints(duty.from_place for duty in duties),
        destination=ints(duty.shift.end_place for duty in duties),
        pace_percent=ints(duty.technician.pace_percent for duty in duties),
        available=ints(duty.available_s for duty in duties),
        runs=Runs(depart_by=table[..., 0], duration=table[..., 1], free_from=table[..., 2]),
        end_by=moments([at_end(duty) for duty in duties], states, never=-NEVER_S),
    )


def pack_gaps(routes: Sequence[PackedRoute], states: int) -> Gaps:
    """The gaps of all routes, in order."""
    ready = moments([row for packed in routes for row in packed.ready], states, never=NEVER_S)
    latest = moments([row for packed in routes for row in packed.latest], states, never=-NEVER_S)
    lengths = ints(len(packed.ready) for packed in routes)
    return Gaps(
        duty=np.repeat(np.arange(len(routes)), lengths),
        position=ints(at for packed in routes for at in range(len(packed.ready))),
        origin=ints(place for packed in routes for place in packed.places[:-1]),
        destination=ints(place for packed in routes for place in packed.places[1:]),
        ready=ready,
        latest=latest,
        soonest=ready.min(axis=1),
        limit=latest.max(axis=1),
    )


def idle_gaps(duties: Duties) -> Gaps:
    """The gaps as they were if nobody had any open job yet."""
    ready = np.full_like(duties.end_by, NEVER_S)
    ready[:, 0] = duties.available
    return Gaps(
        duty=np.arange(duties.count),
        position=np.zeros(duties.count, dtype=np.int64),
        origin=duties.origin,
        destination=duties.destination,
        ready=ready,
        latest=duties.end_by,
        soonest=duties.available,
        limit=duties.end_by.max(axis=1),
    )


def pack_windows(rows: Sequence[Sequence[Window]]) -> Spans:
    """Windows as columns, as many as the longest row has."""
    width = max((len(row) for row in rows), default=1)
    never = (NEVER_S, -NEVER_S)
    pairs = [[*((window.start_s, window.end_s) for window in row), *[never] * (width - len(row))] for row in rows]
    table = np.array(pairs, dtype=np.int64).reshape(len(rows), width, 2)
    return Spans(opens=table[..., 0], closes=table[..., 1])


def ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


def moments(rows: Sequence[States], states: int, *, never: int) -> Ints:
    """Moments of states side by side. Through float64, which has a word for None and keeps every second of the horizon."""
    padded = [row + (None,) * (states - len(row)) for row in rows]
    table = np.array(padded, dtype=np.float64).reshape(len(rows), states)
    return np.where(np.isnan(table), never, table).astype(np.int64)


def _widened(table: Ints, width: int, never: int) -> Ints:
    return np.pad(table, ((0, 0), (0, width - table.shape[1])), constant_values=never)


def _square(duty: Duty, states: int) -> list[tuple[int, int, int]]:
    count = len(duty.runs)
    return [
        _run(duty.runs[before][after] if max(before, after) < count else None)
        for before in range(states)
        for after in range(states)
    ]


def _run(run: BreakRun | None) -> tuple[int, int, int]:
    return (-NEVER_S, 0, 0) if run is None else (run.depart_by_s, run.duration_s, run.free_from_s)
