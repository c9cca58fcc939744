"""Road travel times from a Valhalla server: https://valhalla.github.io/valhalla/api/matrix/api-reference/.

Valhalla refuses a whole table for one place without a street near it; which one it is, its locate service tells. Where it is set up with
traffic (and its `max_timedep_distance_matrix` allows tables by time), it wants the time of day where the places are: hence the zone.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from backend.adapters.roads_tables import MAX_SNAP_M, SERVER_TIMEOUT_SECONDS, Table, side_by_pairs, tiled
from scheduling.travel import Place, TravelMatrix, TravelTimesUnavailable

VALHALLA = "valhalla"
# What a server allows in one table unless its `max_matrix_location_pairs` says otherwise.
SERVER_PAIR_LIMIT = 2_500
# Its number of "no suitable edges near location".
NO_STREET = 171
M_PER_KM = 1000
Cell = Mapping[str, Any]  # time in seconds, distance in kilometres; null where no way leads
When = Mapping[str, Any]  # that part of a question which says when one departs
NO_WAY: Cell = {"time": None, "distance": None}


class ValhallaRoads:
    """The port `TravelTimes` by a Valhalla server."""

    def __init__(
        self, http: httpx.AsyncClient, address: str, *, pair_limit: int = SERVER_PAIR_LIMIT, zone: str | None = None
    ) -> None:
        """address: such as "http://localhost:8002". pair_limit: the server's max_matrix_location_pairs, at least 1.

        zone: IANA, of the places, to be told driving times at the hour of departure; None for those of an empty road.
        """
        self._http, self._address, self._pair_limit = http, address.rstrip("/"), pair_limit
        self._zone = ZoneInfo(zone) if zone else None

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises TravelTimesUnavailable when the server is away or refuses, ValueError above MAX_PLACES."""
        side = side_by_pairs(len(places), self._pair_limit)
        ask = partial(self._ask, when=self._when(depart_at))
        return await tiled(places, ask, side=side, source=VALHALLA)

    def _when(self, depart_at: datetime) -> When:
        """Its words for a departure at that time."""
        if self._zone is None:
            return {}
        return {"date_time": {"type": 1, "value": depart_at.astimezone(self._zone).strftime("%Y-%m-%dT%H:%M")}}

    async def _ask(self, places: Sequence[Place], sources: range, destinations: range, *, when: When) -> Table:
        try:
            on_map, answer = await self._table_on_map(places, sources, destinations, when)
            cells = iter(cell for row in answer for cell in row)
            known = [[next(cells) if on_map[a] and on_map[b] else NO_WAY for b in destinations] for a in sources]
            return Table(
                durations_s=[[cell["time"] for cell in row] for row in known],
                distances_m=[[_metres(cell["distance"]) for cell in row] for row in known],
                sources_off_map=[not on_map[index] for index in sources],
                destinations_off_map=[not on_map[index] for index in destinations],
            )
        except (AttributeError, KeyError, TypeError) as error:
            raise TravelTimesUnavailable(f"Valhalla at {self._address} gave no table: {error!r}") from error

    async def _table_on_map(
        self, places: Sequence[Place], sources: range, destinations: range, when: When
    ) -> tuple[list[bool], list[list[Cell]]]:
        """Which of the places are on the map, and the cells between those that are."""
        answer = await self._table(places, sources, destinations, when)
        if answer is not None:
            return [True] * len(places), answer
        on_map = await self._are_on_map(places)
        rows, columns = ([index for index in some if on_map[index]] for some in (sources, destinations))
        answer = await self._table(places, rows, columns, when) if rows and columns else []
        if answer is None:
            raise TravelTimesUnavailable(f"Valhalla at {self._address} refuses places that it says are on its map")
        return on_map, answer

    async def _table(
        self, places: Sequence[Place], sources: Sequence[int], destinations: Sequence[int], when: When
    ) -> list[list[Cell]] | None:
        """Rows of cells; None when one of the places has no street."""
        question = {
            "sources": [_location(places[index]) for index in sources],
            "targets": [_location(places[index]) for index in destinations],
            "costing": "auto",
            "units": "kilometers",
            **when,
        }
        answer = await self._post("sources_to_targets", question)
        if "sources_to_targets" in answer:
            return answer["sources_to_targets"]
        if answer.get("error_code") == NO_STREET:
            return None
        raise TravelTimesUnavailable(f"Valhalla answered {answer.get('error_code')}: {answer.get('error', '')}")

    async def _are_on_map(self, places: Sequence[Place]) -> list[bool]:
        answer = await self._post("locate", {"locations": [_location(place) for place in places], "costing": "auto"})
        return [bool(found.get("edges")) for found in answer]

    async def _post(self, service: str, question: dict[str, Any]) -> Any:
        try:
            response = await self._http.post(
                f"{self._address}/{service}", json=question, timeout=SERVER_TIMEOUT_SECONDS
            )
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise TravelTimesUnavailable(f"Valhalla at {self._address} gave no answer: {error!r}") from error


def _location(place: Place) -> dict[str, float]:
    return {"lat": round(place.lat, 6), "lon": round(place.lon, 6), "search_cutoff": MAX_SNAP_M}


def _metres(kilometres: float | None) -> float | None:
    return None if kilometres is None else kilometres * M_PER_KM
