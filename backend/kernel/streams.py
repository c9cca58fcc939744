"""Rows of a query through a cursor of the database: for what looks at all of a table and may not hold it in memory.

They want a transaction of one turn (`Database.look`): between two rows nothing may be awaited.
"""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

from backend.kernel.db import Transaction

ROWS_AT_ONCE = 5000  # about 2 MB; more is hardly faster

T = TypeVar("T")


class Stream(Generic[T]):
    """Iterate once, and close: a cursor that is left open keeps its place on the server."""

    def __init__(self, rows: Any, shape: Callable[[Any], T]) -> None:
        self._rows = rows
        self._shape = shape

    def __iter__(self) -> Iterator[T]:
        return map(self._shape, self._rows)

    def __enter__(self) -> "Stream[T]":
        return self

    def __exit__(self, *_: object) -> None:
        self._rows.close()


async def stream(tx: Transaction, query: "Select[*tuple[Any, ...]]", shape: Callable[[Any], T]) -> Stream[T]:
    """The rows of a query, each in a shape, for example `SomeNamedTuple._make`.

    query: of columns of bare tables (`Model.__table__.c`): rows that pass the mapper by cost half.
    """
    return Stream(await tx.session.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}), shape)
