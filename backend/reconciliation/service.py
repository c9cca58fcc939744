"""Use cases of reconciliation: ask for a run, keep the breaks up to date, look. Comparing is in `comparing`."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.identity.principal import Principal
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.errors import DomainError
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.reconciliation import queries
from backend.reconciliation.comparing import Comparison
from backend.reconciliation.lifecycle import BREAK, RUN, BreakCommand, BreakState, RunCommand, RunState
from backend.reconciliation.models import ReconciliationRun, ServiceBreak
from backend.reconciliation.naming import break_view, break_views
from backend.reconciliation.schemas import (
    BreakKind,
    BreakView,
    Finding,
    RootCause,
    RowError,
    RunView,
    UnknownBreak,
    UnknownRun,
)

BREAK_FOUND = "service_break.found"
FROM_BILLING = "billing"
REASON_CHARACTERS = 200


async def request(tx: Transaction) -> RunView:
    """Ask for a comparison with billing's own extract; the worker does it."""
    run = _new_run(tx, FROM_BILLING)
    run.due_at = tx.now
    tx.add(run)
    await tx.flush()
    return _run_view(run)


async def request_if_idle(tx: Transaction) -> None:
    """Ask for a comparison, unless one is waiting or going on already."""
    if not await queries.is_any_unfinished(tx):
        await request(tx)


async def bring(tx: Transaction, source: str) -> UUID:
    """A run that the caller carries out itself, with an extract of its own; the worker leaves it alone."""
    run = _new_run(tx, source)
    tx.add(run)
    await tx.flush()
    return run.id


async def begin(tx: Transaction, run_id: UUID) -> datetime | None:
    """The instant at which billing is asked; None when there is nothing to run, as the run has ended."""
    run = await tx.get(ReconciliationRun, run_id, UnknownRun, lock=True)
    if run.state not in (RunState.QUEUED, RunState.RUNNING):
        run.finish_work()
        return None
    move(tx, run, RunCommand.BEGIN)
    return tx.now


async def finish(tx: Transaction, run_id: UUID, comparison: Comparison) -> RunView:
    """Open breaks for new findings, renew those that are still found, close the others.

    Events `service_break.found`, `service_break.closed`, `reconciliation_run.done`.
    """
    run = await tx.get(ReconciliationRun, run_id, UnknownRun, lock=True)
    known = {(one.kind, one.subject_id): one for one in await queries.lock_unclosed(tx)}
    found = {finding.key: (finding, cause) for finding, cause in comparison.findings}
    for key, (finding, cause) in found.items():
        if key in known:
            _renew(tx, known[key], finding, cause)
        else:
            _open(tx, run, finding, cause)
    for key in known.keys() - found.keys():
        _close(tx, run, known[key])
    run.breaks_found = len(found)
    run.breaks_opened, run.breaks_closed = len(found.keys() - known.keys()), len(known.keys() - found.keys())
    run.as_of, run.finished_at = comparison.as_of, tx.now
    run.services_compared, run.items_compared = comparison.services_compared, comparison.items_compared
    run.units_compared, run.stage = comparison.units_compared, ""
    move(tx, run, RunCommand.FINISH)
    run.finish_work()
    return _run_view(run)


async def fail(tx: Transaction, run_id: UUID, trouble: DomainError) -> RunView:
    """Billing will not give its extract, or it cannot be meant as it is. Event `reconciliation_run.failed`."""
    run = await tx.get(ReconciliationRun, run_id, UnknownRun, lock=True)
    reason = str(trouble.params.get("reason", trouble.code))[:REASON_CHARACTERS]
    move(tx, run, RunCommand.FAIL, detail={"reason": reason})
    run.failure, run.finished_at = reason, tx.now
    run.errors = msgspec.convert(trouble.params.get("errors", []), list[RowError])
    run.finish_work()
    return _run_view(run)


async def see_run(tx: Transaction, run_id: UUID) -> RunView:
    """Raises UnknownRun."""
    return _run_view(await tx.get(ReconciliationRun, run_id, UnknownRun))


async def see_break(tx: Transaction, principal: Principal, break_id: UUID) -> BreakView:
    """Raises UnknownBreak."""
    return await break_view(tx, principal, await tx.get(ServiceBreak, break_id, UnknownBreak))


async def see_breaks(
    tx: Transaction,
    principal: Principal,
    *,
    state: BreakState | None,
    kind: BreakKind | None,
    page_size: int,
    cursor: str | None,
) -> Page[BreakView]:
    """Breaks in the order in which they were found. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.breaks_after(tx, state=state, kind=kind, after=after, limit=page_size + 1)
    return page_of(await break_views(tx, principal, rows), [row.id for row in rows], page_size)


def _new_run(tx: Transaction, source: str) -> ReconciliationRun:
    return ReconciliationRun(id=tx.new_id(), state=RUN.initial, source=source, requested_at=tx.now, errors=[])


def _open(tx: Transaction, run: ReconciliationRun, finding: Finding, cause: RootCause) -> None:
    found = ServiceBreak(
        id=tx.new_id(),
        state=BREAK.initial,
        found_at=tx.now,
        found_by=run.id,
        root_cause=cause,
        **{name: getattr(finding, name) for name in Finding.__struct_fields__},
    )
    tx.add(found)
    outbox.record(tx, BREAK_FOUND, found.id)
    if finding.repair is not None:
        move(tx, found, BreakCommand.PROPOSE)


def _renew(tx: Transaction, known: ServiceBreak, finding: Finding, cause: RootCause) -> None:
    """The same difference may cost another amount by now. A repair that was approved stays as it was approved."""
    known.risk_minor_per_day, known.currency = finding.risk_minor_per_day, finding.currency
    known.expected, known.found, known.root_cause = finding.expected, finding.found, cause
    if known.state in (BreakState.OPEN, BreakState.REPAIR_PROPOSED):
        known.repair = finding.repair
        if known.state is BreakState.OPEN and finding.repair is not None:
            move(tx, known, BreakCommand.PROPOSE)
        elif known.state is BreakState.REPAIR_PROPOSED and finding.repair is None:
            move(tx, known, BreakCommand.WITHDRAW)


def _close(tx: Transaction, run: ReconciliationRun, gone: ServiceBreak) -> None:
    move(tx, gone, BreakCommand.CLOSE)
    gone.closed_at, gone.closed_by = tx.now, run.id


def _run_view(row: ReconciliationRun) -> RunView:
    return msgspec.convert(row, RunView, from_attributes=True)
