"""A live plan as columns of numbers: its duties once, and its routes with their gaps, of which one can be put in place of another."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduling.duties import BreakRun, Duty, Workday
from scheduling.fleet.board import NEVER_S, Board, Ints
from scheduling.fleet.visits import ints, pack_visits
from scheduling.insertion import PackedRoute, States, at_end

_OF_GAPS = ("before", "after", "ready", "latest", "limit")


def pack_board(workday: Workday, routes: Sequence[PackedRoute]) -> Board:
    """All duties of a live plan, those of one technician beside one another, with their routes."""
    duties = [packed.duty for packed in routes]
    states = max((len(duty.runs) for duty in duties), default=1)
    lengths = ints(len(packed.ready) for packed in routes)
    return Board(
        seconds=_seconds(workday),
        legs=ints(_drives_s(workday, packed) for packed in routes),
        first_gap=np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)]),
        **_duties(duties, states),
        **_gaps(routes, states),
        **pack_visits(workday, routes),
    )


def with_route(board: Board, workday: Workday, row: int, packed: PackedRoute) -> Board:
    """The same board with another route of one duty; all that is about duties is shared."""
    start, end = board.first_gap[row].item(), board.first_gap[row + 1].item()
    columns = {**_gaps([packed], board.idle.shape[1]), **pack_visits(workday, [packed])}
    spans = {name: (start, end) if name in _OF_GAPS else (start - row, end - row - 1) for name in columns}
    legs, first_gap = board.legs.copy(), board.first_gap.copy()
    legs[row] = _drives_s(workday, packed)
    first_gap[row + 1 :] += len(packed.ready) - (end - start)
    spliced = {
        name: _spliced(getattr(board, name), *spans[name], part, NEVER_S if name == "opens" else -NEVER_S)
        for name, part in columns.items()
    }
    return board._replace(legs=legs, first_gap=first_gap, **spliced)


def on_roads(board: Board, workday: Workday) -> Board:
    """The same board with the workday's drives."""
    return board._replace(seconds=_seconds(workday))


def _seconds(workday: Workday) -> Ints:
    """As machine code was compiled for them; most often the matrix itself."""
    return np.require(workday.problem.travel.seconds, np.int64, ["C", "W"])


def _drives_s(workday: Workday, packed: PackedRoute) -> int:
    return sum(workday.drive_s(origin, place) for origin, place in pairwise(packed.places))


def _duties(duties: Sequence[Duty], states: int) -> dict[str, Ints]:
    runs = [run for duty in duties for run in _square(duty, states)]
    table = np.array(runs, dtype=np.int64).reshape(len(duties), states, states, 3)
    known: dict[str, int] = {}
    idle = np.full((len(duties), states), NEVER_S)
    idle[:, 0] = ints(duty.available_s for duty in duties)
    return {
        "technician": ints(known.setdefault(duty.technician.id, len(known)) for duty in duties),
        "origin": ints(duty.from_place for duty in duties),
        "destination": ints(duty.shift.end_place for duty in duties),
        "pace_percent": ints(duty.technician.pace_percent for duty in duties),
        "by": np.ascontiguousarray(table[..., 0]),
        "length": np.ascontiguousarray(table[..., 1]),
        "free": np.ascontiguousarray(table[..., 2]),
        "idle": idle,
        "end_by": _moments([at_end(duty) for duty in duties], states, never=-NEVER_S),
    }


def _gaps(routes: Sequence[PackedRoute], states: int) -> dict[str, Ints]:
    latest = _moments([row for packed in routes for row in packed.latest], states, never=-NEVER_S)
    return {
        "before": ints(place for packed in routes for place in packed.places[:-1]),
        "after": ints(place for packed in routes for place in packed.places[1:]),
        "ready": _moments([row for packed in routes for row in packed.ready], states, never=NEVER_S),
        "latest": latest,
        "limit": latest.max(axis=1),
    }


def _moments(rows: Sequence[States], states: int, *, never: int) -> Ints:
    """Moments of states side by side. Through float64, which has a word for None and keeps every second of the horizon."""
    padded = [row + (None,) * (states - len(row)) for row in rows]
    table = np.array(padded, dtype=np.float64).reshape(len(rows), states)
    return np.where(np.isnan(table), never, table).astype(np.int64)


def _spliced(column: NDArray[Any], start: int, end: int, part: NDArray[Any], never: int) -> NDArray[Any]:
    """A column with other rows in place of some; of two widths the narrower one is filled up."""
    if column.ndim == 2 and column.shape[1] != part.shape[1]:
        width = max(column.shape[1], part.shape[1])
        column, part = (
            np.pad(one, ((0, 0), (0, width - one.shape[1])), constant_values=never) for one in (column, part)
        )
    return np.concatenate([column[:start], part, column[end:]])


def _square(duty: Duty, states: int) -> list[tuple[int, int, int]]:
    count = len(duty.runs)
    return [
        _run(duty.runs[before][after] if max(before, after) < count else None)
        for before in range(states)
        for after in range(states)
    ]


def _run(run: BreakRun | None) -> tuple[int, int, int]:
    """One that cannot be is one that nobody is early enough for."""
    return (-NEVER_S, 0, 0) if run is None else (run.depart_by_s, run.duration_s, run.free_from_s)
