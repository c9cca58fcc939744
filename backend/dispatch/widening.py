"""A new customer's place on a day whose driving times are known: only the ways to it and from it are asked for, not all of them again."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import numpy as np

from backend.ports import TravelTimes
from scheduling import UNREACHABLE, Place, TravelMatrix

# Tables of fifty places: what any supplier answers in one question.
TABLE = 50
MOST_NEW = 10  # more new places at a time are another day


async def widened(
    roads: TravelTimes, travel: TravelMatrix, places: Sequence[Place], depart_at: datetime
) -> TravelMatrix:
    """The travel figures of all these places. travel: of the first of them; at most MOST_NEW are new. Raises what the roads raise."""
    known, new = places[: travel.place_count], places[travel.place_count :]
    size = TABLE - len(new)
    groups = [range(start, min(start + size, len(known))) for start in range(0, len(known), size)]
    tables = await asyncio.gather(*(roads.matrix([*(known[at] for at in group), *new], depart_at) for group in groups))
    return _joined(travel, list(zip(groups, tables, strict=True)), len(new))


def _joined(travel: TravelMatrix, parts: Sequence[tuple[range, TravelMatrix]], new: int) -> TravelMatrix:
    """parts: known places with the new ones behind them, and the figures of all of these."""
    count = travel.place_count
    names = list(dict.fromkeys((*travel.sources, *(name for _, part in parts for name in part.sources))))
    seconds, metres = (np.full((count + new, count + new), UNREACHABLE, dtype=np.int64) for _ in range(2))
    index = np.zeros(seconds.shape, dtype=np.uint8)
    seconds[:count, :count], metres[:count, :count] = travel.seconds, travel.metres
    index[:count, :count] = travel.source_index  # names begin with those of the whole
    for at, part in parts:
        renamed = np.array([names.index(name) for name in part.sources], dtype=np.uint8)
        for whole, figures in ((seconds, part.seconds), (metres, part.metres), (index, renamed[part.source_index])):
            whole[at.start : at.stop, count:] = figures[: len(at), len(at) :]
            whole[count:, at.start : at.stop] = figures[len(at) :, : len(at)]
            whole[count:, count:] = figures[len(at) :, len(at) :]
    return TravelMatrix(seconds=seconds, metres=metres, sources=tuple(names), source_index=index)
