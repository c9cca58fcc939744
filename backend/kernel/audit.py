"""Who changed what, by which operation: one row per changed row, written in the same transaction.

Rows hold ids and column names only, no values: no personal data. They are linked to a chain afterwards (`audit_chain`).
"""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.changes import Change, merged
from backend.kernel.statements import Insertion
from backend.kernel.tables import Row, StructJson

if TYPE_CHECKING:
    from backend.kernel.db import Transaction


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts. kind: user, device, customer, service, system or anonymous."""

    kind: str
    id: UUID | None = None


SYSTEM = Actor(kind="system")
ANONYMOUS = Actor(kind="anonymous")


class AuditRow(Row):
    """One row that one transaction inserted, updated or deleted."""

    __tablename__ = "audit"
    audited = False

    at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    cause: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[str]
    change: Mapped[str]
    fields: Mapped[list[str]] = mapped_column(StructJson(list[str]))


_KEEP = Insertion(AuditRow.__table__)


async def write_audit(tx: "Transaction") -> None:
    """The hook before commit: an audit row for each changed row of an audited table."""
    tx.put_later(_KEEP, *[_row(tx, change) for change in merged(tx.changes) if change.audited])


def note(tx: "Transaction", *, subject_kind: str, subject_id: str, change: str, fields: list[str]) -> None:
    """An audit row for what changes none, such as the reading of everything. fields: words about it, no personal data."""
    said: dict[str, Any] = {"subject_kind": subject_kind, "subject_id": subject_id, "change": change, "fields": fields}
    tx.append(AuditRow, at=tx.now, actor_kind=tx.actor.kind, actor_id=tx.actor.id, cause=tx.cause, **said)


def _row(tx: "Transaction", change: Change) -> dict[str, Any]:
    return {
        "id": tx.new_id(),
        "at": tx.now,
        "actor_kind": tx.actor.kind,
        "actor_id": tx.actor.id,
        "cause": tx.cause,
        "subject_kind": change.table,
        "subject_id": str(change.row_id),
        "change": change.kind,
        "fields": list(change.fields),
    }
