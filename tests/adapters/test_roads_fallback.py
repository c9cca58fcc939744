"""Estimates step in where roads are not known, and say that they are estimates."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from backend.adapters.roads_fallback import PAUSE, FallbackRoads
from backend.adapters.roads_great_circle import GreatCircleRoads
from backend.ports import TravelTimes
from scheduling import (
    GREAT_CIRCLE,
    NO_SOURCE,
    UNREACHABLE,
    Place,
    TravelMatrix,
    TravelTimesUnavailable,
    great_circle_matrix,
)
from tests.fakes import FixedClock

MORNING = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
PLACES = [Place(60.17, 24.94), Place(60.18, 24.95), Place(60.19, 24.96)]
ESTIMATE = great_circle_matrix(PLACES)


class Away:
    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        raise TravelTimesUnavailable("the server is away")


class KnowsTwo:
    """Roads that do not know the third place and find no way from the second to the first."""

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        seconds = np.array([[0, 7, UNREACHABLE], [UNREACHABLE, 0, UNREACHABLE], [UNREACHABLE, UNREACHABLE, 0]])
        unknown = np.array([[0, 0, 1], [0, 0, 1], [1, 1, 0]], dtype=np.uint8)
        whole = TravelMatrix.of(seconds, seconds.copy(), "roads")
        return replace(whole, sources=("roads", NO_SOURCE), source_index=unknown)


def test_the_great_circle_is_such_a_port() -> None:
    assert isinstance(GreatCircleRoads(), TravelTimes)


async def test_when_the_roads_are_away_everything_is_an_estimate() -> None:
    matrix = await FallbackRoads(Away(), GreatCircleRoads(), FixedClock()).matrix(PLACES, MORNING)

    assert matrix.seconds.tolist() == ESTIMATE.seconds.tolist()
    assert matrix.source(0, 1) == GREAT_CIRCLE


async def test_only_what_the_roads_do_not_know_is_an_estimate() -> None:
    matrix = await FallbackRoads(KnowsTwo(), GreatCircleRoads(), FixedClock()).matrix(PLACES, MORNING)

    assert (matrix.seconds[0, 1], matrix.source(0, 1)) == (7, "roads")
    assert (matrix.seconds[0, 2], matrix.source(0, 2)) == (ESTIMATE.seconds[0, 2], GREAT_CIRCLE)
    assert (matrix.metres[2, 1], matrix.source(2, 1)) == (ESTIMATE.metres[2, 1], GREAT_CIRCLE)
    assert matrix.known.all()


async def test_no_way_is_an_answer_that_no_estimate_overrules() -> None:
    matrix = await FallbackRoads(KnowsTwo(), GreatCircleRoads(), FixedClock()).matrix(PLACES, MORNING)

    assert (matrix.seconds[1, 0], matrix.source(1, 0)) == (UNREACHABLE, "roads")


async def test_roads_that_know_everything_are_not_second_guessed() -> None:
    matrix = await FallbackRoads(GreatCircleRoads(), Away(), FixedClock()).matrix(PLACES, MORNING)

    assert matrix.sources == (GREAT_CIRCLE,)


class Shaky:
    """Roads that are away until they are back; counts how often it was asked."""

    def __init__(self) -> None:
        self.is_away, self.asked = True, 0

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        self.asked += 1
        if self.is_away:
            raise TravelTimesUnavailable("the server is away")
        return TravelMatrix.of(ESTIMATE.seconds, ESTIMATE.metres, "roads")


async def test_a_server_that_is_away_is_left_alone_for_a_while_and_then_asked_again() -> None:
    clock, shaky = FixedClock(MORNING), Shaky()
    roads = FallbackRoads(shaky, GreatCircleRoads(), clock)

    for _ in range(3):
        assert (await roads.matrix(PLACES, MORNING)).source(0, 1) == GREAT_CIRCLE
    assert shaky.asked == 1

    clock.advance(PAUSE.total_seconds())
    assert (await roads.matrix(PLACES, MORNING)).source(0, 1) == GREAT_CIRCLE
    assert shaky.asked == 2


async def test_after_an_outage_the_figures_are_from_the_roads_again(caplog: pytest.LogCaptureFixture) -> None:
    clock, shaky = FixedClock(MORNING), Shaky()
    roads = FallbackRoads(shaky, GreatCircleRoads(), clock)
    await roads.matrix(PLACES, MORNING)

    shaky.is_away = False
    clock.advance(PAUSE.total_seconds())

    for _ in range(2):
        assert (await roads.matrix(PLACES, MORNING)).source(0, 1) == "roads"
    assert [record.getMessage() for record in caplog.records] == [
        "travel times are estimates until it answers: the server is away",
        "travel times are from the roads again",
    ]
