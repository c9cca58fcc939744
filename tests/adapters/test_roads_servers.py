"""Road times from Valhalla and openrouteservice: the same port over two services, sized to what each of them allows."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import numpy as np
import pytest

from backend.adapters.roads_openrouteservice import OpenRouteServiceRoads
from backend.adapters.roads_valhalla import ValhallaRoads
from backend.parts import open_parts
from backend.ports import TravelTimes
from backend.settings import BadSetting, Settings
from scheduling import NO_SOURCE, UNREACHABLE, Place, TravelTimesUnavailable
from tests.adapters.road_servers import ISLAND, RoadServer, drive_s, openrouteservice, serving, valhalla

MORNING = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
PLACES = [Place(60.165 + row * 0.003, 24.937 + column * 0.004) for row in range(4) for column in range(3)]
BEYOND = Place(60.3172, 24.9633)
PAIR_LIMIT, KEY = 25, "a-key"
KINDS = ["valhalla", "openrouteservice"]


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def server(kind: str) -> Iterator[RoadServer]:
    with serving(valhalla(PAIR_LIMIT) if kind == "valhalla" else openrouteservice(PAIR_LIMIT, KEY)) as server:
        yield server


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as http:
        yield http


def roads_of(kind: str, http: httpx.AsyncClient, address: str, pair_limit: int = PAIR_LIMIT) -> TravelTimes:
    if kind == "valhalla":
        return ValhallaRoads(http, address, pair_limit=pair_limit)
    return OpenRouteServiceRoads(http, address, key=KEY, pair_limit=pair_limit)


@pytest.fixture
def roads(kind: str, server: RoadServer, http: httpx.AsyncClient) -> TravelTimes:
    return roads_of(kind, http, server.address)


async def test_every_pair_has_its_figures_in_seconds_and_metres(kind: str, roads: TravelTimes) -> None:
    matrix = await roads.matrix(PLACES, MORNING)

    assert matrix.seconds.tolist() == [[0 if a == b else drive_s(a, b) for b in PLACES] for a in PLACES]
    assert 200 < matrix.metres[0, 1] < 300
    assert not np.diagonal(matrix.seconds).any()
    assert matrix.source(0, 1) == kind


async def test_no_table_is_larger_than_the_server_allows(roads: TravelTimes, server: RoadServer) -> None:
    await roads.matrix(PLACES, MORNING)

    # 12 places in tiles of 5 × 5 pairs.
    assert len(server.asked) == 9


async def test_null_is_unreachable_and_never_zero(kind: str, roads: TravelTimes) -> None:
    matrix = await roads.matrix([*PLACES[:2], ISLAND], MORNING)

    assert matrix.seconds[:, 2].tolist() == [UNREACHABLE, UNREACHABLE, 0]
    assert matrix.metres[2, :].tolist() == [UNREACHABLE, UNREACHABLE, 0]
    assert matrix.source(0, 2) == kind
    assert matrix.known.all()


async def test_a_place_on_no_street_is_unknown_and_the_others_keep_their_figures(roads: TravelTimes) -> None:
    matrix = await roads.matrix([PLACES[0], BEYOND, *PLACES[1:8]], MORNING)

    assert matrix.seconds[0, 2] == drive_s(PLACES[0], PLACES[1])
    assert matrix.seconds[8, 0] == drive_s(PLACES[7], PLACES[0])
    assert matrix.source(0, 1) == matrix.source(1, 8) == NO_SOURCE
    assert matrix.known.sum() == 9 * 9 - 2 * 8


async def test_places_on_no_street_alone_are_unknown(roads: TravelTimes) -> None:
    matrix = await roads.matrix([BEYOND, Place(60.4, 24.9)], MORNING)

    assert matrix.known.tolist() == [[True, False], [False, True]]


async def test_no_places_make_an_empty_matrix(roads: TravelTimes) -> None:
    assert (await roads.matrix([], MORNING)).place_count == 0


async def test_a_table_over_the_servers_limit_is_unavailable_with_its_word(
    kind: str, server: RoadServer, http: httpx.AsyncClient
) -> None:
    with pytest.raises(TravelTimesUnavailable, match=r"[Ee]xceed"):
        await roads_of(kind, http, server.address, pair_limit=1000).matrix(PLACES, MORNING)


async def test_a_server_that_is_away_or_talks_nonsense_is_unavailable(kind: str) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    for answer in (
        refuse,
        lambda request: httpx.Response(502, text="<html>"),
        lambda request: httpx.Response(200, json=[]),
    ):
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
            with pytest.raises(TravelTimesUnavailable):
                await roads_of(kind, http, "http://roads").matrix(PLACES[:2], MORNING)


async def test_a_wrong_key_is_told_in_the_services_own_words(http: httpx.AsyncClient) -> None:
    with (
        serving(openrouteservice(PAIR_LIMIT, "another")) as server,
        pytest.raises(TravelTimesUnavailable, match="403: Access"),
    ):
        await OpenRouteServiceRoads(http, server.address, key=KEY).matrix(PLACES[:2], MORNING)


async def test_the_deployments_server_answers_through_the_parts_and_estimates_know_what_they_are(
    tmp_path: Path,
) -> None:
    with serving(valhalla(PAIR_LIMIT)) as server:
        settings = Settings(data_dir=tmp_path, valhalla_url=server.address, roads_table_limit=PAIR_LIMIT)
        async with open_parts(settings) as parts:
            matrix = await parts.roads.matrix([*PLACES[:6], BEYOND], MORNING)

    assert matrix.seconds[0, 1] == drive_s(PLACES[0], PLACES[1])
    assert (matrix.source(0, 1), matrix.source(0, 6)) == ("valhalla", "great_circle")


async def test_two_servers_at_once_are_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, valhalla_url="http://a", osrm_url="http://b")

    with pytest.raises(BadSetting, match="one of"):
        async with open_parts(settings):
            pass
