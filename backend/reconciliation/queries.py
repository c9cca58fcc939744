"""Reads of reconciliation: breaks, open or in pages."""

from uuid import UUID

from sqlalchemy import select

from backend.kernel.db import Transaction
from backend.reconciliation.lifecycle import BreakState
from backend.reconciliation.models import ServiceBreak
from backend.reconciliation.schemas import BreakKind


async def lock_open_breaks(tx: Transaction) -> list[ServiceBreak]:
    """Every open break, locked: of two runs that end together the second sees what the first one did."""
    query = select(ServiceBreak).where(ServiceBreak.state == BreakState.OPEN).order_by(ServiceBreak.id)
    return list(await tx.session.scalars(query.with_for_update()))


async def breaks_after(
    tx: Transaction, *, state: BreakState | None, kind: BreakKind | None, after: UUID | None, limit: int
) -> list[ServiceBreak]:
    query = select(ServiceBreak)
    if state is not None:
        query = query.where(ServiceBreak.state == state)
    if kind is not None:
        query = query.where(ServiceBreak.kind == kind)
    if after is not None:
        query = query.where(ServiceBreak.id > after)
    return list(await tx.session.scalars(query.order_by(ServiceBreak.id).limit(limit)))
