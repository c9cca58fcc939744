"""A break, as a run found it."""

from uuid import UUID

from backend.kernel.db import Transaction
from backend.reconciliation.lifecycle import BREAK
from backend.reconciliation.models import ServiceBreak
from backend.reconciliation.schemas import BreakKind, RootCause


async def make_break(tx: Transaction, run_id: UUID, service_id: UUID) -> UUID:
    """A service that runs and is not billed, found by this run, with no repair prepared."""
    found = ServiceBreak(
        id=tx.new_id(),
        kind=BreakKind.ACTIVE_NOT_BILLED,
        state=BREAK.initial,
        subject_id=service_id,
        subject="",
        service_id=service_id,
        since=tx.now,
        found_at=tx.now,
        found_by=run_id,
        risk_minor_per_day=131,
        currency="EUR",
        root_cause=RootCause(),
    )
    tx.add(found)
    await tx.flush()
    return found.id
