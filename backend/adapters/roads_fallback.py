"""Travel times from the best source that answers, figure by figure; each figure keeps the name of its source.

A source that failed is left alone for a while, so that nobody waits for it at every question, and is asked again after that.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np

from backend.kernel.clock import Clock
from backend.ports import TravelTimes
from scheduling.travel import Place, TravelMatrix, TravelTimesUnavailable

_log = logging.getLogger(__name__)

# Longer than a slow answer, shorter than anybody would put up with estimates once the roads are back.
PAUSE = timedelta(seconds=30)


class FallbackRoads:
    """The port `TravelTimes` over two others: where the first does not answer, or does not know a place, the second does.

    What the first calls unreachable stays so: that is an answer.
    """

    def __init__(self, primary: TravelTimes, fallback: TravelTimes, clock: Clock) -> None:
        self._primary, self._fallback, self._clock = primary, fallback, clock
        self._failed_at: datetime | None = None

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises what the fallback raises."""
        if self._failed_at is not None and self._clock.now() < self._failed_at + PAUSE:
            return await self._fallback.matrix(places, depart_at)
        try:
            best = await self._primary.matrix(places, depart_at)
        except TravelTimesUnavailable as reason:
            if self._failed_at is None:
                _log.warning("travel times are estimates until it answers: %s", reason)
            self._failed_at = self._clock.now()
            return await self._fallback.matrix(places, depart_at)
        if self._failed_at is not None:
            _log.warning("travel times are from the roads again")
            self._failed_at = None
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
