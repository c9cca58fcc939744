"""Driving times where a supplier knows traffic by the hour: the slowest of a working day, as the planner has one figure for each pair.

A route that holds at the slowest hour holds at every other; what is lost is that technicians are told to be there a little later than they
are. The name of the source says so (`valhalla_slowest_hour`), wherever figures are shown with it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import numpy as np

from backend.ports import TravelTimes
from scheduling.travel import NO_SOURCE, Place, TravelMatrix

# The peaks of the morning and of the afternoon, and noon, when shops are supplied. Each hour is one more table to ask for.
HOURS = (8, 12, 16)
SLOWEST_HOUR = "_slowest_hour"


class SlowestHourRoads:
    """The port `TravelTimes` by another one that knows what hour it is."""

    def __init__(self, roads: TravelTimes, zone: str) -> None:
        """zone: IANA, in which the hours count."""
        self._roads, self._zone = roads, ZoneInfo(zone)

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs, each at its slowest of those hours of the local day that are still to come, or at the departure when none is.

        A pair that has no way, or no answer, at one of them has none. Raises what the other one raises.
        """
        moments = [moment for hour in HOURS if (moment := self._at(depart_at, hour)) >= depart_at] or [depart_at]
        first, *rest = await asyncio.gather(*(self._roads.matrix(places, moment) for moment in moments))
        slowest = first
        for other in rest:
            slowest = _slower(slowest, other)
        return replace(slowest, sources=tuple(name and f"{name}{SLOWEST_HOUR}" for name in slowest.sources))

    def _at(self, depart_at: datetime, hour: int) -> datetime:
        """That hour of the local day of the departure."""
        day = depart_at.astimezone(self._zone).date()
        return datetime.combine(day, time(hour), self._zone).astimezone(UTC)


def _slower(one: TravelMatrix, other: TravelMatrix) -> TravelMatrix:
    """For each pair the figures of the slower one; a pair that one of them does not know is unknown."""
    takes_other = (other.seconds > one.seconds) | ~other.known
    takes_other &= one.known
    index = np.where(takes_other, other.source_index + len(one.sources), one.source_index).astype(np.uint8)
    sources = list(dict.fromkeys((*one.sources, *other.sources, NO_SOURCE)))
    renamed = np.array([sources.index(name) for name in (*one.sources, *other.sources)], dtype=np.uint8)
    return TravelMatrix(
        seconds=np.where(takes_other, other.seconds, one.seconds),
        metres=np.where(takes_other, other.metres, one.metres),
        sources=tuple(sources),
        source_index=renamed[index],
    )
