"""Use cases of reconciliation: ask for a run, compare, keep the breaks up to date, look. Fetching is in `tasks`."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import msgspec

from backend.billing import service as billing
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders import service as orders
from backend.orders.schemas import ChargeLineView
from backend.reconciliation import queries
from backend.reconciliation.lifecycle import BREAK, RUN, BreakCommand, BreakState, RunCommand, RunState
from backend.reconciliation.models import ReconciliationRun, ServiceBreak
from backend.reconciliation.planning import compare, running_items
from backend.reconciliation.schemas import (
    BreakKind,
    BreakView,
    Finding,
    RootCause,
    RunningService,
    RunView,
    UnknownRun,
)
from backend.resources import service as resources
from backend.resources.schemas import ServiceView
from clients.billing.messages import Extract

BREAK_FOUND = "service_break.found"
# What billing was told so lately is on its way: it retries with pauses of five minutes at most.
UNDER_WAY = timedelta(minutes=15)
SERVICES_PER_READ = 500  # ids in one query


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The result of holding an extract against the network, not written yet."""

    as_of: datetime
    services_compared: int
    items_compared: int
    findings: list[tuple[Finding, RootCause]]


async def request(tx: Transaction) -> RunView:
    """Ask for a comparison; the worker does it."""
    run = ReconciliationRun(id=tx.new_id(), state=RUN.initial, requested_at=tx.now, due_at=tx.now)
    tx.add(run)
    await tx.flush()
    return _run_view(run)


async def begin(tx: Transaction, run_id: UUID) -> datetime | None:
    """The instant at which billing is asked; None when there is nothing to run, as the run has ended."""
    run = await tx.get(ReconciliationRun, run_id, UnknownRun, lock=True)
    if run.state not in (RunState.QUEUED, RunState.RUNNING):
        run.finish_work()
        return None
    move(tx, run, RunCommand.BEGIN)
    return tx.now


async def hold_against(tx: Transaction, extract: Extract, *, asked_at: datetime) -> Comparison:
    """Compare billing's extract with the network as this transaction sees it. Writes nothing.

    The extract may be older than this transaction: what billing learned since `asked_at` cannot be in it.
    """
    running = await _running_services(tx)
    known = {service.service_id for service in running}
    findings = compare(
        running,
        extract.items,
        ended=await _ended(tx, running_items(extract.items).keys() - known),
        under_way=await _under_way(tx, since=extract.as_of - UNDER_WAY, asked_at=asked_at),
    )
    return Comparison(
        as_of=extract.as_of,
        services_compared=len(running),
        items_compared=len(extract.items),
        findings=await _with_causes(tx, findings),
    )


async def finish(tx: Transaction, run_id: UUID, comparison: Comparison) -> None:
    """Open breaks for new findings, renew those that are still found, close the others.

    Events `service_break.found`, `service_break.closed`, `reconciliation_run.done`.
    """
    run = await tx.get(ReconciliationRun, run_id, UnknownRun, lock=True)
    known = {(one.kind, one.service_id): one for one in await queries.lock_open_breaks(tx)}
    found = {(finding.kind, finding.service_id): (finding, cause) for finding, cause in comparison.findings}
    for key, (finding, cause) in found.items():
        if key in known:
            _renew(known[key], finding, cause)
        else:
            _open(tx, run, finding, cause)
    for key in known.keys() - found.keys():
        _close(tx, run, known[key])
    run.breaks_found = len(found)
    run.breaks_opened, run.breaks_closed = len(found.keys() - known.keys()), len(known.keys() - found.keys())
    run.as_of, run.finished_at = comparison.as_of, tx.now
    run.services_compared, run.items_compared = comparison.services_compared, comparison.items_compared
    move(tx, run, RunCommand.FINISH)
    run.finish_work()


async def fail(tx: Transaction, run_id: UUID, reason: str) -> None:
    """Billing will not give its extract. Event `reconciliation_run.failed`."""
    run = await tx.get(ReconciliationRun, run_id, UnknownRun, lock=True)
    move(tx, run, RunCommand.FAIL, detail={"reason": reason})
    run.failure, run.finished_at = reason, tx.now
    run.finish_work()


async def see_run(tx: Transaction, run_id: UUID) -> RunView:
    """Raises UnknownRun."""
    return _run_view(await tx.get(ReconciliationRun, run_id, UnknownRun))


async def see_breaks(
    tx: Transaction, *, state: BreakState | None, kind: BreakKind | None, page_size: int, cursor: str | None
) -> Page[BreakView]:
    """Breaks in the order in which they were found. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.breaks_after(tx, state=state, kind=kind, after=after, limit=page_size + 1)
    views = [msgspec.convert(row, BreakView, from_attributes=True) for row in rows]
    return page_of(views, [row.id for row in rows], page_size)


async def _under_way(tx: Transaction, *, since: datetime, asked_at: datetime) -> frozenset[UUID]:
    """Services of which billing hears just now, or will as soon as an event is delivered."""
    unheard = await outbox.on_their_way(tx, "service.activated", "service.terminated")
    return unheard | await billing.services_under_way(tx, since=since, asked_at=asked_at)


async def _running_services(tx: Transaction) -> list[RunningService]:
    """The active services that are charged by themselves, with what was agreed for each."""
    services = {service.id: service async for service in resources.active_services(tx)}
    lines = [line for some in _batches(services) for line in await orders.lines_of_services(tx, some)]
    return [_running(services[line.service_id], line) for line in lines if line.service_id is not None]


def _running(service: ServiceView, line: ChargeLineView) -> RunningService:
    assert service.active_since is not None, f"{service.id} is active since never"
    return RunningService(
        service_id=service.id,
        charge_line_id=line.id,
        account_id=service.account_id,
        active_since=service.active_since,
        amount_minor=line.amount_minor * line.quantity,
        currency=line.currency,
    )


async def _ended(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When these services ended; those that did not, or that we do not know, are left out."""
    views = [view for some in _batches(service_ids) for view in await resources.services_by_id(tx, some)]
    return {view.id: view.terminated_at for view in views if view.terminated_at is not None}


async def _with_causes(tx: Transaction, findings: Sequence[Finding]) -> list[tuple[Finding, RootCause]]:
    causes: dict[UUID, RootCause] = {}
    for some in _batches({finding.service_id for finding in findings}):
        for service_id, triggers in (await billing.triggers_of_services(tx, some)).items():
            causes[service_id] = RootCause(triggers={str(one.id): str(one.state) for one in triggers})
    return [(finding, causes.get(finding.service_id, RootCause())) for finding in findings]


def _batches(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    left = iter(ids)
    while some := list(islice(left, SERVICES_PER_READ)):
        yield some


def _open(tx: Transaction, run: ReconciliationRun, finding: Finding, cause: RootCause) -> None:
    values = msgspec.structs.asdict(finding)
    found = ServiceBreak(
        id=tx.new_id(), state=BREAK.initial, found_at=tx.now, found_by=run.id, root_cause=cause, **values
    )
    tx.add(found)
    outbox.record(tx, BREAK_FOUND, found.id)


def _renew(known: ServiceBreak, finding: Finding, cause: RootCause) -> None:
    """The same difference may cost another amount by now."""
    known.risk_minor_per_day, known.currency = finding.risk_minor_per_day, finding.currency
    known.expected, known.found, known.root_cause = finding.expected, finding.found, cause


def _close(tx: Transaction, run: ReconciliationRun, gone: ServiceBreak) -> None:
    move(tx, gone, BreakCommand.CLOSE)
    gone.closed_at, gone.closed_by = tx.now, run.id


def _run_view(row: ReconciliationRun) -> RunView:
    return msgspec.convert(row, RunView, from_attributes=True)
