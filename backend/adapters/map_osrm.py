"""The map of roads from OSRM: its vector tiles, and ways along the roads; in this process or from `osrm-routed`.

Both by the services described at https://project-osrm.org/docs/v5.24.0/api/#tile-service and #route-service. A tile has the
layer `speeds` with the roads, from zoom 12 on; the data are OpenStreetMap's, which whoever shows them says.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from backend.adapters.roads_osrm import OsrmRoads
from backend.adapters.roads_tables import SERVER_TIMEOUT_SECONDS
from backend.ports import MapUnavailable, Way
from scheduling.travel import Place


class OsrmMap:
    """The port `RoadMap` by the engine of `roads`."""

    def __init__(self, roads: OsrmRoads) -> None:
        self._osrm, self._engine = roads.bindings, roads.engine

    async def tile(self, zoom: int, x: int, y: int) -> bytes:
        return await asyncio.to_thread(self._tile, zoom, x, y)

    async def way(self, places: Sequence[Place]) -> Way:
        return await asyncio.to_thread(self._way, places)

    def _tile(self, zoom: int, x: int, y: int) -> bytes:
        try:
            return bytes(self._engine.Tile(self._osrm.TileParameters(x, y, zoom)))
        except RuntimeError as error:
            raise MapUnavailable(reason=str(error)) from error

    def _way(self, places: Sequence[Place]) -> Way:
        parameters = self._osrm.RouteParameters(
            coordinates=[(place.lon, place.lat) for place in places],
            geometries="geojson",
            overview="full",
            generate_hints=False,
        )
        try:
            return _read(self._engine.Route(parameters))
        except (RuntimeError, KeyError, IndexError) as error:
            raise MapUnavailable(reason=str(error)) from error


class OsrmHttpMap:
    """The port `RoadMap` by an `osrm-routed` server."""

    def __init__(self, http: httpx.AsyncClient, address: str) -> None:
        """address: such as "http://localhost:5000"."""
        self._http, self._address = http, address.rstrip("/")

    async def tile(self, zoom: int, x: int, y: int) -> bytes:
        return (await self._get(f"tile/v1/driving/tile({x},{y},{zoom}).mvt")).content

    async def way(self, places: Sequence[Place]) -> Way:
        coordinates = ";".join(f"{place.lon:.6f},{place.lat:.6f}" for place in places)
        answer = await self._get(
            f"route/v1/driving/{coordinates}?geometries=geojson&overview=full&generate_hints=false"
        )
        try:
            return _read(answer.json())
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise MapUnavailable(reason=repr(error)) from error

    async def _get(self, path: str) -> httpx.Response:
        try:
            answer = await self._http.get(f"{self._address}/{path}", timeout=SERVER_TIMEOUT_SECONDS)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise MapUnavailable(reason=repr(error)) from error
        return answer


def _read(answer: Any) -> Way:
    return [(float(lon), float(lat)) for lon, lat in answer["routes"][0]["geometry"]["coordinates"]]
