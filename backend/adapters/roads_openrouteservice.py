"""Road travel times from openrouteservice, of one's own or the public one: https://giscience.github.io/openrouteservice/api-reference/endpoints/matrix/.

It knows no traffic: `depart_at` changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import httpx

from backend.adapters.roads_tables import MAX_SNAP_M, SERVER_TIMEOUT_SECONDS, Table, side_by_pairs, tiled
from scheduling.travel import Place, TravelMatrix, TravelTimesUnavailable

OPENROUTESERVICE = "openrouteservice"
PROFILE = "driving-car"
# What a server allows in one table (its `maximum_routes`) unless it is set otherwise.
SERVER_PAIR_LIMIT = 2_500


class OpenRouteServiceRoads:
    """The port `TravelTimes` by an openrouteservice."""

    def __init__(
        self, http: httpx.AsyncClient, address: str, *, key: str = "", pair_limit: int = SERVER_PAIR_LIMIT
    ) -> None:
        """address: up to and without "/v2". key: of the public service. pair_limit: the server's maximum_routes, at least 1."""
        self._http, self._address, self._pair_limit = http, address.rstrip("/"), pair_limit
        self._headers = {"Authorization": key} if key else {}

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises TravelTimesUnavailable when the server is away or refuses, ValueError above MAX_PLACES."""
        side = side_by_pairs(len(places), self._pair_limit)
        return await tiled(places, self._ask, side=side, source=OPENROUTESERVICE)

    async def _ask(self, places: Sequence[Place], sources: range, destinations: range) -> Table:
        question = {
            "locations": [[round(place.lon, 6), round(place.lat, 6)] for place in places],
            "sources": list(sources),
            "destinations": list(destinations),
            "metrics": ["duration", "distance"],
            "units": "m",
        }
        try:
            response = await self._http.post(
                f"{self._address}/v2/matrix/{PROFILE}",
                json=question,
                headers=self._headers,
                timeout=SERVER_TIMEOUT_SECONDS,
            )
            answer = response.json()
            if response.is_error or "error" in answer:
                raise TravelTimesUnavailable(f"openrouteservice answered {response.status_code}: {_reason(answer)}")
            return Table(
                durations_s=answer["durations"],
                distances_m=answer["distances"],
                sources_off_map=[_is_off_map(place) for place in answer["sources"]],
                destinations_off_map=[_is_off_map(place) for place in answer["destinations"]],
            )
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise TravelTimesUnavailable(f"openrouteservice at {self._address} gave no table: {error!r}") from error


def _is_off_map(place: dict[str, Any] | None) -> bool:
    """It answers null for a place that it cannot put on any street."""
    return place is None or float(place.get("snapped_distance", 0.0)) > MAX_SNAP_M


def _reason(answer: Any) -> str:
    """Its own words: an object with a message, or a bare text from the gate in front of the public service."""
    error = answer.get("error", "")
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)
