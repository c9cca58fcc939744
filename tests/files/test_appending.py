"""What arrived stays, whatever becomes of the request that brought it."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest

from backend.adapters.blobs_local import INCOMING, LocalBlobs
from backend.files import appending, service, uploads
from backend.files.appending import LEASE, Piece, append
from backend.files.arriving import Arriving
from backend.files.schemas import (
    FileReaders,
    TooManyParts,
    UploadGone,
    UploadLocked,
    UploadStalled,
    UploadUnknown,
    UploadView,
    WrongOffset,
)
from backend.files.tus import Checksum, ChecksumMismatch
from backend.kernel.db import Database
from tests.factories.files import make_upload, phone
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

PHOTO = bytes(range(256)) * 8
HALF = len(PHOTO) // 2
SHA256 = sha256(PHOTO).hexdigest()
ANNA = phone(1)


async def arriving(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def piece(start: int, *chunks: bytes, checksum: Checksum | None = None) -> Piece:
    return Piece(offset_bytes=start, size_bytes=None, chunks=arriving(*chunks), checksum=checksum)


class Field:
    """One phone, one photo, one directory."""

    def __init__(self, database: Database, root: Path, clock: FixedClock) -> None:
        self.database, self.root, self.clock = database, root, clock
        self.blobs = LocalBlobs(root)

    async def begin(self) -> UUID:
        async with self.database.transaction(ANNA.actor, "test") as tx:
            made = await make_upload(tx, ANNA, PHOTO)
        return made.id

    async def add(self, upload_id: UUID, sent: Piece) -> UploadView:
        return await append(self.database, self.blobs, ANNA, upload_id, sent)

    async def offset(self, upload_id: UUID) -> int:
        async with self.database.snapshot(ANNA.actor, "test") as tx:
            return (await uploads.status(tx, ANNA, upload_id)).offset_bytes

    async def is_stored(self) -> bool:
        async with self.database.snapshot(ANNA.actor, "test") as tx:
            return await service.is_readable(tx, ANNA, SHA256, FileReaders())

    async def stored(self) -> bytes:
        return b"".join([chunk async for chunk in self.blobs.read(SHA256)])


@pytest.fixture
def field(database: Database, tmp_path: Path, clock: FixedClock) -> Field:
    return Field(database, tmp_path / "blobs", clock)


async def test_what_came_before_the_line_was_cut_stays(field: Field):
    upload_id = await field.begin()

    await field.add(upload_id, piece(0, PHOTO[:100], PHOTO[100:300]))
    await field.add(upload_id, piece(300, PHOTO[300:]))

    assert await field.stored() == PHOTO


async def test_a_line_that_brings_nothing_changes_nothing(field: Field):
    upload_id = await field.begin()

    for _ in range(3):
        await field.add(upload_id, piece(0))

    assert await field.offset(upload_id) == 0
    assert list((field.root / INCOMING).iterdir()) == []


async def test_bytes_with_a_checksum_count_only_when_all_came(field: Field):
    upload_id = await field.begin()
    whole = Checksum(algorithm="sha256", digest=sha256(PHOTO).digest())

    with pytest.raises(ChecksumMismatch):
        await field.add(upload_id, piece(0, PHOTO[:100], checksum=whole))

    assert await field.offset(upload_id) == 0
    assert list((field.root / INCOMING).iterdir()) == []


async def test_a_request_that_stalls_keeps_what_came_and_ends(field: Field, monkeypatch: pytest.MonkeyPatch):
    async def silent_after(*chunks: bytes) -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk
        await asyncio.Event().wait()

    monkeypatch.setattr(appending, "Arriving", lambda *args, **given: Arriving(*args, **given, idle_seconds=0.01))
    upload_id = await field.begin()

    with pytest.raises(UploadStalled) as stalled:
        await field.add(upload_id, Piece(offset_bytes=0, size_bytes=None, chunks=silent_after(PHOTO[:100])))

    assert stalled.value.params == {"offset_bytes": 100}
    await field.add(upload_id, piece(100, PHOTO[100:]))
    assert await field.stored() == PHOTO


async def test_long_bodies_are_kept_part_by_part(field: Field, monkeypatch: pytest.MonkeyPatch):
    """So that a server that is killed in the middle has what came before."""
    monkeypatch.setattr(appending, "PART_BYTES", 100)
    upload_id = await field.begin()

    async def watched() -> AsyncIterator[bytes]:
        yield PHOTO[:150]
        yield PHOTO[150:160]
        assert await field.offset(upload_id) == 150
        raise ConnectionError("the power is gone")

    with pytest.raises(ConnectionError):
        await field.add(upload_id, Piece(offset_bytes=0, size_bytes=None, chunks=watched()))

    assert await field.offset(upload_id) == 150


async def test_only_one_request_at_a_time_adds_to_an_upload(field: Field):
    upload_id = await field.begin()

    async def meanwhile() -> AsyncIterator[bytes]:
        yield PHOTO[:100]
        with pytest.raises(UploadLocked):
            await field.add(upload_id, piece(0, PHOTO))
        yield PHOTO[100:]

    await field.add(upload_id, Piece(offset_bytes=0, size_bytes=None, chunks=meanwhile()))

    assert await field.stored() == PHOTO


async def test_of_many_requests_at_once_one_is_heard(field: Field):
    """As when a phone and several web processes lose sight of each other."""
    upload_id = await field.begin()

    outcomes = await asyncio.gather(
        *(field.add(upload_id, piece(0, PHOTO[:HALF], PHOTO[HALF:])) for _ in range(5)), return_exceptions=True
    )

    heard = [outcome for outcome in outcomes if isinstance(outcome, UploadView)]
    assert [upload.offset_bytes for upload in heard] == [len(PHOTO)]
    assert all(isinstance(other, UploadLocked | WrongOffset) for other in outcomes if other not in heard)
    assert await field.stored() == PHOTO


async def test_a_request_that_was_overtaken_changes_nothing_any_more(field: Field):
    """Its process was frozen for longer than its lease, and the phone has come back on another line."""
    upload_id = await field.begin()

    async def frozen() -> AsyncIterator[bytes]:
        yield b"?" * HALF
        field.clock.advance(LEASE.total_seconds() + 1)
        await field.add(upload_id, piece(0, PHOTO[:HALF]))

    with pytest.raises(UploadLocked):
        await field.add(upload_id, Piece(offset_bytes=0, size_bytes=None, chunks=frozen()))

    await field.add(upload_id, piece(HALF, PHOTO[HALF:]))
    assert await field.stored() == PHOTO


async def test_a_dead_process_holds_an_upload_only_for_its_lease(field: Field, monkeypatch: pytest.MonkeyPatch):
    upload_id = await field.begin()
    with monkeypatch.context() as dead:
        dead.setattr(appending._Desk, "release", _never)  # noqa: SLF001 - what a killed process does not do
        with pytest.raises(ConnectionError):
            await field.add(upload_id, piece(0, PHOTO[:100]))

    with pytest.raises(UploadLocked):
        await field.add(upload_id, piece(100, PHOTO[100:]))
    field.clock.advance(LEASE.total_seconds() + 1)
    await field.add(upload_id, piece(100, PHOTO[100:]))

    assert await field.stored() == PHOTO


async def _never(_desk: object, _lease: object) -> UploadView:
    raise ConnectionError("this process is gone")


async def test_a_whole_is_told_only_when_it_is_stored(field: Field, monkeypatch: pytest.MonkeyPatch):
    """A server that dies between making the file and saying so has the last part sent again."""
    upload_id = await field.begin()
    await field.add(upload_id, piece(0, PHOTO[:HALF]))
    with monkeypatch.context() as dying:
        dying.setattr(service, "store", _dies)
        with pytest.raises(ConnectionError):
            await field.add(upload_id, piece(HALF, PHOTO[HALF:]))

    assert (await field.offset(upload_id), await field.is_stored()) == (HALF, False)
    await field.add(upload_id, piece(HALF, PHOTO[HALF:]))
    assert (await field.stored(), await field.is_stored()) == (PHOTO, True)


async def _dies(*_arguments: object) -> None:
    raise ConnectionError("this process is gone")


async def test_crumbs_end_an_upload(field: Field, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(appending, "MAX_PARTS", 3)
    upload_id = await field.begin()
    for start in range(3):
        await field.add(upload_id, piece(start, PHOTO[start : start + 1]))

    with pytest.raises(TooManyParts):
        await field.add(upload_id, piece(3, PHOTO[3:]))

    with pytest.raises(UploadGone):
        await field.offset(upload_id)


async def test_an_upload_is_its_senders_alone(field: Field):
    upload_id = await field.begin()

    with pytest.raises(UploadUnknown):
        await append(field.database, field.blobs, phone(2), upload_id, piece(0, PHOTO))
    async with field.database.transaction(ANNA.actor, "test") as tx:
        with pytest.raises(UploadUnknown):
            await uploads.status(tx, phone(2), upload_id)
        with pytest.raises(UploadUnknown):
            await uploads.terminate(tx, phone(2), upload_id)


async def test_a_finished_upload_takes_nothing_more(field: Field):
    upload_id = await field.begin()
    await field.add(upload_id, piece(0, PHOTO))

    with pytest.raises(WrongOffset):
        await field.add(upload_id, piece(0, PHOTO))
    after = await field.add(upload_id, piece(len(PHOTO)))

    assert after.offset_bytes == len(PHOTO)
