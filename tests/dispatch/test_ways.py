"""The day's routes as lines: along the roads where there is a map, straight where there is none."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from backend.adapters.map_none import NoMap
from backend.dispatch import service as dispatch
from backend.dispatch.routes import ROUTES
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.ports import RoadMap, Way
from scheduling.travel import Place
from tests.factories.callers import calling
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio


class Corners:
    """A town of right angles: roads lead east first, then north."""

    async def tile(self, zoom: int, x: int, y: int) -> bytes:
        return f"{zoom}/{x}/{y}".encode()

    async def way(self, places: Sequence[Place]) -> Way:
        return [(place.lon, place.lat) for place in places for _ in range(2)]


async def ways(database: Database, road_map: RoadMap) -> tuple[Any, list[Any]]:
    """What is answered of a day with two jobs of one technician, and the starts of those as planned."""
    async with database.transaction(SYSTEM, "test") as tx:
        [technician] = await make_team(tx, 1)
        late, early = await make_jobs(tx, technician.territory_id, 2)
        for job, hours in ((late, 3), (early, 1)):
            await dispatch.plan_job(tx, job.id, technician_id=technician.id, start=MONDAY + timedelta(hours=hours))
    day = MONDAY.date().isoformat()
    async with calling(database, ROUTES, SUPERVISOR, road_map=road_map) as http:
        answer = await http.get(f"/api/v1/territories/{technician.territory_id}/days/{day}/ways")
    assert answer.status_code == 200, answer.text
    return answer.json(), [technician, early, late]


async def test_a_route_leads_from_home_over_the_jobs_in_order_and_back(database: Database):
    found, [technician, *_] = await ways(database, Corners())

    [way] = found["items"]
    home = [technician.home_longitude, technician.home_latitude]
    assert (way["technician_id"], found["on_roads"]) == (str(technician.id), True)
    assert (way["line"][0], way["line"][-1], len(way["line"])) == (home, home, 8)


async def test_without_a_map_lines_are_straight_and_say_so(database: Database):
    found, _ = await ways(database, NoMap())

    assert (found["on_roads"], len(found["items"][0]["line"])) == (False, 4)


async def test_tiles_are_handed_on_and_kept_by_browsers_only(database: Database):
    async with calling(database, ROUTES, SUPERVISOR, road_map=Corners()) as http:
        tile = await http.get("/api/v1/road-tiles/14/9326/4744")
        beyond = await http.get("/api/v1/road-tiles/2/4/0")

    assert (tile.status_code, tile.content) == (200, b"14/9326/4744")
    assert tile.headers["cache-control"] == "max-age=86400, private"
    assert (beyond.status_code, beyond.json()["code"]) == (404, "no_such_tile")


async def test_where_there_is_no_map_tiles_are_not_to_be_had(database: Database):
    async with calling(database, ROUTES, SUPERVISOR, road_map=NoMap()) as http:
        answer = await http.get("/api/v1/road-tiles/14/9326/4744")

    assert (answer.status_code, answer.json()["code"]) == (404, "no_road_map")
