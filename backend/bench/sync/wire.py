"""One HTTP/1.1 connection that stays open, with as little work of its own as it can do: the server is what is measured."""

import asyncio
from dataclasses import dataclass, field

HOST = "127.0.0.1"
MAX_HEAD_BYTES = 1 << 16
ANSWER_SECONDS = 60.0  # whoever needs longer has failed


class WrongAnswer(RuntimeError):
    """A server answered something else than the work asks for: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """status: of HTTP; body: without its chunks; head_bytes: of status line and headers."""

    status: int
    body: bytes
    head_bytes: int


@dataclass(slots=True)
class Line:
    """An open connection. sent_bytes: of all requests on it, with their headers."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent_bytes: int = field(default=0)

    @classmethod
    async def open(cls, port: int) -> "Line":
        return cls(*await asyncio.open_connection(HOST, port, limit=1 << 22))

    async def ask(self, request: bytes) -> Answer:
        """Send one request (see `request`) and read its answer, whatever its status. Raises WrongAnswer."""
        self.sent_bytes += len(request)
        self.writer.write(request)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._answer()
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError) as error:
            raise WrongAnswer(f"{request[:60]!r} got no answer: {error!r}") from error

    async def get(self, request: bytes) -> bytes:
        """The body of an answer that says yes. Raises WrongAnswer."""
        answer = await self.ask(request)
        if answer.status // 100 != 2:
            raise WrongAnswer(f"{request[:60]!r} was answered {answer.status}: {answer.body[:500]!r}")
        return answer.body

    def close(self) -> None:
        self.writer.close()

    async def _answer(self) -> Answer:
        head = await self.reader.readuntil(b"\r\n\r\n")
        fields = head.lower()
        status = int(head[9:12])
        if (length := _header(fields, b"content-length")) is not None:
            body = await self.reader.readexactly(int(length))
        elif _header(fields, b"transfer-encoding") == b"chunked":
            body = await self._chunks()
        else:
            body = b""
        return Answer(status=status, body=body, head_bytes=len(head))

    async def _chunks(self) -> bytes:
        parts: list[bytes] = []
        while size := int(await self.reader.readline(), 16):
            parts.append(await self.reader.readexactly(size))
            await self.reader.readexactly(2)
        await self.reader.readline()
        return b"".join(parts)


def request(method: str, path: str, headers: str = "", body: bytes = b"") -> bytes:
    """The bytes of a request with a JSON body. headers: more lines, each with its end."""
    length = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n" if body else ""
    return f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\n{headers}{length}\r\n".encode() + body


def _header(fields: bytes, name: bytes) -> bytes | None:
    start = fields.find(b"\r\n" + name + b":")
    if start < 0:
        return None
    start += len(name) + 3
    return fields[start : fields.index(b"\r\n", start)].strip()
