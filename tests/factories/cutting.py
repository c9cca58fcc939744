"""A network that breaks: a proxy on loopback that cuts connections after a random number of bytes."""

import asyncio
import threading
from random import Random
from types import TracebackType

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 64 << 10


class CuttingProxy:
    """Passes bytes to a server, and ends every connection within `most_bytes`, wherever that is.

    seed: the same one allows the same numbers of bytes. cuts: how many connections were cut until now.
    """

    def __init__(self, server_port: int, *, seed: int, most_bytes: int) -> None:
        self._server_port = server_port
        self._random = Random(seed)
        self._most_bytes = most_bytes
        self._connections: set[asyncio.Task[None]] = set()
        self._started = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.port = 0
        self.cuts = 0

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def __enter__(self) -> "CuttingProxy":
        self._thread.start()
        self._started.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def _run(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._accept, LOOPBACK, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._started.set()
        await self._stop.wait()
        server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def _accept(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        connection = asyncio.create_task(self._serve(client, to_client))
        self._connections.add(connection)
        connection.add_done_callback(self._connections.discard)

    async def _serve(self, client: asyncio.StreamReader, to_client: asyncio.StreamWriter) -> None:
        server, to_server = await asyncio.open_connection(LOOPBACK, self._server_port)
        line = _Line(self._random.randint(1, self._most_bytes))
        pumps = [asyncio.create_task(line.pump(*ends)) for ends in ((client, to_server), (server, to_client))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.cuts += line.is_cut
            for writer in (to_client, to_server):
                # Not politely: what was on its way is lost, as when a phone leaves the cell.
                writer.transport.abort()


class _Line:
    """One connection. left_bytes: how many may still pass, in both directions together."""

    def __init__(self, left_bytes: int) -> None:
        self._left_bytes = left_bytes

    @property
    def is_cut(self) -> bool:
        return self._left_bytes == 0

    async def pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass bytes on until there are no more, or the line is cut."""
        while not self.is_cut and (data := await reader.read(CHUNK_BYTES)):
            writer.write(self._passing(data))
            await writer.drain()

    def _passing(self, data: bytes) -> bytes:
        data = data[: self._left_bytes]
        self._left_bytes -= len(data)
        return data
