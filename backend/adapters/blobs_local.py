"""Files in a directory of this machine, as `<sha256[:2]>/<sha256>`, and parts of what is arriving in `incoming/`.

What was returned from survives a loss of power: bytes are made durable before their name, the name before the answer.
"""

import asyncio
import hashlib
import os
import re
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from backend.ports import Part, WrongHash

CHUNK_BYTES = 256 << 10  # read and sent at a time: few thread hops, little memory for each open download
INCOMING = "incoming"  # on the same file system as the files, so that a rename is atomic
SHA256 = re.compile(r"[0-9a-f]{64}")


class LocalBlobs:
    """The port `Blobs` over a directory, which it makes when it is missing."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._incoming = root / INCOMING

    async def append(self, upload_id: UUID, chunks: AsyncIterable[bytes]) -> Part:
        """Each part is a file of its own, named for its upload."""
        file = await asyncio.to_thread(_open_new, self._incoming, f"{upload_id}.")
        try:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
            size_bytes = file.tell()
            await asyncio.to_thread(_make_durable if size_bytes else _drop, file)
        except BaseException:
            _drop(file)
            raise
        return Part(name=Path(file.name).name, size_bytes=size_bytes)

    async def keep(self, upload_id: UUID, parts: Sequence[str], *, sha256: str) -> None:
        assert all(name.startswith(f"{upload_id}.") for name in parts), f"{parts} are not parts of {upload_id}"
        await asyncio.to_thread(self._keep, upload_id, [self._incoming / name for name in parts], self._path(sha256))

    async def discard(self, upload_id: UUID) -> None:
        await asyncio.to_thread(self._discard, upload_id)

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

    def _keep(self, upload_id: UUID, parts: list[Path], target: Path) -> None:
        """A reader never sees half a file: the whole is checked under another name, then renamed."""
        whole = parts[0] if len(parts) == 1 else self._join(upload_id, parts)
        if (sha256 := _hash(whole)) != target.name:
            raise WrongHash(expected=target.name, received=sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        whole.replace(target)
        for directory in (target.parent, target.parent.parent):
            _sync_directory(directory)

    def _join(self, upload_id: UUID, parts: list[Path]) -> Path:
        with _open_new(self._incoming, f"{upload_id}.") as file:
            for part in parts:
                for chunk in _chunks(part):
                    file.write(chunk)
            _make_durable(file)
        return Path(file.name)

    def _discard(self, upload_id: UUID) -> None:
        for path in self._incoming.glob(f"{upload_id}.*"):
            path.unlink(missing_ok=True)


def _open_new(directory: Path, prefix: str) -> BinaryIO:
    directory.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=prefix, dir=directory)
    os.close(descriptor)
    return Path(name).open("wb")


def _drop(file: BinaryIO) -> None:
    file.close()
    Path(file.name).unlink(missing_ok=True)


def _make_durable(file: BinaryIO) -> None:
    """Close the file; its bytes and its name outlast a loss of power."""
    file.flush()
    os.fsync(file.fileno())
    file.close()
    _sync_directory(Path(file.name).parent)


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
