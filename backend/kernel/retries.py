"""A transaction that the database threw out for another's sake is run again, whole, a few times."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from backend.kernel.audit import Actor
from backend.kernel.db import Database, Transaction

TRIES = 3  # a third collision in a row is load, which a 503 with Retry-After spreads out better
AGAIN = frozenset({"40001", "40P01"})  # PostgreSQL: serialisation failure, deadlock

T = TypeVar("T")


async def retried(database: Database, actor: Actor, cause: str, use_case: Callable[[Transaction], Awaitable[T]]) -> T:
    """The answer of `use_case` in a transaction of its own, after at most TRIES of them. It commits before it answers."""
    for left in reversed(range(TRIES)):
        try:
            async with database.transaction(actor, cause) as tx:
                return await use_case(tx)
        except DBAPIError as error:
            if left == 0 or getattr(error.orig, "sqlstate", None) not in AGAIN:
                raise
    raise AssertionError("the last try answers or raises")
