"""Times in SQL are the same on both databases."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import literal, select

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.sqltimes import Earlier, Later, SecondsBetween, Shifted
from backend.kernel.tables import UtcDateTime
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

LATER = MONDAY + timedelta(hours=26, seconds=1, microseconds=4)
NOTHING = literal(None, UtcDateTime())


def at(value: Any) -> Any:
    return literal(value, UtcDateTime())


async def asked(database: Database, *columns: Any) -> tuple[Any, ...]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return tuple((await tx.session.execute(select(*columns))).one())


async def test_seconds_are_whole_and_have_a_direction(database: Database):
    there, back = SecondsBetween(at(MONDAY), at(LATER)), SecondsBetween(at(LATER), at(MONDAY))

    assert await asked(database, there, back, SecondsBetween(at(MONDAY), NOTHING)) == (93_601, -93_601, None)


async def test_of_two_instants_one_is_earlier(database: Database):
    assert await asked(database, Earlier(at(LATER), at(MONDAY)), Later(at(LATER), at(MONDAY))) == (MONDAY, LATER)


async def test_a_shifted_instant_bounds_what_is_at_it_and_after(database: Database):
    bound = Shifted(at(LATER), literal(-3600))
    then = LATER - timedelta(hours=1)
    before = then - timedelta(milliseconds=1)

    assert await asked(database, at(then) >= bound, at(before) >= bound) == (True, False)
