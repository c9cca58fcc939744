"""Small road servers on loopback that answer in the shapes, and with the refusals, of the real ones."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from scheduling import Place, great_circle_m

SPEED_M_S = 10.0
# From here no way leads anywhere, and none leads here.
ISLAND = Place(60.1500, 24.9900)
# Farther north than this there is no map.
NORTH_END = 60.2


@dataclass
class RoadServer:
    """answers: path → what is answered to a body and the request's key. asked: every path, in order; departures: every time that was named."""

    answers: dict[str, Callable[[Any, str | None], tuple[int, Any]]]
    asked: list[str] = field(default_factory=list)
    departures: list[str] = field(default_factory=list)
    address: str = ""


@contextmanager
def serving(server: RoadServer) -> Iterator[RoadServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            server.asked.append(self.path)
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status, answer = server.answers[self.path](body, self.headers["authorization"])
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=listening.serve_forever)
    thread.start()
    server.address = f"http://127.0.0.1:{listening.server_port}"
    try:
        yield server
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def valhalla(pair_limit: int, *, slow_from: int = 24) -> RoadServer:
    """As Valhalla 3: cells of time and distance in kilometres; one place without a street spoils the table.

    slow_from: the hour from which on everything takes twice as long, for who asks with a time.
    """
    server = RoadServer({})

    def matrix(body: Any, key: str | None) -> tuple[int, Any]:
        pace = 1
        if (when := body.get("date_time")) is not None:
            assert when["type"] == 1, "a departure that is named"
            server.departures.append(when["value"])
            pace = 2 if int(when["value"][11:13]) >= slow_from else 1
        sources, targets = ([_of_valhalla(one) for one in body[name]] for name in ("sources", "targets"))
        if len(sources) * len(targets) > pair_limit:
            return 400, _refusal(150, f"Exceeded max location pairs: {pair_limit}")
        if any(not _on_map(one, body["sources"][0]["search_cutoff"]) for one in [*sources, *targets]):
            return 400, _refusal(171, "No suitable edges near location")
        rows = [
            [{"from_index": a, "to_index": b, **_paced(_cell(origin, place), pace)} for b, place in enumerate(targets)]
            for a, origin in enumerate(sources)
        ]
        return 200, {"algorithm": "costmatrix", "units": "kilometers", "sources_to_targets": rows}

    def locate(body: Any, key: str | None) -> tuple[int, Any]:
        return 200, [
            {
                "input_lat": one["lat"],
                "input_lon": one["lon"],
                "nodes": None,
                "edges": [{"way_id": 7, "correlated_lat": one["lat"], "percent_along": 0.5}]
                if _on_map(_of_valhalla(one), one["search_cutoff"])
                else None,
            }
            for one in body["locations"]
        ]

    server.answers.update({"/sources_to_targets": matrix, "/locate": locate})
    return server


def _paced(cell: dict[str, Any], pace: int) -> dict[str, Any]:
    return cell | {"time": cell["time"] and pace * cell["time"]}


def openrouteservice(pair_limit: int, key: str) -> RoadServer:
    """As openrouteservice 9: rows of seconds and metres, null where no way leads or the place is on no street."""

    def matrix(body: Any, given: str | None) -> tuple[int, Any]:
        if given != key:
            return 403, {"error": "Access to this API has been disallowed"}
        assert body["units"] == "m", "without it distances come in metres only by luck"
        places = [Place(lat, lon) for lon, lat in body["locations"]]
        sources, destinations = ([places[n] for n in body[name]] for name in ("sources", "destinations"))
        if len(sources) * len(destinations) > pair_limit:
            message = f"Request parameters exceed the server configuration limits. Only a total of {pair_limit} routes"
            return 400, {"error": {"code": 6004, "message": message}, "info": {"engine": {"version": "9.0.0"}}}
        cells = [[_cell(origin, place) for place in destinations] for origin in sources]
        return 200, {
            "durations": [[cell["time"] for cell in row] for row in cells],
            "distances": [[cell["distance"] and cell["distance"] * 1000 for cell in row] for row in cells],
            "sources": [_snapped(place) for place in sources],
            "destinations": [_snapped(place) for place in destinations],
            "metadata": {"service": "matrix", "attribution": "openrouteservice.org | OpenStreetMap contributors"},
        }

    return RoadServer({"/v2/matrix/driving-car": matrix})


def drive_s(origin: Place, place: Place) -> int:
    """What both say of a drive between two places that have a way; north is uphill."""
    return round(great_circle_m(origin, place) / SPEED_M_S) + (60 if place.lat > origin.lat else 0)


def _cell(origin: Place, place: Place) -> dict[str, float | None]:
    if origin == place:
        return {"time": 0, "distance": 0.0}
    if ISLAND in (origin, place) or not (_on_map(origin) and _on_map(place)):
        return {"time": None, "distance": None}
    return {"time": drive_s(origin, place), "distance": round(great_circle_m(origin, place) / 1000, 3)}


def _on_map(place: Place, cutoff_m: float = 500) -> bool:
    return place.lat <= NORTH_END or cutoff_m > 10_000


def _snapped(place: Place) -> dict[str, Any] | None:
    return {"location": [place.lon, place.lat], "snapped_distance": 4.2} if _on_map(place) else None


def _of_valhalla(location: dict[str, float]) -> Place:
    return Place(location["lat"], location["lon"])


def _refusal(code: int, text: str) -> dict[str, Any]:
    return {"error_code": code, "error": text, "status_code": 400, "status": "Bad Request"}
