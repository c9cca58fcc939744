"""Reads of one statement, past the session: for the few questions that every phone asks many times a day.

One statement sees one state of the database by itself, so it needs no transaction around it; a session, its
transaction and the objects of its rows cost many times what such a statement does. Not for anything that writes, locks
or looks twice at one state: that is `Database.snapshot`.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import psycopg
from sqlalchemy import URL, Dialect, Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import OperationalError
from sqlalchemy.types import TypeEngine

CONNECTIONS = 4  # of one process to PostgreSQL; each is held for less than a millisecond

Rows = list[tuple[Any, ...]]
Conversion = Callable[[Any], Any]


class Question:
    """A statement that is asked often; its rows are tuples in the order of its columns.

    statement: with a `bindparam` for each value that differs, none of them a list.
    """

    def __init__(self, statement: "Select[*tuple[Any, ...]]") -> None:
        self._statement = statement
        self._compiled: dict[str, _Compiled] = {}

    def on(self, dialect: Dialect) -> "_Compiled":
        """The statement in the words of one kind of database, put together once."""
        if dialect.name not in self._compiled:
            self._compiled[dialect.name] = _Compiled(self._statement, dialect)
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


class PostgresReads:
    """A few connections that commit by themselves. prepare_after: as psycopg's `prepare_threshold`."""

    def __init__(self, url: URL, *, prepare_after: int | None) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._prepare_after = prepare_after
        self._dialect = PGDialect_psycopg()
        self._idle: list[psycopg.AsyncConnection] = []
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def rows(self, question: Question, **values: Any) -> Rows:
        asked = question.on(self._dialect)
        async with self._free:
            try:
                return asked.read(await self._ask(asked.text, asked.written(values)))
            except psycopg.OperationalError as error:  # what a session would raise, so that it is answered alike
                raise OperationalError(asked.text, {}, error, hide_parameters=True) from error

    async def close(self) -> None:
        while self._idle:
            await self._idle.pop().close()

    async def _ask(self, text: str, values: Mapping[str, Any]) -> Rows:
        connection = self._idle.pop() if self._idle else await self._open()
        try:
            cursor = psycopg.AsyncCursor(connection)
            await cursor.execute(text.encode(), values, binary=True)
            found = await cursor.fetchall()
        except BaseException:  # cut short or broken: nobody knows what is still on its line
            await connection.close()
            raise
        self._idle.append(connection)
        return found

    async def _open(self) -> psycopg.AsyncConnection:
        return await psycopg.AsyncConnection.connect(
            self._address, autocommit=True, prepare_threshold=self._prepare_after
        )


class _Compiled:
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
