"""What was asked within the hour is not asked again, in whole or in part; what is remembered has bounds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from backend.adapters.roads_cached import FRESH, CachedRoads
from scheduling import Place, TravelMatrix, TravelTimesUnavailable, great_circle_matrix
from tests.fakes import FixedClock

MORNING = datetime(2026, 6, 1, 6, 10, tzinfo=UTC)
PLACES = [Place(60.165 + number * 0.003, 24.937) for number in range(6)]


class Counted:
    """Estimates that count how often they are asked, and can be away."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.is_away = False

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        self.asked.append(len(places))
        if self.is_away:
            raise TravelTimesUnavailable("away")
        return great_circle_matrix(places)


def cached(**options: int) -> tuple[CachedRoads, Counted, FixedClock]:
    roads, clock = Counted(), FixedClock(MORNING)
    return CachedRoads(roads, clock, **options), roads, clock


async def test_the_same_places_within_the_hour_are_asked_once_in_any_order() -> None:
    roads, inner, _ = cached()
    await roads.matrix(PLACES, MORNING)

    again = await roads.matrix(PLACES[::-1], MORNING + timedelta(minutes=40))

    assert inner.asked == [6]
    assert again.seconds.tolist() == great_circle_matrix(PLACES[::-1]).seconds.tolist()
    assert again.source(0, 1) == "great_circle"


async def test_a_part_of_what_is_known_is_known() -> None:
    roads, inner, _ = cached()
    await roads.matrix(PLACES, MORNING)

    part = await roads.matrix([PLACES[4], PLACES[1], PLACES[4]], MORNING)

    assert inner.asked == [6]
    assert part.metres.tolist() == great_circle_matrix([PLACES[4], PLACES[1], PLACES[4]]).metres.tolist()


async def test_another_hour_or_a_new_place_is_another_question() -> None:
    roads, inner, _ = cached()
    await roads.matrix(PLACES[:4], MORNING)

    await roads.matrix(PLACES[:4], MORNING + timedelta(hours=1))
    await roads.matrix(PLACES[:5], MORNING)

    assert inner.asked == [4, 4, 5]


async def test_what_is_older_than_an_hour_is_asked_again() -> None:
    roads, inner, clock = cached()
    await roads.matrix(PLACES, MORNING)

    clock.advance(FRESH.total_seconds() + 1)
    await roads.matrix(PLACES, MORNING)

    assert inner.asked == [6, 6]


async def test_the_longest_unused_is_forgotten_when_there_is_too_much() -> None:
    roads, inner, _ = cached(most_pairs=2 * 9)
    first, second, third = PLACES[:3], PLACES[1:4], PLACES[2:5]
    await roads.matrix(first, MORNING)
    await roads.matrix(second, MORNING)
    await roads.matrix(first, MORNING)  # used again: the second is the longest unused now

    await roads.matrix(third, MORNING)
    await roads.matrix(first, MORNING)
    assert inner.asked == [3, 3, 3]
    await roads.matrix(second, MORNING)
    assert inner.asked == [3, 3, 3, 3]


async def test_a_failure_is_not_remembered() -> None:
    roads, inner, _ = cached()
    inner.is_away = True
    with pytest.raises(TravelTimesUnavailable):
        await roads.matrix(PLACES, MORNING)

    inner.is_away = False
    assert (await roads.matrix(PLACES, MORNING)).place_count == 6


async def test_no_places_make_an_empty_matrix() -> None:
    roads, _, _ = cached()

    for _ in range(2):
        assert (await roads.matrix([], MORNING)).place_count == 0
