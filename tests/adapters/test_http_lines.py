"""Each call at a time has a line of its own, which the next call takes over."""

import asyncio

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


async def test_a_call_that_failed_leaves_its_line_to_the_next():
    lines = list[httpx.AsyncBaseTransport]()

    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there", request=request)

    def open_line() -> httpx.AsyncBaseTransport:
        lines.append(httpx.MockTransport(fail))
        return lines[-1]

    async with httpx.AsyncClient(transport=Lines(open_line)) as client:
        for _ in range(3):
            with pytest.raises(httpx.ConnectError):
                await client.get("http://billing.example/")

    assert len(lines) == 1
