"""A new place on a known day: the figures are those of all places asked for at once, and only its own ways are asked for."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pytest

from backend.dispatch.widening import TABLE, widened
from scheduling import UNREACHABLE, Place, TravelMatrix, great_circle_matrix
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

PLACES = [Place(60.0 + 0.001 * n, 24.0 + 0.002 * (n % 7)) for n in range(2 * TABLE + 13)]


class Sea:
    """Air lines; the last place is an island, and small tables come from another source. asked: places at a time."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        self.asked.append(len(places))
        whole = great_circle_matrix(places)
        away = np.array([place == PLACES[-1] for place in places], dtype=np.bool_)
        cut = away[:, None] ^ away[None, :]
        seconds = np.where(cut, UNREACHABLE, whole.seconds)
        return TravelMatrix.of(
            seconds, np.where(cut, UNREACHABLE, whole.metres), "small" if len(places) <= TABLE else "large"
        )


@pytest.mark.parametrize("new", [1, 3])
async def test_the_ways_of_new_places_are_put_to_those_that_are_known(new: int) -> None:
    sea = Sea()
    whole = await sea.matrix(PLACES, MONDAY)
    known = await sea.matrix(PLACES[:-new], MONDAY)

    wider = await widened(sea, known, PLACES, MONDAY)

    assert (wider.seconds == whole.seconds).all()
    assert (wider.metres == whole.metres).all()
    assert (wider.source(0, 1), wider.source(0, len(PLACES) - 1), wider.source(len(PLACES) - 1, 0)) == (
        "large",
        "small",
        "small",
    )
    assert max(sea.asked[2:]) <= TABLE
    assert sum(sea.asked[2:]) < len(PLACES) + 4 * new
