"""What most likely began each difference: looked up for the few that differ, not for all that is compared."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

import msgspec

from backend.billing import service as billing
from backend.billing.schemas import TriggerView
from backend.inventory import streams as inventory
from backend.inventory.streams import InstallationRow
from backend.kernel.db import Transaction
from backend.orders import service as orders
from backend.reconciliation.blaming import beginning
from backend.reconciliation.planning import ended, price_of_a_day
from backend.reconciliation.schemas import BreakCause, BreakKind, Finding, RootCause
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView

FINDINGS_AT_ONCE = 500  # ids in one query
# Equipment hangs on the wall before its service runs: the visit may go on tomorrow.
INSTALLING = timedelta(hours=24)

STRAY = frozenset({BreakKind.INSTALLED_NO_SERVICE, BreakKind.ORPHAN_SERIAL})
T = TypeVar("T")


async def explain(tx: Transaction, findings: Iterable[Finding]) -> list[tuple[Finding, RootCause]]:
    """Each finding with its cause, and with what only a look at it tells. What is still being installed is left out."""
    explained: list[tuple[Finding, RootCause]] = []
    for some in _batches(findings):
        explained += await _of_services(tx, [one for one in some if one.kind not in STRAY])
        explained += await _of_units(tx, [one for one in some if one.kind in STRAY])
    return explained


async def _of_services(tx: Transaction, findings: Sequence[Finding]) -> list[tuple[Finding, RootCause]]:
    ids = {finding.service_id for finding in findings if finding.service_id is not None}
    services = {view.id: view for view in await resources.services_by_id(tx, ids)}
    triggers = await billing.triggers_of_services(tx, ids)
    return [
        _of_service(one, services.get(one.service_id or UUID(int=0)), triggers.get(one.service_id or UUID(int=0), []))
        for one in findings
    ]


def _of_service(
    finding: Finding, service: ServiceView | None, triggers: Sequence[TriggerView]
) -> tuple[Finding, RootCause]:
    if finding.kind is BreakKind.BILLED_NOT_ACTIVE:
        finding = ended(finding, None if service is None else service.terminated_at or service.suspended_at)
        if service is None:
            finding = msgspec.structs.replace(finding, repair=None)  # there is no line of ours to stop
    told = {str(one.id): str(one.state) for one in triggers}
    if (
        finding.repair is not None
        and finding.repair.trigger_id is not None
        and str(finding.repair.trigger_id) not in told
    ):
        finding = msgspec.structs.replace(finding, repair=None)  # billing's own doing, which only its people can mend
    cause, subject_id, at = beginning(finding, service, triggers)
    return finding, RootCause(event=cause, subject_id=subject_id, occurred_at=at, triggers=told)


async def _of_units(tx: Transaction, findings: Sequence[Finding]) -> list[tuple[Finding, RootCause]]:
    installed = await inventory.last_installations(tx, [finding.subject_id for finding in findings])
    settled = [one for one in findings if not _is_being_installed(installed.get(one.subject_id), tx.now)]
    places = [one.premises_id for one in settled if one.premises_id is not None]
    services = await resources.services_at_all(tx, places)
    prices = await _prices_of_a_day(tx, [service for some in services.values() for service in some])
    return [
        _of_unit(one, installed.get(one.subject_id), services.get(one.premises_id or UUID(int=0), []), prices)
        for one in settled
    ]


def _is_being_installed(row: InstallationRow | None, now: datetime) -> bool:
    return row is not None and row.recorded_at > now - INSTALLING


def _of_unit(
    finding: Finding,
    row: InstallationRow | None,
    services: Sequence[ServiceView],
    prices: dict[UUID, tuple[int, str]],
) -> tuple[Finding, RootCause]:
    """It costs what the services would bring that were to run with it; for one that has ended nobody would pay."""
    ends = [(one.terminated_at, one.id) for one in services if one.terminated_at is not None]
    ended_at, last_id = max(ends, default=(None, None))
    since = max(filter(None, (row and row.occurred_at, ended_at)), default=finding.since)
    waiting = [prices[one.id] for one in services if one.state is not ServiceState.TERMINATED and one.id in prices]
    if waiting:
        risk = sum(amount_minor for amount_minor, _ in waiting)
        finding = msgspec.structs.replace(finding, risk_minor_per_day=risk, currency=waiting[0][1])
    cause, subject_id = (BreakCause.ENDED, last_id) if last_id else (BreakCause.PUT_IN, finding.subject_id)
    return msgspec.structs.replace(finding, since=since), RootCause(
        event=cause, subject_id=subject_id, occurred_at=since
    )


async def _prices_of_a_day(tx: Transaction, services: Sequence[ServiceView]) -> dict[UUID, tuple[int, str]]:
    lines = await orders.lines_of_services(tx, [service.id for service in services])
    return {
        line.service_id: (price_of_a_day(line.amount_minor * line.quantity), line.currency)
        for line in lines
        if line.service_id is not None
    }


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    left = iter(rows)
    while some := list(islice(left, FINDINGS_AT_ONCE)):
        yield some
