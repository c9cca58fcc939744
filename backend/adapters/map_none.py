"""The port `RoadMap` where nobody has a map: neither OSRM nor streets are configured."""

from collections.abc import Sequence

from backend.ports import NoRoadMap, Way
from scheduling.travel import Place


class NoMap:
    async def tile(self, zoom: int, x: int, y: int) -> bytes:
        raise NoRoadMap

    async def way(self, places: Sequence[Place]) -> Way:
        raise NoRoadMap
