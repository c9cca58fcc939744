"""Files in a directory: whole or not at all, under their own hash."""

from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import pytest

from backend.adapters.blobs_local import LocalBlobs
from backend.ports import FileTooLarge, WrongHash

pytestmark = pytest.mark.anyio

PHOTO = b"a photo" * 1000
NAME = sha256(PHOTO).hexdigest()


async def chunks(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken() -> AsyncIterator[bytes]:
    yield PHOTO[:1000]
    raise ConnectionError("the line is gone")


def kept(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def test_what_was_put_is_read_back(tmp_path: Path):
    blobs = LocalBlobs(tmp_path)

    size = await blobs.put(NAME, chunks(PHOTO), limit_bytes=len(PHOTO))

    assert size == len(PHOTO)
    assert b"".join([chunk async for chunk in blobs.read(NAME)]) == PHOTO
    assert kept(tmp_path) == [f"{NAME[:2]}/{NAME}"]


async def test_the_same_bytes_again_change_nothing(tmp_path: Path):
    blobs = LocalBlobs(tmp_path)

    await blobs.put(NAME, chunks(PHOTO), limit_bytes=len(PHOTO))
    await blobs.put(NAME, chunks(PHOTO, size=7), limit_bytes=len(PHOTO))

    assert kept(tmp_path) == [f"{NAME[:2]}/{NAME}"]


async def test_bytes_with_another_hash_are_not_kept(tmp_path: Path):
    with pytest.raises(WrongHash):
        await LocalBlobs(tmp_path).put(NAME, chunks(PHOTO + b"!"), limit_bytes=len(PHOTO) + 1)

    assert kept(tmp_path) == []


async def test_more_bytes_than_allowed_are_not_kept(tmp_path: Path):
    with pytest.raises(FileTooLarge):
        await LocalBlobs(tmp_path).put(NAME, chunks(PHOTO), limit_bytes=len(PHOTO) - 1)

    assert kept(tmp_path) == []


async def test_a_line_that_breaks_leaves_nothing(tmp_path: Path):
    with pytest.raises(ConnectionError):
        await LocalBlobs(tmp_path).put(NAME, broken(), limit_bytes=len(PHOTO))

    assert kept(tmp_path) == []


async def test_a_name_that_is_no_hash_never_becomes_a_path(tmp_path: Path):
    with pytest.raises(AssertionError):
        [chunk async for chunk in LocalBlobs(tmp_path).read("../../etc/passwd")]
