"""Each call at a time has a line of its own, which the next call takes over."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from backend.adapters.http_lines import Lines
from tests.factories.listening import LOOPBACK, listening

pytestmark = pytest.mark.anyio


async def test_calls_at_the_same_time_have_lines_of_their_own_which_stay_open():
    opened = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while await reader.readline():
            while await reader.readline() != b"\r\n":
                pass
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")

    async with listening(converse) as port:
        transport = Lines(lambda: httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1)))
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            for _ in range(3):
                await asyncio.gather(*(client.get(f"http://{LOOPBACK}:{port}/") for _ in range(4)))

    assert opened == 4


async def test_a_call_that_was_cancelled_holds_up_none_that_come_after_it():
    """Its line would be taken first, and whatever is left of the call on it would be in the way."""
    hangs = asyncio.Event()

    async def answer(_request: httpx.Request) -> httpx.Response:
        if not hangs.is_set():
            hangs.set()
            await asyncio.Event().wait()
        return httpx.Response(200, content=body())

    async def body() -> AsyncIterator[bytes]:
        yield b"ok"

    lines = list[httpx.AsyncBaseTransport]()

    def open_line() -> httpx.AsyncBaseTransport:
        lines.append(httpx.MockTransport(answer))
        return lines[-1]

    async with httpx.AsyncClient(transport=Lines(open_line)) as client:
        call = asyncio.create_task(client.get("http://billing.example/"))
        await hangs.wait()
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        answers = [(await client.get("http://billing.example/")).status_code for _ in range(2)]

    assert (answers, len(lines)) == ([200, 200], 2)
