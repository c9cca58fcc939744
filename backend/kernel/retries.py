"""A transaction that collided with another one is run again, whole, a few times."""

from typing import TypeVar

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backend.kernel.audit import Actor
from backend.kernel.db import Database, NeedsSavepoints, UseCase
from backend.kernel.errors import Unavailable

TRIES = 3  # a third collision in a row is load, which a 503 with Retry-After spreads out better
# PostgreSQL: serialisation failure, deadlock, and a unique value that another transaction took a moment before.
COLLISIONS = frozenset({"40001", "40P01", "23505"})

T = TypeVar("T")


class Busy(Unavailable):
    """Others changed the same things in each try."""

    code = "busy"


async def boldly(database: Database, actor: Actor, cause: str, use_case: UseCase[T]) -> T:
    """As `retried`, for work that hardly ever needs its savepoints: first without them, and again with them if it did.

    The answer is the same, and what goes well takes a third of the statements.
    """
    try:
        return await database.write(actor, cause, use_case, boldly=True)
    except (NeedsSavepoints, IntegrityError):
        return await retried(database, actor, cause, use_case)
    except (DBAPIError, StaleDataError) as error:
        if not _is_collision(error):
            raise
        return await retried(database, actor, cause, use_case)


async def retried(database: Database, actor: Actor, cause: str, use_case: UseCase[T]) -> T:
    """The answer of `use_case` in a transaction of its own, committed. Raises Busy after TRIES collisions."""
    for left in reversed(range(TRIES)):
        try:
            return await database.write(actor, cause, use_case)
        except (DBAPIError, StaleDataError) as error:
            if not _is_collision(error):
                raise
            if left == 0:
                raise Busy() from error
    raise AssertionError("the last try answers or raises")


def _is_collision(error: DBAPIError | StaleDataError) -> bool:
    return isinstance(error, StaleDataError) or getattr(error.orig, "sqlstate", None) in COLLISIONS
