"""Files in a directory: whole or not at all, under their own hash."""

from collections.abc import AsyncIterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest

from backend.adapters.blobs_local import INCOMING, LocalBlobs
from backend.ports import WrongHash

pytestmark = pytest.mark.anyio

PHOTO = b"a photo" * 1000
NAME = sha256(PHOTO).hexdigest()
ONE, OTHER = UUID(int=1), UUID(int=2)


async def chunks(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


async def broken() -> AsyncIterator[bytes]:
    yield PHOTO[:1000]
    raise ConnectionError("the line is gone")


def kept(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


async def arrive(blobs: LocalBlobs, upload_id: UUID, *pieces: bytes) -> list[str]:
    """The names of the parts that these pieces make."""
    return [(await blobs.append(upload_id, chunks(piece))).name for piece in pieces]


@pytest.mark.parametrize("cuts", [[0, 7000], [0, 1, 7000], [0, 999, 1000, 1001, 7000]])
async def test_parts_make_the_file(tmp_path: Path, cuts: list[int]):
    blobs = LocalBlobs(tmp_path)
    pieces = [PHOTO[start:end] for start, end in pairwise(cuts)]
    parts = await arrive(blobs, ONE, *pieces)

    await blobs.keep(ONE, parts, sha256=NAME)
    await blobs.discard(ONE)

    assert b"".join([chunk async for chunk in blobs.read(NAME)]) == PHOTO
    assert kept(tmp_path) == [f"{NAME[:2]}/{NAME}"]


async def test_a_part_tells_its_size(tmp_path: Path):
    part = await LocalBlobs(tmp_path).append(ONE, chunks(PHOTO))

    assert part.size_bytes == len(PHOTO)


async def test_the_same_bytes_again_change_nothing(tmp_path: Path):
    blobs = LocalBlobs(tmp_path)

    for upload_id in (ONE, OTHER):
        await blobs.keep(upload_id, await arrive(blobs, upload_id, PHOTO), sha256=NAME)

    assert kept(tmp_path) == [f"{NAME[:2]}/{NAME}"]


async def test_several_parts_can_be_made_a_file_of_twice(tmp_path: Path):
    """Whoever dies after it does it again."""
    blobs = LocalBlobs(tmp_path)
    parts = await arrive(blobs, ONE, PHOTO[:10], PHOTO[10:])

    for _ in range(2):
        await blobs.keep(ONE, parts, sha256=NAME)

    assert b"".join([chunk async for chunk in blobs.read(NAME)]) == PHOTO


@pytest.mark.parametrize("pieces", [[PHOTO + b"!"], [PHOTO[10:], PHOTO[:10]]])
async def test_bytes_with_another_hash_are_not_kept(tmp_path: Path, pieces: list[bytes]):
    blobs = LocalBlobs(tmp_path)
    parts = await arrive(blobs, ONE, *pieces)

    with pytest.raises(WrongHash):
        await blobs.keep(ONE, parts, sha256=NAME)
    await blobs.discard(ONE)

    assert kept(tmp_path) == []


async def test_a_line_that_breaks_leaves_nothing(tmp_path: Path):
    with pytest.raises(ConnectionError):
        await LocalBlobs(tmp_path).append(ONE, broken())

    assert kept(tmp_path) == []


async def test_only_the_uploads_own_parts_are_discarded(tmp_path: Path):
    blobs = LocalBlobs(tmp_path)
    await arrive(blobs, ONE, PHOTO)
    (name,) = await arrive(blobs, OTHER, PHOTO)

    await blobs.discard(ONE)

    assert kept(tmp_path) == [f"{INCOMING}/{name}"]


@pytest.mark.parametrize("name", ["../../etc/passwd", f"{OTHER}.abc"])
async def test_a_part_of_another_upload_never_becomes_a_path(tmp_path: Path, name: str):
    with pytest.raises(AssertionError):
        await LocalBlobs(tmp_path).keep(ONE, [name], sha256=NAME)


async def test_a_name_that_is_no_hash_never_becomes_a_path(tmp_path: Path):
    with pytest.raises(AssertionError):
        [chunk async for chunk in LocalBlobs(tmp_path).read("../../etc/passwd")]
