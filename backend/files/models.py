"""Tables of files. The bytes themselves are behind the port `Blobs`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, Table


class Blob(Table):
    """A file that is stored or awaited: a record may name a photo before the photo has arrived.

    media_type, size_bytes, stored_at: None while it is awaited. reference_count: how many records name it.
    """

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str | None]
    size_bytes: Mapped[int | None]
    stored_at: Mapped[datetime | None]
    reference_count: Mapped[int] = mapped_column(default=0)


class BlobUpload(Table):
    """Somebody sent these bytes whole, and so may read them again."""

    __tablename__ = "blob_upload"
    audited = False

    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"), primary_key=True)
    actor_id: Mapped[UUID] = mapped_column(primary_key=True)
    uploaded_at: Mapped[datetime]


class Upload(WorkRow, Row):
    """A file on its way. It is open until it is finished (the file is stored) or ended (given up, expired, damaged).

    offset_bytes: how much is kept for certain; below length_bytes while open. holder: the request that is adding to
    it, until held_until. client_metadata: what the client said at creation, told again as it came. due_at: when
    there is something to clean up.
    """

    __tablename__ = "upload"
    audited = False  # a means to an end: the blob that comes of it is audited

    actor_id: Mapped[UUID] = mapped_column(index=True)
    sha256: Mapped[str]
    media_type: Mapped[str]
    length_bytes: Mapped[int]
    offset_bytes: Mapped[int] = mapped_column(default=0)
    client_metadata: Mapped[str]
    expires_at: Mapped[datetime]
    holder: Mapped[UUID | None]
    held_until: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class UploadPart(Table):
    """Bytes of an upload that are kept for certain, from offset_bytes on. name: by which the port knows them."""

    __tablename__ = "upload_part"
    audited = False

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    offset_bytes: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
