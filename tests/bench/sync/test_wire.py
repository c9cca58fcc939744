"""The load generator's own reading of HTTP, against a server that answers byte by byte as told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from backend.bench.sync.load import spread
from backend.bench.sync.wire import Line, WrongAnswer, request
from tests.factories.listening import listening

pytestmark = pytest.mark.anyio

SIZED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n"
REFUSED = b"HTTP/1.1 503 Busy\r\ncontent-length: 4\r\n\r\nbusy"
ASKED = request("GET", "/")


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[int]:
    """The port of a server that gives these answers in turn, on any connection."""
    waiting = iter(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1 << 16):
            writer.write(next(waiting))

    async with listening(answer) as port:
        yield port


async def test_a_body_is_read_by_its_length_and_by_its_chunks() -> None:
    async with answering(SIZED, CHUNKED) as port:
        line = await Line.open(port)

        bodies = [await line.get(ASKED), await line.get(ASKED)]

        line.close()
    assert bodies == [b"hello", b"hello"]


async def test_what_is_sent_counts_with_its_headers() -> None:
    async with answering(SIZED) as port:
        timing = await spread([lambda line: line.get(ASKED)], ports=[port], lines=1)

    assert timing.sent_bytes == len(ASKED)


async def test_an_answer_that_says_no_is_a_wrong_one() -> None:
    async with answering(REFUSED) as port:
        timing = await spread([lambda line: line.get(ASKED)], ports=[port], lines=1)

    with pytest.raises(WrongAnswer, match="503"):
        timing.expect(b"hello")


async def test_one_wrong_count_among_right_ones_ends_the_run() -> None:
    async with answering(SIZED, CHUNKED.replace(b"hel", b"Hel")) as port:
        timing = await spread([lambda line: line.get(ASKED)] * 2, ports=[port], lines=1)

    with pytest.raises(WrongAnswer, match="1 of 2"):
        timing.expect(b"hello")
