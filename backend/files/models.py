"""Tables of files. The bytes themselves are behind the port `Blobs`."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.tables import Table


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
