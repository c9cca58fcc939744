"""Travel times from the best source that answers, figure by figure; each figure keeps the name of its source."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from backend.ports import TravelTimes
from scheduling.travel import Place, TravelMatrix, TravelTimesUnavailable

_log = logging.getLogger(__name__)


class FallbackRoads:
    """The port `TravelTimes` over two others: where the first does not answer, or does not know a place, the second does.

    What the first calls unreachable stays so: that is an answer.
    """

    def __init__(self, primary: TravelTimes, fallback: TravelTimes) -> None:
        self._primary, self._fallback = primary, fallback

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises what the fallback raises."""
        try:
            best = await self._primary.matrix(places, depart_at)
        except TravelTimesUnavailable as reason:
            _log.warning("travel times are estimates until it answers: %s", reason)
            return await self._fallback.matrix(places, depart_at)
        if best.known.all():
            return best
        return _fill(best, await self._fallback.matrix(places, depart_at))


def _fill(best: TravelMatrix, second: TravelMatrix) -> TravelMatrix:
    """The figures that the first matrix does not know, from the second."""
    known = best.known
    return replace(
        best,
        seconds=np.where(known, best.seconds, second.seconds),
        metres=np.where(known, best.metres, second.metres),
        sources=best.sources + second.sources,
        source_index=np.where(known, best.source_index, second.source_index + len(best.sources)).astype(np.uint8),
    )
