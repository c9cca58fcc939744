"""Adding bytes to an upload: a file comes in pieces, over as many requests as the network needs, and is stored whole.

Each request writes its bytes as parts of their own, and a part counts from the moment it is recorded. So nothing ever
overwrites or truncates: a request that was cut, killed or overtaken leaves bytes that nobody looks at. The request
that brings the last byte first makes the file (the port joins the parts and checks the hash), then says so; until
then a client hears of less than the whole, so that it never believes in a file that is not stored.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from backend.files import service, uploads
from backend.files.arriving import Arriving
from backend.files.models import Upload, UploadPart
from backend.files.schemas import TooManyParts, UploadLocked, UploadStalled, UploadUnknown, UploadView, WrongOffset
from backend.files.tus import Checksum
from backend.identity.principal import Principal
from backend.kernel.db import Database, Transaction
from backend.ports import Blobs, FileTooLarge, Part, WrongHash

LEASE = timedelta(seconds=20)  # longer than the silence after which a request is over
PART_BYTES = 1 << 20  # a usual photo is one part; a server that is killed forgets at most this much
MAX_PARTS = 2000  # of 5 KiB on average: with shorter ones it is cheaper to begin anew


@dataclass(frozen=True, kw_only=True)
class Piece:
    """What one request adds. offset_bytes: where it begins; size_bytes: as announced, None if it was not.

    chunks: ends when all was sent, or early when the line is cut.
    """

    offset_bytes: int
    size_bytes: int | None
    chunks: AsyncIterator[bytes]
    checksum: Checksum | None = None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """One request's hold on an upload, and how far the upload is. parts: names, in order."""

    upload_id: UUID
    token: UUID
    sha256: str
    length_bytes: int
    offset_bytes: int
    parts: tuple[str, ...]

    @property
    def room_bytes(self) -> int:
        return self.length_bytes - self.offset_bytes


async def append(database: Database, blobs: Blobs, principal: Principal, upload_id: UUID, piece: Piece) -> UploadView:
    """Add what one request brings; what arrived before it was cut stays. No transaction is open while it arrives.

    Raises UploadUnknown, UploadGone, UploadLocked, WrongOffset, FileTooLarge, ChecksumMismatch; UploadStalled when
    nothing came for a while; WrongHash and TooManyParts when nothing can come of this upload: it has ended then.
    """
    desk = _Desk(database, blobs, principal)
    lease = await desk.take(upload_id, piece)
    try:
        arriving = Arriving(piece.chunks, room_bytes=lease.room_bytes, checksum=piece.checksum)
        while lease.room_bytes and not arriving.is_over:
            part = await blobs.append(upload_id, arriving.take(PART_BYTES))
            if part.size_bytes:
                lease = await desk.record(lease, part)
        if arriving.is_stalled:
            raise UploadStalled(offset_bytes=lease.offset_bytes)
    finally:
        upload = await desk.release(lease)
    return upload


class _Desk:
    """Where one caller's bytes are counted, each step a transaction of its own."""

    def __init__(self, database: Database, blobs: Blobs, principal: Principal) -> None:
        self._database = database
        self._blobs = blobs
        self._principal = principal

    async def take(self, upload_id: UUID, piece: Piece) -> Lease:
        """Keep other requests away from the upload until it is released, or this one falls silent."""
        async with self._database.transaction(self._principal.actor, "take_upload") as tx:
            upload = await uploads.own(tx, self._principal, upload_id, lock=True)
            _check(upload, piece, tx)
            token = tx.new_id()
            upload.holder, upload.held_until = token, tx.now + LEASE
            names = select(UploadPart.name).where(UploadPart.upload_id == upload_id).order_by(UploadPart.offset_bytes)
            return Lease(
                upload_id=upload_id,
                token=token,
                sha256=upload.sha256,
                length_bytes=upload.length_bytes,
                offset_bytes=upload.offset_bytes,
                parts=tuple(await tx.session.scalars(names)),
            )

    async def record(self, lease: Lease, part: Part) -> Lease:
        """Count a part in. The last one makes the file first, and counts only then."""
        longer = replace(lease, offset_bytes=lease.offset_bytes + part.size_bytes, parts=(*lease.parts, part.name))
        if len(longer.parts) > MAX_PARTS:
            await self._give_up(lease)
            raise TooManyParts(most=MAX_PARTS)
        if not longer.room_bytes:
            await self._join(longer)
        async with self._database.transaction(self._principal.actor, "record_part") as tx:
            upload = await self._ours(tx, lease)
            tx.add(UploadPart(upload_id=upload.id, offset_bytes=upload.offset_bytes, name=part.name))
            upload.offset_bytes, upload.held_until = longer.offset_bytes, tx.now + LEASE
            uploads.renew(upload, now=tx.now)
            if not longer.room_bytes:
                await service.store(tx, self._principal, upload.sha256, upload.media_type, upload.length_bytes)
                uploads.finish(upload, now=tx.now)
        return longer

    async def release(self, lease: Lease) -> UploadView:
        async with self._database.transaction(self._principal.actor, "release_upload") as tx:
            upload = await tx.get(Upload, lease.upload_id, UploadUnknown, lock=True)
            if upload.holder == lease.token:
                upload.holder = upload.held_until = None
            return uploads.view(upload)

    async def _join(self, lease: Lease) -> None:
        async with self._database.transaction(self._principal.actor, "join_parts") as tx:
            upload = await self._ours(tx, lease)
            upload.held_until = tx.now + LEASE  # nobody may clear the parts away meanwhile
        try:
            await self._blobs.keep(lease.upload_id, lease.parts, sha256=lease.sha256)
        except WrongHash:
            await self._give_up(lease)
            raise

    async def _give_up(self, lease: Lease) -> None:
        async with self._database.transaction(self._principal.actor, "give_up_upload") as tx:
            uploads.end(await self._ours(tx, lease), now=tx.now)

    async def _ours(self, tx: Transaction, lease: Lease) -> Upload:
        """The upload, while this request still holds it. Raises UploadLocked when a later one took over, UploadGone."""
        upload = await uploads.own(tx, self._principal, lease.upload_id, lock=True)
        if upload.holder != lease.token:
            raise UploadLocked(retry_after_seconds=1)
        return upload


def _check(upload: Upload, piece: Piece, tx: Transaction) -> None:
    if upload.held_until is not None and upload.held_until > tx.now:
        raise UploadLocked(retry_after_seconds=int((upload.held_until - tx.now).total_seconds()) + 1)
    if piece.offset_bytes != upload.offset_bytes:
        raise WrongOffset(offset_bytes=upload.offset_bytes)
    if (piece.size_bytes or 0) > (room_bytes := upload.length_bytes - upload.offset_bytes):
        raise FileTooLarge(limit_bytes=room_bytes)
