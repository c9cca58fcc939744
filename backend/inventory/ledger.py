"""The ledger of stock: a line for every change of place, never a balance. A unit's place is its last line's."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backend.inventory.models import MoveReason, SerialUnit, StockMove
from backend.kernel.db import Transaction


class Way(NamedTuple):
    """from_id: None for what comes from outside the ledger; both are locations."""

    from_id: UUID | None
    to_id: UUID


def enter(
    tx: Transaction,
    way: Way,
    reason: MoveReason,
    *,
    model: str,
    quantity: int = 1,
    unit_id: UUID | None = None,
    subject_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> None:
    """Write one line. quantity: ≥ 1; subject_id: what it was done for, such as a job; occurred_at: now if not said."""
    line = StockMove(
        id=tx.new_id(),
        model=model,
        quantity=quantity,
        serial_unit_id=unit_id,
        from_location_id=way.from_id,
        to_location_id=way.to_id,
        at=tx.now,
        occurred_at=occurred_at or tx.now,
        reason=reason,
        subject_id=subject_id,
        actor_kind=tx.actor.kind,
        actor_id=tx.actor.id,
    )
    tx.add(line)


def put(
    tx: Transaction,
    moved: SerialUnit,
    to_location_id: UUID,
    reason: MoveReason,
    *,
    subject_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> None:
    """Change a unit's place, with the line of it."""
    enter(
        tx,
        Way(moved.location_id, to_location_id),
        reason,
        model=moved.model,
        unit_id=moved.id,
        subject_id=subject_id,
        occurred_at=occurred_at,
    )
    moved.location_id = to_location_id
