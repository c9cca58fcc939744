"""Housekeeping comes round, and is done once for all workers."""

from datetime import timedelta
from functools import partial

from sqlalchemy import func, select

from backend.kernel import chores
from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore, ChoreRow
from backend.kernel.db import Database
from backend.kernel.tasks import Task, run_due
from tests.fakes import FixedClock

HOUR = timedelta(hours=1)


class Broom:
    """A chore that counts."""

    def __init__(self) -> None:
        self.strokes = 0
        self.chores = {"sweep": Chore(every=HOUR, perform=self.sweep)}

    async def sweep(self, _database: Database) -> None:
        self.strokes += 1

    async def look(self, database: Database) -> int:
        return await run_due(
            database, Task(name="keep house", model=ChoreRow, perform=partial(chores.do, database, self.chores)), "w1"
        )


async def test_a_new_chore_is_done_at_once(database: Database) -> None:
    broom = Broom()
    await chores.enlist(database, broom.chores)

    await broom.look(database)

    assert broom.strokes == 1


async def test_a_chore_comes_round(database: Database, clock: FixedClock) -> None:
    broom = Broom()
    await chores.enlist(database, broom.chores)
    looks = [await broom.look(database)]
    for seconds in (HOUR.total_seconds() - 1, 1):
        clock.advance(seconds)
        looks.append(await broom.look(database))

    assert (looks, broom.strokes) == ([1, 0, 1], 2)


async def test_a_worker_that_starts_again_makes_no_second_row(database: Database) -> None:
    broom = Broom()
    for _ in range(2):
        await chores.enlist(database, broom.chores)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(func.count()).select_from(ChoreRow))).one() == 1


async def test_a_chore_of_another_release_is_left_to_it(database: Database, clock: FixedClock) -> None:
    newer, older = Broom(), Broom()
    await chores.enlist(database, newer.chores)
    older.chores = {}

    assert [await older.look(database), await older.look(database)] == [1, 0]
    clock.advance(HOUR.total_seconds())
    await newer.look(database)
    assert newer.strokes == 1
