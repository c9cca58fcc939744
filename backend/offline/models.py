"""Tables of offline: outboxes, and every mutation that was decided, with its verdict, for ever."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.tables import Row, StructJson, Table
from sync.protocol import JsonObject, MutationState


class SyncOutbox(Table):
    """One outbox of one user. last_mid: the highest number that was decided; durable_mid: that a backup holds."""

    __tablename__ = "sync_outbox"
    audited = False

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    last_mid: Mapped[int] = mapped_column(default=0)
    durable_mid: Mapped[int] = mapped_column(default=0)


class PhoneContact(Table):
    """What is known of a phone since it last called: see `contacts.Contact`. schema: of the protocol that it spoke."""

    __tablename__ = "phone_contact"
    audited = False

    device_id: Mapped[UUID] = mapped_column(ForeignKey("device.id"), primary_key=True)
    heard_at: Mapped[datetime] = mapped_column(index=True)
    synced_at: Mapped[datetime | None]
    app: Mapped[str | None]
    schema: Mapped[int]
    waiting: Mapped[int | None]


class Outbox(Struct, frozen=True, kw_only=False):
    """A row of SyncOutbox, as a push or a pull reads it."""

    id: str
    user_id: UUID
    last_mid: int = 0
    durable_mid: int = 0


class SyncMutation(Row):
    """A mutation as it came, and what was decided about it.

    is_first: this is the decision on its uid; others repeat it under another number. version: of the document
    afterwards. occurred_at: what became of the device's time `at_ms` and its offset `off_ms`; had_lease: then.
    op, args: in the words of `schema`, for `sync.upcasters` to read.
    """

    __tablename__ = "sync_mutation"
    __table_args__ = (
        UniqueConstraint("outbox_id", "mid"),
        # The truth about one effect per piece of work: two outboxes that bring it at once cannot both be first.
        Index(
            "uq_sync_mutation_uid_first",
            "uid",
            unique=True,
            sqlite_where=text("is_first = 1"),
            postgresql_where=text("is_first"),
        ),
        Index("ix_sync_mutation_document", "outbox_id", "kind", "document_id", "mid"),
    )
    audited = False

    outbox_id: Mapped[str] = mapped_column(ForeignKey("sync_outbox.id"))
    mid: Mapped[int]
    uid: Mapped[str]
    is_first: Mapped[bool]
    digest: Mapped[str]
    device: Mapped[str]
    schema: Mapped[int]
    op: Mapped[str]
    kind: Mapped[str]
    document_id: Mapped[str]
    base: Mapped[int | None]
    args: Mapped[JsonObject] = mapped_column(StructJson(dict[str, Any]))
    at_ms: Mapped[int]
    off_ms: Mapped[int | None]
    blobs: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    occurred_at: Mapped[datetime]
    had_lease: Mapped[bool]
    received_at: Mapped[datetime]
    status: Mapped[MutationState]
    code: Mapped[str | None]
    path: Mapped[str | None]
    version: Mapped[int | None]
    document_state: Mapped[str | None]
    lost: Mapped[JsonObject] = mapped_column(StructJson(dict[str, Any]))
