"""Use cases of files: store, refer, read. How one comes here stands in `uploads`."""

import re

from sqlalchemy import select

from backend.files.models import Blob, BlobUpload
from backend.files.schemas import FileReaders, FileUnknown, FileView, NotASha256, WrongMediaType
from backend.identity.principal import Principal
from backend.kernel.db import Transaction

MAX_FILE_BYTES = 10 << 20  # a phone's photo at full size; clients send them scaled down to a tenth of it
MEDIA_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})  # none that a browser runs
SHA256 = re.compile(r"[0-9a-f]{64}")


def check_name(sha256: str, media_type: str) -> None:
    """Whether a file may come under this hash and type. Raises NotASha256, WrongMediaType."""
    if not SHA256.fullmatch(sha256):
        raise NotASha256()
    if media_type not in MEDIA_TYPES:
        raise WrongMediaType(media_type=media_type[:100], allowed=sorted(MEDIA_TYPES))


async def store(tx: Transaction, principal: Principal, sha256: str, media_type: str, size_bytes: int) -> None:
    """The bytes are behind the port: from now on there is such a file, and who sent it may read it."""
    blob = await _blob(tx, sha256)
    if blob.stored_at is None:
        blob.media_type, blob.size_bytes, blob.stored_at = media_type, size_bytes, tx.now
    sent = tx.upsert(BlobUpload).values(sha256=sha256, actor_id=principal.actor.id, uploaded_at=tx.now)
    await tx.session.execute(sent.on_conflict_do_nothing())


async def refer(tx: Transaction, sha256: str) -> None:
    """Count one more record that names this file, which may be still on its way."""
    blob = await _blob(tx, sha256)
    blob.reference_count += 1


async def readable(tx: Transaction, principal: Principal, sha256: str, readers: FileReaders) -> FileView:
    """The stored file, when this principal sent it or may see what names it. Raises FileUnknown."""
    blob = await tx.session.get(Blob, sha256)
    if blob is None or blob.stored_at is None:
        raise FileUnknown()
    if not (await _sent(tx, principal, sha256) or await readers.may_read(tx, principal, sha256)):
        raise FileUnknown()
    return _view(blob)


async def is_readable(tx: Transaction, principal: Principal, sha256: str, readers: FileReaders) -> bool:
    try:
        await readable(tx, principal, sha256, readers)
    except FileUnknown:
        return False
    return True


async def _blob(tx: Transaction, sha256: str) -> Blob:
    """The row of this file, locked; made when the file is named for the first time."""
    new = tx.upsert(Blob).values(sha256=sha256, reference_count=0)
    await tx.session.execute(new.on_conflict_do_nothing())
    locked = select(Blob).where(Blob.sha256 == sha256).with_for_update()
    return (await tx.session.scalars(locked)).one()


async def _sent(tx: Transaction, principal: Principal, sha256: str) -> bool:
    if principal.actor.id is None:
        return False
    return await tx.session.get(BlobUpload, (sha256, principal.actor.id)) is not None


def _view(blob: Blob) -> FileView:
    assert blob.media_type is not None, f"{blob.sha256} is stored, hence typed"
    assert blob.size_bytes is not None, f"{blob.sha256} is stored, hence measured"
    return FileView(sha256=blob.sha256, media_type=blob.media_type, size_bytes=blob.size_bytes)
