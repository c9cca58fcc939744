"""Travel times that were asked for before: whole matrices by the hour of departure, and any part of one.

A supplier may know traffic by the hour, so that the same places at another hour are another question. What is remembered is
bounded in memory and in age, as maps and traffic change.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from backend.kernel.clock import Clock
from backend.ports import TravelTimes
from scheduling.travel import Place, TravelMatrix

FRESH = timedelta(hours=1)
# Two int64 and one byte for each pair: 4 million pairs are 68 MB, some ten territories of 600 places each.
MOST_PAIRS = 4_000_000


@dataclass(frozen=True, slots=True)
class _Known:
    matrix: TravelMatrix
    indexes: Mapping[Place, int]
    asked_at: datetime


class CachedRoads:
    """The port `TravelTimes` by another one, which is asked only for what is not known, or known for too long."""

    def __init__(self, roads: TravelTimes, clock: Clock, *, most_pairs: int = MOST_PAIRS) -> None:
        """most_pairs: how much is remembered; the longest unused is forgotten first."""
        self._roads, self._clock, self._most_pairs = roads, clock, most_pairs
        self._known: OrderedDict[tuple[datetime, frozenset[Place]], _Known] = OrderedDict()

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises what the other one raises; that is not remembered."""
        hour = depart_at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        known = self._find(hour, frozenset(places))
        if known is None:
            found = await self._roads.matrix(places, depart_at)
            self._remember(hour, places, found)
            return found
        order = np.array([known.indexes[place] for place in places], dtype=np.intp)
        cells = np.ix_(order, order)
        whole = known.matrix
        return TravelMatrix(
            seconds=whole.seconds[cells],
            metres=whole.metres[cells],
            sources=whole.sources,
            source_index=whole.source_index[cells],
        )

    def _find(self, hour: datetime, places: frozenset[Place]) -> _Known | None:
        """A fresh matrix of this hour that holds all these places."""
        oldest = self._clock.now() - FRESH
        for key in [key for key, known in self._known.items() if known.asked_at < oldest]:
            del self._known[key]
        for key in reversed(self._known):
            if key[0] == hour and places <= key[1]:
                self._known.move_to_end(key)
                return self._known[key]
        return None

    def _remember(self, hour: datetime, places: Sequence[Place], matrix: TravelMatrix) -> None:
        """What is within the new one is not needed any more."""
        whole = frozenset(places)
        for key in [key for key in self._known if key[0] == hour and key[1] <= whole]:
            del self._known[key]
        indexes = {place: index for index, place in enumerate(places)}
        self._known[hour, whole] = _Known(matrix, indexes, self._clock.now())
        while sum(known.matrix.seconds.size for known in self._known.values()) > self._most_pairs:
            self._known.popitem(last=False)
