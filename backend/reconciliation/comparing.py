"""The three sides as streams, held against one another: network, installed base, and what billing bills.

Nothing is held in memory but what differs. It reads one snapshot, in a transaction of one turn (`Database.look`).
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar
from uuid import UUID

import msgspec

from backend.billing import service as billing
from backend.inventory import streams as inventory
from backend.inventory.streams import InstalledRow
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.orders import streams as orders
from backend.orders.streams import PriceRow
from backend.reconciliation.causes import explain
from backend.reconciliation.equipment import stray_units
from backend.reconciliation.extract import ROWS_PER_SIGN, StoredExtract
from backend.reconciliation.planning import differences
from backend.reconciliation.schemas import (
    NO_CURRENCY,
    BreakKind,
    Finding,
    InstalledUnit,
    Repair,
    RepairAction,
    RootCause,
    RunningService,
    ServedPremises,
    TooManyBreaks,
)
from backend.resources import streams as resources
from backend.resources.streams import ActiveRow, LostRow, PremisesRow

# What billing was told so lately is on its way: it retries with pauses of five minutes at most.
UNDER_WAY = timedelta(minutes=15)
# Some dozens a day are mended by people; this many say that one side is not what it should be.
MAX_BREAKS = 10_000

T = TypeVar("T")
Progress = Callable[[str, int, int], None]
"""(stage, rows done, rows in all): what a progress bar shows. Called in the thread that compares."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """The result of holding the sides against one another, not written yet."""

    as_of: datetime
    services_compared: int
    items_compared: int
    units_compared: int
    findings: list[tuple[Finding, RootCause]]


async def compare(
    tx: Transaction, extract: StoredExtract, *, as_of: datetime, asked_at: datetime, progress: Progress
) -> Comparison:
    """All differences as this transaction sees them. Writes nothing. Raises ExtractInvalid, TooManyBreaks.

    as_of: of the extract. It may be older than this transaction: what billing learned since `asked_at` is not in it.
    """
    services = _Counted(progress, "services", await resources.count_active(tx))
    units = _Counted(progress, "equipment", await inventory.count_installed(tx))
    under_way = await _under_way(tx, as_of=as_of, asked_at=asked_at)
    with await resources.active_services(tx) as active, await orders.prices_of_services(tx) as prices:
        running = services.each(_running(iter(active), iter(prices)))
        findings = list(_bounded(differences(running, extract.items(), under_way=under_way)))
    with await inventory.installed_units(tx) as installed, await resources.served_premises(tx) as served:
        there = units.each(map(_unit, installed))
        findings += _bounded(stray_units(there, map(_premises, served), as_of=tx.now))
    findings += _bounded(_lost(row, tx.now) for row in await resources.lost_resources(tx, limit=MAX_BREAKS + 1))
    return Comparison(
        as_of=as_of,
        services_compared=services.count,
        items_compared=extract.item_count,
        units_compared=units.count,
        findings=await explain(tx, findings),
    )


class _Counted:
    """Counts what goes by, and tells of it now and then."""

    def __init__(self, progress: Progress, stage: str, total: int) -> None:
        self._progress, self._stage, self._total = progress, stage, total
        self.count = 0

    def each(self, rows: Iterable[T]) -> Iterator[T]:
        for row in rows:
            self.count += 1
            if self.count % ROWS_PER_SIGN == 0:
                self._progress(self._stage, self.count, self._total)
            yield row
        self._progress(self._stage, self.count, max(self.count, self._total))


def _bounded(findings: Iterable[Finding]) -> Iterator[Finding]:
    left = iter(findings)
    yield from islice(left, MAX_BREAKS)
    if next(left, None) is not None:
        raise TooManyBreaks(limit=MAX_BREAKS)


async def _under_way(tx: Transaction, *, as_of: datetime, asked_at: datetime) -> frozenset[UUID]:
    """Services of which billing hears just now, or will as soon as an event is delivered."""
    unheard = await outbox.on_their_way(
        tx, "service.activated", "service.suspended", "service.resumed", "service.changed", "service.terminated"
    )
    return unheard | await billing.services_under_way(tx, since=as_of - UNDER_WAY, asked_at=asked_at)


def _running(active: Iterator[ActiveRow], prices: Iterator[PriceRow]) -> Iterator[RunningService]:
    """The active services that are charged by themselves; both sides come by service, and have each once."""
    price = next(prices, None)
    for service in active:
        while price is not None and price.service_id.int < service.service_id.int:
            price = next(prices, None)
        if price is None:
            return
        if price.service_id.int == service.service_id.int:
            yield RunningService(
                service_id=service.service_id,
                charge_line_id=price.charge_line_id,
                account_id=service.account_id,
                active_since=service.active_since,
                amount_minor=price.amount_minor,
                currency=price.currency,
            )


def _unit(row: InstalledRow) -> InstalledUnit:
    return InstalledUnit(unit_id=row.unit_id, serial=row.serial, model=row.model, premises_id=row.premises_id)


def _premises(row: PremisesRow) -> ServedPremises:
    return ServedPremises(premises_id=row.premises_id, has_run=bool(row.has_run))


def _lost(row: LostRow, now: datetime) -> Finding:
    return Finding(
        kind=BreakKind.ORPHAN_RESOURCE,
        subject_id=row.resource_id,
        subject=row.value,
        service_id=row.service_id,
        since=row.since or now,
        risk_minor_per_day=0,
        currency=NO_CURRENCY,
        repair=Repair(action=RepairAction.FREE_RESOURCE),
    )
