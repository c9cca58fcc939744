"""Traffic by the hour: each pair at its slowest, and it is said that it is."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

from backend.adapters.roads_by_hour import SlowestHourRoads
from backend.adapters.roads_valhalla import ValhallaRoads
from backend.parts import open_parts
from backend.settings import BadSetting, Settings
from scheduling import NO_SOURCE, UNREACHABLE, Place, TravelMatrix
from tests.adapters.road_servers import drive_s, serving, valhalla

HELSINKI = "Europe/Helsinki"
PLACES = [Place(60.165, 24.937), Place(60.168, 24.941)]
MIDNIGHT = datetime(2026, 5, 31, 21, 0, tzinfo=UTC)  # of the first of June in Helsinki
PAIR_LIMIT = 25


class RushHours:
    """Twice as long at eight, three times at four; at noon nobody knows the way back."""

    def __init__(self) -> None:
        self.asked: list[datetime] = []

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        self.asked.append(depart_at)
        hour = (depart_at.hour + 3) % 24
        there = 100 * {8: 2, 16: 3}.get(hour, 1)
        seconds = np.array([[0, there], [there + 50, 0]], dtype=np.int64)
        index = np.zeros((2, 2), dtype=np.uint8)
        if hour == 12:
            seconds[1, 0], index[1, 0] = UNREACHABLE, 1
        return TravelMatrix(seconds=seconds, metres=seconds * 10, sources=("live", NO_SOURCE), source_index=index)


async def test_each_pair_is_at_its_slowest_and_says_so() -> None:
    roads = RushHours()

    matrix = await SlowestHourRoads(roads, HELSINKI).matrix(PLACES, MIDNIGHT)

    assert [moment.hour for moment in roads.asked] == [5, 9, 13]
    assert (matrix.seconds[0, 1], matrix.metres[0, 1], matrix.source(0, 1)) == (300, 3000, "live_slowest_hour")
    assert (matrix.seconds[1, 0], matrix.source(1, 0)) == (UNREACHABLE, NO_SOURCE)
    assert matrix.used_sources == ("live_slowest_hour", NO_SOURCE)


async def test_hours_that_are_over_are_not_asked_for() -> None:
    roads, noon = RushHours(), MIDNIGHT.replace(day=1, hour=9, minute=30)

    await SlowestHourRoads(roads, HELSINKI).matrix(PLACES, noon)
    await SlowestHourRoads(roads, HELSINKI).matrix(PLACES, noon.replace(hour=18))

    assert roads.asked == [noon.replace(hour=13, minute=0), noon.replace(hour=18)]


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield http


async def test_valhalla_is_asked_for_the_hour_in_the_zone_of_its_places(http: httpx.AsyncClient) -> None:
    with serving(valhalla(PAIR_LIMIT, slow_from=15)) as server:
        roads = SlowestHourRoads(ValhallaRoads(http, server.address, zone=HELSINKI), HELSINKI)

        matrix = await roads.matrix(PLACES, MIDNIGHT)

    assert sorted(server.departures) == ["2026-06-01T08:00", "2026-06-01T12:00", "2026-06-01T16:00"]
    assert matrix.seconds[0, 1] == 2 * drive_s(*PLACES)


async def test_a_deployment_with_a_zone_for_traffic_gets_the_slowest_hour(tmp_path: Path) -> None:
    with serving(valhalla(PAIR_LIMIT)) as server:
        async with open_parts(Settings(data_dir=tmp_path, valhalla_url=server.address, traffic_zone=HELSINKI)) as parts:
            matrix = await parts.roads.matrix(PLACES, MIDNIGHT)

    assert matrix.source(0, 1) == "valhalla_slowest_hour"


async def test_traffic_is_refused_where_nobody_knows_it(tmp_path: Path) -> None:
    for wrong in (
        Settings(data_dir=tmp_path, osrm_url="http://a", traffic_zone=HELSINKI),
        Settings(data_dir=tmp_path, valhalla_url="http://a", traffic_zone="Mars"),
    ):
        with pytest.raises(BadSetting):
            async with open_parts(wrong):
                pass
