"""What the planner knows of the tables is counted anew where no server does it by itself."""

import pytest
from sqlalchemy import text

from backend.kernel import statistics
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.kernel.widgets import widget

pytestmark = pytest.mark.anyio


async def test_the_planner_knows_how_many_rows_there_are(database: Database) -> None:
    async with database.transaction(SYSTEM, "make") as tx:
        for _ in range(7):
            widget(tx)

    await statistics.count_anew(database)

    assert await _rows_known(database) in ({7}, {-1})  # PostgreSQL counts when it has a moment


async def test_what_was_counted_is_counted_again(database: Database) -> None:
    for _ in range(2):
        async with database.transaction(SYSTEM, "make") as tx:
            widget(tx)
        await statistics.count_anew(database)

    assert await _rows_known(database) in ({2}, {-1})


async def _rows_known(database: Database) -> set[int]:
    of = {
        "sqlite": "SELECT stat FROM sqlite_stat1 WHERE tbl = 'widget'",
        "postgresql": "SELECT reltuples::int::text FROM pg_class WHERE relname = 'widget'",
    }
    async with database.snapshot(SYSTEM, "look") as tx:
        return {int(found.partition(" ")[0]) for found in await tx.session.scalars(text(of[database.dialect]))}
