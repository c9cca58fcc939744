"""Tables of offline: outboxes, and every mutation that was decided, with its verdict, for ever."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.tables import Row, StructJson, Table
from sync.protocol import JsonObject, MutationState


class SyncOutbox(Table):
    """One outbox of one user. last_mid: the highest number that was decided."""

    __tablename__ = "sync_outbox"
    audited = False

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("app_user.id"))
    last_mid: Mapped[int] = mapped_column(default=0)


class SyncMutation(Row):
    """A mutation as it came, and what was decided about it. version: of the document afterwards."""

    __tablename__ = "sync_mutation"
    __table_args__ = (
        UniqueConstraint("outbox_id", "mid"),
        Index("ix_sync_mutation_document", "outbox_id", "kind", "document_id", "mid"),
    )
    audited = False

    outbox_id: Mapped[str] = mapped_column(ForeignKey("sync_outbox.id"))
    mid: Mapped[int]
    uid: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str]
    device: Mapped[str]
    op: Mapped[str]
    kind: Mapped[str]
    document_id: Mapped[str]
    base: Mapped[int | None]
    args: Mapped[JsonObject] = mapped_column(StructJson(dict[str, Any]))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]
    status: Mapped[MutationState]
    code: Mapped[str | None]
    path: Mapped[str | None]
    version: Mapped[int | None]
    document_state: Mapped[str | None]
