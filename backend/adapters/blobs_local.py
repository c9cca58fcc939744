"""Files in a directory of this machine, as `<sha256[:2]>/<sha256>`. Survives a loss of power once `put` has returned."""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path

from backend.ports import FileTooLarge, WrongHash

CHUNK_BYTES = 256 << 10  # read and sent at a time: few thread hops, little memory for each open download
INCOMING = "incoming"  # on the same file system as the files, so that a rename is atomic
SHA256 = re.compile(r"[0-9a-f]{64}")


class LocalBlobs:
    """The port `Blobs` over a directory, which it makes when it is missing."""

    def __init__(self, root: Path) -> None:
        self._root = root

    async def put(self, sha256: str, chunks: AsyncIterable[bytes], *, limit_bytes: int) -> int:
        """Write to a temporary file, check, make durable, then rename: a reader never sees half a file."""
        incoming = await asyncio.to_thread(_Incoming, self._root / INCOMING)
        try:
            async for chunk in chunks:
                if incoming.size_bytes + len(chunk) > limit_bytes:
                    raise FileTooLarge(limit_bytes=limit_bytes)
                await asyncio.to_thread(incoming.write, chunk)
            if incoming.sha256() != sha256:
                raise WrongHash(expected=sha256, received=incoming.sha256())
            await asyncio.to_thread(incoming.keep_as, self._path(sha256))
        finally:
            await asyncio.to_thread(incoming.discard)
        return incoming.size_bytes

    async def read(self, sha256: str) -> AsyncIterator[bytes]:
        """The stored bytes, CHUNK_BYTES at a time."""
        file = await asyncio.to_thread(self._path(sha256).open, "rb")
        try:
            while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield chunk
        finally:
            file.close()

    def _path(self, sha256: str) -> Path:
        assert SHA256.fullmatch(sha256), f"{sha256!r} is no SHA-256 in hex and must not become a path"
        return self._root / sha256[:2] / sha256


class _Incoming:
    """A file that is being received, and the hash of what came so far."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=directory)
        self._file = os.fdopen(descriptor, "wb")
        self._path = Path(name)
        self._hash = hashlib.sha256()
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size_bytes += len(chunk)

    def sha256(self) -> str:
        return self._hash.hexdigest()

    def keep_as(self, path: Path) -> None:
        """Make the bytes durable before the name, and the name before anybody is told."""
        self._file.flush()
        os.fsync(self._file.fileno())
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(path)
        for directory in (path.parent, path.parent.parent):
            _sync_directory(directory)

    def discard(self) -> None:
        """Close, and delete what was not kept."""
        self._file.close()
        self._path.unlink(missing_ok=True)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
