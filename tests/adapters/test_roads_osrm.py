"""Road times from OSRM, in process and from a real server on the demo's streets: the same figures, and nothing invented."""

import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

import backend.demo
from backend.adapters import roads_osrm
from backend.adapters.map_osrm import OsrmHttpMap, OsrmMap
from backend.adapters.roads_osrm import OsrmHttpRoads, OsrmRoads, prepare_extract
from backend.ports import MapUnavailable, RoadMap, TravelTimes
from scheduling import NO_SOURCE, UNREACHABLE, Place, TravelTimesUnavailable

osrm = pytest.importorskip("osrm", reason="osrm-bindings has wheels for Python 3.12 and newer only")

STREETS = Path(backend.demo.__file__).parent / "streets" / "helsinki-centre.osm.pbf"
MORNING = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
STATION, HARBOUR, PARK = Place(60.1699, 24.9384), Place(60.1720, 24.9450), Place(60.1660, 24.9400)
AIRPORT = Place(60.3172, 24.9633)
# A grid over the centre: some of its points lie at streets that the clipped extract leads nowhere.
GRID = [Place(60.165 + row * 0.003, 24.937 + column * 0.004) for row in range(5) for column in range(4)]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_extract(STREETS, tmp_path_factory.mktemp("osrm"))


@pytest.fixture(scope="module")
def address(data: Path) -> Iterator[str]:
    """A real server over the same data, on a port that it chooses itself; tables of at most 8 places."""
    program = Path(osrm.__file__).parent / "bin" / "osrm-routed"
    command = [program, "-a", "mld", "-i", "127.0.0.1", "-p", "0", "-t", "1", "--max-table-size", "8", data]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout
        try:
            listening = next(found for line in server.stdout if (found := re.search(r"Listening on: (\S+)", line)))
            next(line for line in server.stdout if "waiting for requests" in line)
            yield f"http://{listening[1]}"
        finally:
            server.terminate()


@pytest.fixture(params=["in process", "server"])
async def roads(request: pytest.FixtureRequest, data: Path, address: str) -> AsyncIterator[TravelTimes]:
    if request.param == "in process":
        yield OsrmRoads(data)
    else:
        async with httpx.AsyncClient(trust_env=False) as http:
            yield OsrmHttpRoads(http, address, table_limit=8)


async def test_drives_take_plausible_times_and_know_their_source(roads: TravelTimes) -> None:
    matrix = await roads.matrix([STATION, HARBOUR, PARK], MORNING)

    assert not np.diagonal(matrix.seconds).any()
    assert 60 < matrix.seconds[0, 1] < 900
    assert 400 < matrix.metres[0, 1] < 3000
    assert matrix.seconds[0, 1] != matrix.seconds[1, 0]
    assert matrix.source(0, 1) == "osrm"


async def test_no_way_is_unreachable_and_never_zero(roads: TravelTimes) -> None:
    matrix = await roads.matrix(GRID, MORNING)

    between = ~np.eye(len(GRID), dtype=bool)
    assert (matrix.seconds[between] > 0).all()
    assert (matrix.seconds == UNREACHABLE).any()
    assert ((matrix.seconds == UNREACHABLE) == (matrix.metres == UNREACHABLE)).all()
    assert matrix.known.all()


async def test_a_place_that_is_not_on_the_map_is_unknown_not_near(roads: TravelTimes) -> None:
    matrix = await roads.matrix([STATION, AIRPORT], MORNING)

    assert matrix.seconds.tolist() == [[0, UNREACHABLE], [UNREACHABLE, 0]]
    assert matrix.source(0, 1) == NO_SOURCE
    assert matrix.known.tolist() == [[True, False], [False, True]]


async def test_no_places_make_an_empty_matrix(roads: TravelTimes) -> None:
    assert (await roads.matrix([], MORNING)).place_count == 0


async def test_the_server_in_tiles_and_the_engine_at_once_give_the_same(data: Path, address: str) -> None:
    at_once = await OsrmRoads(data).matrix(GRID, MORNING)

    async with httpx.AsyncClient(trust_env=False) as http:
        in_tiles = await OsrmHttpRoads(http, address, table_limit=8).matrix(GRID, MORNING)

    assert (at_once.seconds == in_tiles.seconds).all()
    assert (at_once.metres == in_tiles.metres).all()


async def test_the_engine_in_tiles_and_at_once_give_the_same(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = await OsrmRoads(data).matrix(GRID, MORNING)

    monkeypatch.setattr(roads_osrm, "IN_PROCESS_TABLE_LIMIT", 7)

    assert (await OsrmRoads(data).matrix(GRID, MORNING)).seconds.tolist() == at_once.seconds.tolist()


def test_an_extract_is_prepared_once(data: Path) -> None:
    before = data.with_name("streets.osrm.mldgr").stat().st_mtime_ns

    again = prepare_extract(STREETS, data.parent.parent)

    assert again == data
    assert again.with_name("streets.osrm.mldgr").stat().st_mtime_ns == before
    assert [path.name for path in data.parent.parent.iterdir()] == [data.parent.name]


def test_what_is_no_extract_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(b"no map")

    with pytest.raises(TravelTimesUnavailable, match="osrm-extract failed"):
        prepare_extract(broken, tmp_path / "cache")

    assert list((tmp_path / "cache").iterdir()) == []


def test_missing_data_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(TravelTimesUnavailable, match="cannot read"):
        OsrmRoads(tmp_path / "nothing.osrm")


async def test_a_server_that_is_away_is_unavailable() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(refuse)) as http:
        with pytest.raises(TravelTimesUnavailable):
            await OsrmHttpRoads(http, "http://roads").matrix([STATION], MORNING)


async def test_a_table_over_the_servers_limit_is_unavailable_with_its_word(address: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(TravelTimesUnavailable, match="TooBig"):
            await OsrmHttpRoads(http, address, table_limit=100).matrix(GRID, MORNING)


@pytest.fixture(params=["in process", "server"])
async def road_map(request: pytest.FixtureRequest, data: Path, address: str) -> AsyncIterator[RoadMap]:
    if request.param == "in process":
        yield OsrmMap(OsrmRoads(data))
    else:
        async with httpx.AsyncClient(trust_env=False) as http:
            yield OsrmHttpMap(http, address)


async def test_a_map_has_tiles_of_the_roads_and_ways_along_them(road_map: RoadMap) -> None:
    way = await road_map.way([STATION, HARBOUR, STATION])
    tile = await road_map.tile(14, 9327, 4742)

    assert len(way) > 10
    assert all(24.9 < lon < 25.0 and 60.1 < lat < 60.2 for lon, lat in way)
    assert b"speeds" in tile


async def test_a_map_of_nowhere_says_so() -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        with pytest.raises(MapUnavailable):
            await OsrmHttpMap(http, "http://127.0.0.1:9").tile(14, 9327, 4742)
