"""Reads of one statement, past the session: for the few questions that every phone asks many times a day.

One statement sees one state of the database by itself, so it needs no transaction around it; a session, its
transaction and the objects of its rows cost many times what such a statement does. Not for anything that writes, locks
or looks twice at one state: that is `Database.snapshot`.
"""

import sqlite3
from typing import Any, Protocol

from backend.kernel.statements import Question, Rows


class Reads(Protocol):
    """One database that answers questions. Values are named as in the question, and all are given."""

    async def rows(self, question: Question, **values: Any) -> Rows: ...

    async def close(self) -> None: ...


class SqliteReads:
    """On the event loop's own thread: in WAL mode a reader waits for nobody, and a thread would cost more than a look."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._opened: sqlite3.Connection | None = None

    async def rows(self, question: Question, **values: Any) -> Rows:
        asked = question.on("sqlite")
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
