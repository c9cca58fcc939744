"""A receiver in trouble: between us and the reference receiver stands one that fails, hangs, and tears off its answers."""

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random

import httpx

LOOPBACK = "127.0.0.1"
FAILS, HANGS, RESETS = 0.30, 0.05, 0.05
RESET_AT_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER: on, for no time
SAID_NO = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"


@dataclass
class Unruly:
    """Counts what it did. receiver: where it passes on what it does not spoil, by `client`."""

    receiver: str
    random: Random
    client: httpx.AsyncClient
    port: int = 0
    did: Counter[str] = field(default_factory=Counter[str])

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, request after request, until one side has enough."""
        try:
            while await self._answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, httpx.HTTPError):
            pass
        finally:
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request in one of the four ways; whether the connection goes on."""
        lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[1:-2]
        head = httpx.Headers([(name, value) for name, _, value in (line.partition(b": ") for line in lines)])
        body = await reader.readexactly(int(head.get("content-length", 0)))
        way = self._way()
        self.did[way] += 1
        if way == "fails":
            writer.write(SAID_NO)
        elif way == "hangs":
            await reader.read()  # until the other side hangs up
            return False
        else:
            answer = await self.client.post(f"{self.receiver}/webhooks", content=body, headers=head)
            if way == "resets":
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_AT_CLOSE)
                writer.transport.abort()
                return False
            length = len(answer.content)
            writer.write(f"HTTP/1.1 {answer.status_code} .\r\ncontent-length: {length}\r\n\r\n".encode())
            writer.write(answer.content)
        await writer.drain()
        return True

    def _way(self) -> str:
        chance = self.random.random()
        if chance < FAILS:
            return "fails"
        if chance < FAILS + HANGS:
            return "hangs"
        return "resets" if chance < FAILS + HANGS + RESETS else "passes on"


@contextmanager
def unruly(receiver: str, seed: int) -> Iterator[Unruly]:
    """One in a thread of its own, until the end of the block."""
    loop = asyncio.new_event_loop()
    # Nothing is encrypted on loopback, and reading certificates takes longer than a hundred calls.
    transport = httpx.AsyncHTTPTransport(verify=False)
    client = httpx.AsyncClient(transport=transport, trust_env=False, timeout=None)  # noqa: S113
    found = Unruly(receiver=receiver, random=Random(seed), client=client)
    server = loop.run_until_complete(asyncio.start_server(found.converse, LOOPBACK, 0))
    found.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield found
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_end(server, client))
        loop.close()


async def _end(server: asyncio.Server, client: httpx.AsyncClient) -> None:
    """Let the conversations that are left end, so that no open socket outlives the test."""
    server.close()
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for conversation in left:
        conversation.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    await client.aclose()
