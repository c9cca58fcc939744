"""Questions to PostgreSQL. A file of its own, so that a deployment on SQLite does not load the driver."""

import asyncio
from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import URL
from sqlalchemy.exc import OperationalError

from backend.kernel.statements import Question, Rows

CONNECTIONS = 4  # of one process; each is held for less than a millisecond


class PostgresReads:
    """A few connections that commit by themselves. prepare_after: as psycopg's `prepare_threshold`."""

    def __init__(self, url: URL, *, prepare_after: int | None) -> None:
        self._address = url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._prepare_after = prepare_after
        self._idle: list[psycopg.AsyncConnection] = []
        self._free = asyncio.Semaphore(CONNECTIONS)

    async def rows(self, question: Question, **values: Any) -> Rows:
        asked = question.on("postgresql")
        async with self._free:
            try:
                return asked.read(await self._ask(asked.text, asked.written(values)))
            except psycopg.OperationalError as error:  # what a session would raise, so that it is answered alike
                gone = OperationalError(asked.text, {}, error, hide_parameters=True, connection_invalidated=True)
                raise gone from error

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
