"""Servers of a few lines, for tests that must see or forge single bytes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

LOOPBACK = "127.0.0.1"
Converse = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(converse: Converse) -> AsyncIterator[int]:
    """The port of a server that talks like this on each connection, until its last caller has left.

    A server of asyncio waits for its conversations only since Python 3.12, and an open connection that is forgotten is a
    warning in whatever test comes after it.
    """
    conversations = set[asyncio.Task[None]]()

    async def to_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await converse(reader, writer)
        finally:
            writer.close()
            await writer.wait_closed()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.add(asyncio.create_task(to_the_end(reader, writer)))

    async with await asyncio.start_server(accept, LOOPBACK, 0) as server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*conversations)
