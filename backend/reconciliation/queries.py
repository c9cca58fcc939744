"""Reads of reconciliation: runs that go on, breaks that are not closed, breaks in pages and in sums."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update

from backend.kernel.db import Transaction
from backend.reconciliation.lifecycle import UNSETTLED, BreakState, RunState
from backend.reconciliation.models import ReconciliationRun, ServiceBreak
from backend.reconciliation.schemas import BreakKind


class Tally(NamedTuple):
    """Breaks of one kind, state and currency. oldest_since: when the oldest began."""

    kind: BreakKind
    state: BreakState
    currency: str
    break_count: int
    risk_minor_per_day: int
    oldest_since: datetime


async def tallies(tx: Transaction) -> list[Tally]:
    """The breaks that somebody still has to care about, in sums."""
    by = ServiceBreak.kind, ServiceBreak.state, ServiceBreak.currency
    sums = func.count(), func.sum(ServiceBreak.risk_minor_per_day), func.min(ServiceBreak.since)
    query = select(*by, *sums).where(ServiceBreak.state.in_(UNSETTLED)).group_by(*by).order_by(*by)
    rows = await tx.session.execute(query)
    # PostgreSQL sums whole numbers to a decimal one.
    return [Tally(*row)._replace(risk_minor_per_day=int(row[4])) for row in rows]


async def is_any_unfinished(tx: Transaction) -> bool:
    """Whether a run of the worker waits or goes on; one that somebody carries out himself may have died with him."""
    unfinished = ReconciliationRun.state.in_((RunState.QUEUED, RunState.RUNNING))
    query = select(ReconciliationRun.id).where(unfinished, ReconciliationRun.due_at.is_not(None)).limit(1)
    return (await tx.session.scalars(query)).first() is not None


async def note_progress(tx: Transaction, run_id: UUID, stage: str, done: int, total: int) -> None:
    """How far a run is. Past the session: it is no business fact, and a version for it would refuse who ends the run."""
    values = {"stage": stage, "stage_done": done, "stage_total": total}
    noted = update(ReconciliationRun).where(ReconciliationRun.id == run_id).values(values)
    await tx.session.execute(noted, execution_options={"synchronize_session": False})


async def lock_unclosed(tx: Transaction) -> list[ServiceBreak]:
    """Every break that is still there, locked: of two runs that end together the second sees what the first one did."""
    query = select(ServiceBreak).where(ServiceBreak.state != BreakState.CLOSED).order_by(ServiceBreak.id)
    return list(await tx.session.scalars(query.with_for_update().execution_options(populate_existing=True)))


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
