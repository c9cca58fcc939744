"""An HTTP transport for many calls at a time to one place: each goes over a line of its own, which is kept open.

httpx looks through all connections of its pool at each request. With 64 calls at a time to one receiver that took three
quarters of the time that a call cost; with one connection for each call there is nothing to look through.
"""

from collections.abc import AsyncIterator, Callable

import httpx


class Lines(httpx.AsyncBaseTransport):
    """As many lines as there are calls at a time: whoever calls bounds them. The line used last is taken first.

    A line on which a call failed or was cancelled is given up: what is left of that call could hold up all that come
    after it, the more as it would be taken first each time.
    """

    def __init__(self, open_line: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._open_line = open_line
        self._lines = set[httpx.AsyncBaseTransport]()
        self._free = list[httpx.AsyncBaseTransport]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        line = self._free.pop() if self._free else self._new()
        try:
            response = await line.handle_async_request(request)
        except BaseException:
            await self._give_up(line)
            raise
        assert isinstance(response.stream, httpx.AsyncByteStream), "lines are asynchronous"
        response.stream = _Answer(response.stream, lambda: self._free.append(line))
        return response

    async def aclose(self) -> None:
        for line in self._lines:
            await line.aclose()

    def _new(self) -> httpx.AsyncBaseTransport:
        line = self._open_line()
        self._lines.add(line)
        return line

    async def _give_up(self, line: httpx.AsyncBaseTransport) -> None:
        self._lines.discard(line)
        await line.aclose()


class _Answer(httpx.AsyncByteStream):
    """An answer's body; when it is closed its line is free again."""

    def __init__(self, body: httpx.AsyncByteStream, set_free: Callable[[], None]) -> None:
        self._body = body
        self._set_free: Callable[[], None] | None = set_free

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._body:
            yield chunk

    async def aclose(self) -> None:
        try:
            await self._body.aclose()
        finally:
            if self._set_free is not None:
                self._set_free()
                self._set_free = None
