"""Use cases of an upload's life, from creation to the last trace of it. How bytes are added stands in `appending`."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from backend.files import service
from backend.files.models import Upload, UploadPart
from backend.files.schemas import FileEmpty, FileReaders, UploadGone, UploadUnknown, UploadView
from backend.files.tus import read_metadata
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.ports import FileTooLarge

LIFETIME = timedelta(days=31)  # from the last byte that came: a phone may lie in a drawer for a month
REMEMBERED = timedelta(days=7)  # so long the answer is 410, then 404
MAX_OPEN_UPLOADS = 50  # of one sender: a phone sends one after the other, the rest are leftovers of lost answers


async def create(
    tx: Transaction, principal: Principal, readers: FileReaders, *, length_bytes: int, client_metadata: str
) -> UploadView:
    """Begin an upload; when the file is stored already and the caller may read it, it is finished at once.

    client_metadata: an Upload-Metadata header that names at least `sha256` and `media_type`.
    Raises MalformedHeader, NotASha256, WrongMediaType, FileEmpty, FileTooLarge.
    """
    named = read_metadata(client_metadata)
    sha256, media_type = named.get("sha256", ""), named.get("media_type", "")
    service.check_name(sha256, media_type)
    if length_bytes > service.MAX_FILE_BYTES:
        raise FileTooLarge(limit_bytes=service.MAX_FILE_BYTES)
    if length_bytes == 0:
        raise FileEmpty()
    upload = Upload(
        id=tx.new_id(),
        actor_id=_sender(principal),
        sha256=sha256,
        media_type=media_type,
        length_bytes=length_bytes,
        offset_bytes=0,
        client_metadata=client_metadata,
    )
    renew(upload, now=tx.now)
    # To know a file's name is not to have it: who may not read it has to send it, and learns nothing.
    if await service.is_readable(tx, principal, sha256, readers):
        upload.offset_bytes = length_bytes
        finish(upload, now=tx.now)
    await _make_room(tx, principal)
    tx.add(upload)
    return view(upload)


async def status(tx: Transaction, principal: Principal, upload_id: UUID) -> UploadView:
    """How much of it is kept. Raises UploadUnknown, UploadGone."""
    return view(await own(tx, principal, upload_id))


async def terminate(tx: Transaction, principal: Principal, upload_id: UUID) -> None:
    """Give it up: its parts are deleted; a file that is stored already stays. Raises UploadUnknown, UploadGone."""
    end(await own(tx, principal, upload_id, lock=True), now=tx.now)


async def own(tx: Transaction, principal: Principal, upload_id: UUID, *, lock: bool = False) -> Upload:
    """The caller's own upload that has not ended. Raises UploadUnknown, UploadGone."""
    upload = await tx.get(Upload, upload_id, UploadUnknown, lock=lock)
    if upload.actor_id != principal.actor.id:
        raise UploadUnknown(id=str(upload_id))
    if upload.ended_at is not None or upload.expires_at <= tx.now:
        raise UploadGone(id=str(upload_id))
    return upload


def renew(upload: Upload, *, now: datetime) -> None:
    """Something came: its time begins anew."""
    upload.expires_at = now + LIFETIME
    upload.finish_work(again_at=upload.expires_at)


def finish(upload: Upload, *, now: datetime) -> None:
    """The file is stored; what is left over can be cleared away."""
    upload.finished_at = now
    upload.finish_work(again_at=now)


def end(upload: Upload, *, now: datetime) -> None:
    """Nothing will come of it, or nothing more."""
    upload.ended_at = now
    upload.finish_work(again_at=now)


def view(upload: Upload) -> UploadView:
    return UploadView(
        id=upload.id,
        offset_bytes=upload.offset_bytes,
        length_bytes=upload.length_bytes,
        client_metadata=upload.client_metadata,
        expires_at=upload.expires_at,
    )


# --- What the worker does --------------------------------------------------------------------------------------------


async def begin_sweep(tx: Transaction, upload_id: UUID) -> bool:
    """Whether the parts may be deleted; an upload that nobody went on with for LIFETIME ends here."""
    upload = await tx.get(Upload, upload_id, UploadUnknown, lock=True)
    if upload.held_until is not None and upload.held_until > tx.now:
        upload.finish_work(again_at=upload.held_until)  # somebody is writing, or joining the parts
        return False
    if upload.finished_at is None and upload.ended_at is None:
        if upload.expires_at > tx.now:
            upload.finish_work(again_at=upload.expires_at)
            return False
        upload.ended_at = tx.now
    return True


async def confirm_sweep(tx: Transaction, upload_id: UUID) -> None:
    """The parts are deleted. The row follows some time after it would have expired."""
    upload = await tx.get(Upload, upload_id, UploadUnknown, lock=True)
    await tx.session.execute(delete(UploadPart).where(UploadPart.upload_id == upload_id))
    forget_at = upload.expires_at + REMEMBERED
    if forget_at > tx.now:
        upload.finish_work(again_at=forget_at)
    else:
        await tx.session.delete(upload)


def _sender(principal: Principal) -> UUID:
    assert principal.actor.id is not None, "only persons and phones send files"
    return principal.actor.id


async def _make_room(tx: Transaction, principal: Principal) -> None:
    """One sender holds only so many open uploads: the oldest yields to a new one."""
    is_open = Upload.finished_at.is_(None) & Upload.ended_at.is_(None)
    mine = select(Upload).where(Upload.actor_id == principal.actor.id, is_open).order_by(Upload.id.desc())
    for upload in await tx.session.scalars(mine.offset(MAX_OPEN_UPLOADS - 1).with_for_update()):
        end(upload, now=tx.now)
