"""Reads of one statement, past the session: for the few questions that every phone asks many times a day.

One statement sees one state of the database by itself, so it needs no transaction around it; a session, its
transaction and the objects of its rows cost many times what such a statement does. Not for anything that writes, locks
or looks twice at one state: that is `Database.snapshot`.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Dialect, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.types import TypeEngine

Rows = list[tuple[Any, ...]]
Conversion = Callable[[Any], Any]


class Question:
    """A statement that is asked often; its rows are tuples in the order of its columns.

    statement: with a `bindparam` for each value that differs, none of them a list.
    """

    def __init__(self, statement: "Select[*tuple[Any, ...]]") -> None:
        self._statement = statement
        self._compiled: dict[str, Asked] = {}

    def on(self, dialect: Dialect) -> "Asked":
        """The statement in the words of one kind of database, put together once."""
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = Asked(self._statement, dialect)
        return self._compiled[dialect.name]


class Reads(Protocol):
    """One database that answers questions. Values are named as in the question, and all are given."""

    async def rows(self, question: Question, **values: Any) -> Rows: ...

    async def close(self) -> None: ...


class SqliteReads:
    """On the event loop's own thread: in WAL mode a reader waits for nobody, and a thread would cost more than a look."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._dialect = sqlite.dialect(paramstyle="named")
        self._opened: sqlite3.Connection | None = None

    async def rows(self, question: Question, **values: Any) -> Rows:
        asked = question.on(self._dialect)
        return asked.read(self._connection().execute(asked.text, asked.written(values)).fetchall())

    async def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _connection(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
            self._opened.execute("PRAGMA query_only=1")
        return self._opened


class Asked:
    """The text of a statement for one kind of database, and how values are written and read there."""

    def __init__(self, statement: "Select[*tuple[Any, ...]]", dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        self._constants = {name: bind.value for name, bind in compiled.binds.items() if not bind.required}
        self._into = {name: _into(bind.type, dialect) for name, bind in compiled.binds.items()}
        columns = enumerate(statement.selected_columns)
        self._from = [(n, read) for n, column in columns if (read := _from(column.type, dialect))]

    def written(self, values: Mapping[str, Any]) -> dict[str, Any]:
        given = {**self._constants, **values}
        return {name: into(given[name]) if into else given[name] for name, into in self._into.items()}

    def read(self, rows: Sequence[tuple[Any, ...]]) -> Rows:
        return [self._one(row) for row in rows]

    def _one(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for n, read in self._from:
            values[n] = read(values[n])
        return tuple(values)


def _into(type_: TypeEngine[Any], dialect: Dialect) -> Conversion | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _from(type_: TypeEngine[Any], dialect: Dialect) -> Conversion | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
