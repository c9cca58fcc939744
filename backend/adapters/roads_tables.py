"""What the table services of road engines have in common: a matrix is put together from tables no larger than a server allows.

Null means that no way leads there and is kept as UNREACHABLE, never as 0. A place that is on no map is known to nobody.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from scheduling.travel import MAX_PLACES, NO_SOURCE, UNREACHABLE, Place, TravelMatrix

# A place farther from every street than this is not on the map: an engine would give it the times of wherever it snapped to.
MAX_SNAP_M = 500.0
SERVER_TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Table:
    """An answer for some sources (rows) and destinations (columns); None = no way. *_off_map: on no street of the map."""

    durations_s: Sequence[Sequence[float | None]]
    distances_m: Sequence[Sequence[float | None]]
    sources_off_map: Sequence[bool]
    destinations_off_map: Sequence[bool]


# Asks for one tile: all its coordinates, and which of them are sources and destinations.
Ask = Callable[[Sequence[Place], range, range], Awaitable[Table]]


def side_by_places(count: int, limit: int) -> int:
    """The side of a tile where a server counts places, sources and destinations together; limit: ≥ 2."""
    return count if count <= limit else limit // 2


def side_by_pairs(count: int, limit: int) -> int:
    """The side of a tile where a server counts pairs of sources and destinations; limit: ≥ 1."""
    return min(count, isqrt(limit))


async def tiled(places: Sequence[Place], ask: Ask, *, side: int, source: str) -> TravelMatrix:
    """All pairs, from tables of at most side × side. source: the name of who answers. Raises ValueError above MAX_PLACES."""
    if len(places) > MAX_PLACES:
        raise ValueError(f"{len(places)} places exceed the limit of {MAX_PLACES}: split them by territory")
    seconds = np.full((len(places), len(places)), UNREACHABLE, dtype=np.int64)
    metres = seconds.copy()
    off_map = np.zeros(len(places), dtype=np.bool_)
    for rows, columns in _tiles(len(places), side):
        wanted = list(dict.fromkeys([*rows, *columns]))
        sources, destinations = range(len(rows)), range(len(wanted) - len(columns), len(wanted))
        table = await ask([places[index] for index in wanted], sources, destinations)
        seconds[rows.start : rows.stop, columns.start : columns.stop] = _whole(table.durations_s)
        metres[rows.start : rows.stop, columns.start : columns.stop] = _whole(table.distances_m)
        off_map[rows.start : rows.stop] = table.sources_off_map
        off_map[columns.start : columns.stop] = table.destinations_off_map
    return _matrix(seconds, metres, off_map, source)


def _tiles(count: int, side: int) -> Iterable[tuple[range, range]]:
    """Blocks of rows and columns; one block when everything fits."""
    blocks = [range(start, min(start + side, count)) for start in range(0, count, side or 1)]
    return ((rows, columns) for rows in blocks for columns in blocks)


def _matrix(
    seconds: NDArray[np.int64], metres: NDArray[np.int64], off_map: NDArray[np.bool_], source: str
) -> TravelMatrix:
    """Forget the figures of places that are not on the map; a place is always at no distance from itself."""
    unknown = off_map[:, None] | off_map[None, :]
    np.fill_diagonal(unknown, val=False)
    for figures in (seconds, metres):
        figures[unknown] = UNREACHABLE
        np.fill_diagonal(figures, 0)
    # Where only one of the two is known there is a way, and it is not known how long: that is no way to plan with.
    nowhere = (seconds >= UNREACHABLE) | (metres >= UNREACHABLE)
    seconds[nowhere] = metres[nowhere] = UNREACHABLE
    index = unknown.astype(np.uint8)
    return TravelMatrix(seconds=seconds, metres=metres, sources=(source, NO_SOURCE), source_index=index)


def _whole(figures: Sequence[Sequence[float | None]]) -> NDArray[np.int64]:
    rows = [[UNREACHABLE if figure is None else round(figure) for figure in row] for row in figures]
    return np.array(rows, dtype=np.int64)
