"""The comparison: what runs and what is billed in, the differences out. Pure.

Only services are compared. What is rented without a service, and what was charged once, has no counterpart here.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from uuid import UUID

from backend.reconciliation.schemas import BreakKind, Finding, RunningService
from clients.billing.messages import ExtractItem

SAME_START = timedelta(seconds=1)  # billing systems keep whole seconds


def compare(
    running: Iterable[RunningService],
    items: Iterable[ExtractItem],
    *,
    ended: Mapping[UUID, datetime],
    under_way: AbstractSet[UUID],
) -> list[Finding]:
    """All differences, by service.

    running: each active service that is charged by itself, once. items: billing's whole extract.
    ended: when services that run no more ended, as far as known. under_way: services that billing was told of just now,
    which are left for the next comparison.
    """
    expected = {service.service_id: service for service in running}
    billed = _by_service(items)
    return [
        finding
        for service_id in sorted(expected.keys() | billed.keys())
        if service_id not in under_way
        for finding in _of_service(expected.get(service_id), billed.get(service_id, []), ended.get(service_id))
    ]


def running_items(items: Iterable[ExtractItem]) -> dict[UUID, list[ExtractItem]]:
    """Service → what is billed for it on and on; services of which nothing is are left out."""
    found = _by_service(items)
    return {service_id: now for service_id, own in found.items() if (now := _running(own))}


def price_of_a_day(amount_minor: int) -> int:
    """A day's part of a monthly amount, rounded to the nearest minor unit: twelve months are 365 days."""
    return (24 * abs(amount_minor) + 365) // 730


def _by_service(items: Iterable[ExtractItem]) -> dict[UUID, list[ExtractItem]]:
    """Service → its subscription items, oldest first."""
    found: dict[UUID, list[ExtractItem]] = {}
    for item in sorted(items, key=lambda item: item.billed_since):
        if item.service_id is not None and item.kind == "subscription":
            found.setdefault(item.service_id, []).append(item)
    return found


def _of_service(
    service: RunningService | None, items: Sequence[ExtractItem], ended_at: datetime | None
) -> Iterator[Finding]:
    now = _running(items)
    if service is None:
        if now:
            yield _billed_not_active(now, ended_at)
    elif not now:
        yield _active_not_billed(service, items)
    else:
        if len(now) > 1:
            yield _double_billed(service, now)
        if abs(items[0].billed_since - service.active_since) > SAME_START:
            yield _wrong_start(service, items[0])
        if (now[0].amount_minor, now[0].currency) != (service.amount_minor, service.currency):
            yield _wrong_plan(service, now[0])


def _running(items: Iterable[ExtractItem]) -> list[ExtractItem]:
    return [item for item in items if item.billed_until is None]


def _billed_not_active(now: Sequence[ExtractItem], ended_at: datetime | None) -> Finding:
    first = now[0]
    return Finding(
        kind=BreakKind.BILLED_NOT_ACTIVE,
        service_id=_service_id(first),
        charge_line_id=first.charge_line_id,
        account_id=first.account_id,
        since=max(first.billed_since, ended_at or first.billed_since),
        risk_minor_per_day=price_of_a_day(sum(item.amount_minor for item in now)),
        currency=first.currency,
        expected=None if ended_at is None else ended_at.isoformat(),
        found=first.billed_since.isoformat(),
    )


def _active_not_billed(service: RunningService, items: Sequence[ExtractItem]) -> Finding:
    """Never billed, or billed once and ended while the service runs on."""
    until = items[-1].billed_until if items else None
    since = max(service.active_since, until or service.active_since)
    found = None if until is None else until.isoformat()
    return _finding(BreakKind.ACTIVE_NOT_BILLED, service, since=since, amount_minor=service.amount_minor, found=found)


def _double_billed(service: RunningService, now: Sequence[ExtractItem]) -> Finding:
    """All but one are too much; which one is right is for a person to say, so the oldest counts as right."""
    return _finding(
        BreakKind.DOUBLE_BILLED,
        service,
        since=max(service.active_since, now[1].billed_since),
        amount_minor=sum(item.amount_minor for item in now[1:]),
        expected="1",
        found=str(len(now)),
    )


def _wrong_start(service: RunningService, first: ExtractItem) -> Finding:
    return _finding(
        BreakKind.WRONG_START,
        service,
        since=min(first.billed_since, service.active_since),
        amount_minor=service.amount_minor,
        expected=service.active_since.isoformat(),
        found=first.billed_since.isoformat(),
    )


def _wrong_plan(service: RunningService, item: ExtractItem) -> Finding:
    """In another currency nothing can be set off: all of what was agreed is at risk."""
    is_same_currency = item.currency == service.currency
    return _finding(
        BreakKind.WRONG_PLAN,
        service,
        since=max(service.active_since, item.billed_since),
        amount_minor=service.amount_minor - item.amount_minor if is_same_currency else service.amount_minor,
        expected=f"{service.amount_minor} {service.currency}",
        found=f"{item.amount_minor} {item.currency}",
    )


def _finding(
    kind: BreakKind,
    service: RunningService,
    *,
    since: datetime,
    amount_minor: int,
    expected: str | None = None,
    found: str | None = None,
) -> Finding:
    return Finding(
        kind=kind,
        service_id=service.service_id,
        charge_line_id=service.charge_line_id,
        account_id=service.account_id,
        since=since,
        risk_minor_per_day=price_of_a_day(amount_minor),
        currency=service.currency,
        expected=expected,
        found=found,
    )


def _service_id(item: ExtractItem) -> UUID:
    assert item.service_id is not None, "items are grouped by it"
    return item.service_id
