"""A transaction that collided is run again, whole; anything else is not."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.retries import TRIES, Busy, boldly, retried
from tests.kernel.widgets import Widget, widget


class Collides:
    """A use case whose first transactions fail."""

    def __init__(self, error: Exception, *, times: int) -> None:
        self.error, self.times, self.seen = error, times, list[Transaction]()

    async def __call__(self, tx: Transaction) -> str:
        self.seen.append(tx)
        if len(self.seen) <= self.times:
            raise self.error
        return "done"


def database_error(code: str | None) -> DBAPIError:
    original = Exception("refused")
    original.sqlstate = code  # type: ignore[attr-defined]
    return DBAPIError("UPDATE", {}, original)


@pytest.mark.parametrize(
    "error", [database_error("40001"), database_error("40P01"), database_error("23505"), StaleDataError()]
)
async def test_a_collision_is_tried_again_in_a_new_transaction(database: Database, error: Exception):
    use_case = Collides(error, times=TRIES - 1)

    assert await retried(database, SYSTEM, "test", use_case) == "done"

    assert len({id(tx.session) for tx in use_case.seen}) == TRIES


@pytest.mark.parametrize("error", [database_error("40001"), StaleDataError()])
async def test_who_collides_each_time_is_told_that_we_are_busy(database: Database, error: Exception):
    use_case = Collides(error, times=TRIES)

    with pytest.raises(Busy, match="busy"):
        await retried(database, SYSTEM, "test", use_case)

    assert len(use_case.seen) == TRIES


@pytest.mark.parametrize("error", [database_error("23503"), database_error(None), ValueError()])
async def test_what_is_no_collision_is_not_tried_again(database: Database, error: Exception):
    use_case = Collides(error, times=1)

    with pytest.raises(type(error)):
        await retried(database, SYSTEM, "test", use_case)

    assert len(use_case.seen) == 1


async def test_bold_work_is_done_again_with_savepoints_when_something_in_one_fails(database: Database) -> None:
    seen: list[bool] = []

    async def use_case(tx: Transaction) -> str:
        seen.append(tx.is_bold)
        try:
            async with tx.savepoint():
                raise ValueError
        except ValueError:
            return "undone by itself"

    assert await boldly(database, SYSTEM, "test", use_case) == "undone by itself"

    assert seen == [True, False]


async def test_bold_work_that_a_constraint_refuses_is_done_again_with_savepoints(database: Database) -> None:
    taken = database.new_id()

    async def use_case(tx: Transaction) -> str:
        try:
            async with tx.savepoint():
                widget(tx, id=taken)
        except IntegrityError:
            return "taken"
        return "stored"

    assert await boldly(database, SYSTEM, "test", use_case) == "stored"
    assert await boldly(database, SYSTEM, "test", use_case) == "taken"


async def test_bold_work_leaves_nothing_when_it_is_done_again(database: Database) -> None:
    async def use_case(tx: Transaction) -> None:
        if tx.is_bold:
            widget(tx)
            async with tx.savepoint():
                raise ValueError

    await boldly(database, SYSTEM, "test", use_case)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(func.count()).select_from(Widget))).one() == 0
