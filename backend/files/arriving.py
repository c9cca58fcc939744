"""What a sender sends, as it arrives: watched for silence, for too much, and for damage."""

import asyncio
from collections.abc import AsyncIterator

from backend.files.tus import CHECKSUMS, Checksum, ChecksumMismatch
from backend.ports import FileTooLarge

IDLE_SECONDS = 10.0  # a line that was cut without a word is noticed by its silence


class Arriving:
    """The bytes of one request, to be taken in pieces.

    chunks: ends when the sender is done, and also, early, when the line is cut. room_bytes: how many may come.
    is_over: nothing more will come. is_stalled: because nothing came for `idle_seconds`.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        *,
        room_bytes: int,
        checksum: Checksum | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._chunks = chunks
        self._room_bytes = room_bytes
        self._idle_seconds = idle_seconds
        self._checksum = checksum
        self._hash = CHECKSUMS[checksum.algorithm]() if checksum else None
        self.is_over = False
        self.is_stalled = False

    async def take(self, about_bytes: int) -> AsyncIterator[bytes]:
        """The next bytes, until at least `about_bytes` came or nothing more comes.

        With a checksum there is one piece, as none of it counts before the last byte was seen.
        Raises FileTooLarge as soon as there are more than may come, ChecksumMismatch at the end.
        """
        taken_bytes = 0
        while (self._hash is not None or taken_bytes < about_bytes) and (chunk := await self._next()):
            taken_bytes += len(chunk)
            yield chunk
        if self._checksum and self._hash and self._hash.digest() != self._checksum.digest:
            raise ChecksumMismatch()

    async def _next(self) -> bytes:
        """The next chunk that holds something; empty when all is over."""
        chunk = b""
        while not chunk and not self.is_over:
            try:
                async with asyncio.timeout(self._idle_seconds):
                    chunk = await anext(self._chunks)
            except StopAsyncIteration:
                self.is_over = True
            except TimeoutError:
                self.is_over = self.is_stalled = True
        self._count(chunk)
        return chunk

    def _count(self, chunk: bytes) -> None:
        if len(chunk) > self._room_bytes:
            raise FileTooLarge(limit_bytes=self._room_bytes)
        self._room_bytes -= len(chunk)
        if self._hash is not None:
            self._hash.update(chunk)
