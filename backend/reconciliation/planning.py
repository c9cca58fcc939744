"""The comparison of services: what runs and what is billed in, the differences out. Pure, and a stream.

Only services are compared. What is rented without a service, and what was charged once, has no counterpart here.
"""

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import UUID

import msgspec

from backend.reconciliation.pairing import side_by_side
from backend.reconciliation.schemas import BilledItem, BreakKind, Finding, Repair, RepairAction, RunningService, Terms

SAME_START = timedelta(seconds=1)  # billing systems keep whole seconds

BY_SERVICE = attrgetter("service_id.int")
BY_TIME = attrgetter("billed_since")


def differences(
    running: Iterable[RunningService], billed: Iterable[BilledItem], *, under_way: AbstractSet[UUID]
) -> Iterator[Finding]:
    """All differences, by service.

    running: each active service that is charged by itself, once; billed: all that is billed; both sorted by service.
    under_way: services that billing was told of just now, which are left for the next comparison.
    """
    for services, items in side_by_side(running, billed, left_key=BY_SERVICE, right_key=BY_SERVICE):
        service = services[0] if services else None
        if _is_in_balance(service, items):
            continue
        if (service or items[0]).service_id not in under_way:
            yield from _of_service(service, sorted(items, key=BY_TIME))


def ended(finding: Finding, at: datetime | None) -> Finding:
    """A `billed_not_active` with what is known of the service's end; it was billed too long since then."""
    if at is None:
        return finding
    since = max(finding.since, at)
    repair = None if finding.repair is None else msgspec.structs.replace(finding.repair, effective_at=since)
    return msgspec.structs.replace(finding, since=since, expected=at.isoformat(), repair=repair)


def price_of_a_day(amount_minor: int) -> int:
    """A day's part of a monthly amount, rounded to the nearest minor unit: twelve months are 365 days."""
    return (24 * abs(amount_minor) + 365) // 730


def _is_in_balance(service: RunningService | None, items: Sequence[BilledItem]) -> bool:
    """The usual case, told at once: a million services are looked at, a few hundred differ."""
    if service is None or len(items) != 1:
        return False
    item = items[0]
    return (
        item.billed_until is None
        and item.amount_minor == service.amount_minor
        and item.currency == service.currency
        and (item.billed_since == service.active_since or _starts_alike(service, item))
    )


def _starts_alike(service: RunningService, item: BilledItem) -> bool:
    return abs(item.billed_since - service.active_since) <= SAME_START


def _of_service(service: RunningService | None, items: Sequence[BilledItem]) -> Iterator[Finding]:
    now = [item for item in items if item.billed_until is None]
    if service is None:
        if now:
            yield _billed_not_active(now)
    elif not now:
        yield _active_not_billed(service, items)
    else:
        if len(now) > 1:
            yield _double_billed(service, now)
        if not _starts_alike(service, items[0]):
            yield _wrong_start(service, items[0])
        if (now[0].amount_minor, now[0].currency) != (service.amount_minor, service.currency):
            yield _wrong_plan(service, now[0])


def _billed_not_active(now: Sequence[BilledItem]) -> Finding:
    first = now[0]
    return Finding(
        kind=BreakKind.BILLED_NOT_ACTIVE,
        subject_id=first.service_id,
        service_id=first.service_id,
        charge_line_id=first.charge_line_id,
        account_id=first.account_id,
        since=first.billed_since,
        risk_minor_per_day=price_of_a_day(sum(item.amount_minor for item in now)),
        currency=first.currency,
        found=first.billed_since.isoformat(),
        repair=Repair(action=RepairAction.STOP_BILLING, effective_at=first.billed_since),
    )


def _active_not_billed(service: RunningService, items: Sequence[BilledItem]) -> Finding:
    """Never billed, or billed once and ended while the service runs on."""
    until = items[-1].billed_until if items else None
    since = max(service.active_since, until or service.active_since)
    return _finding(
        BreakKind.ACTIVE_NOT_BILLED,
        service,
        since=since,
        amount_minor=service.amount_minor,
        found=None if until is None else until.isoformat(),
        repair=Repair(action=RepairAction.START_BILLING, effective_at=since),
    )


def _double_billed(service: RunningService, now: Sequence[BilledItem]) -> Finding:
    """All but one are too much; which one is right is for a person to say, so the oldest counts as right."""
    return _finding(
        BreakKind.DOUBLE_BILLED,
        service,
        since=max(service.active_since, now[1].billed_since),
        amount_minor=sum(item.amount_minor for item in now[1:]),
        expected="1",
        found=str(len(now)),
        repair=_correction(now[1], quantity=0, amount_minor=0) if len(now) == 2 else None,
    )


def _wrong_start(service: RunningService, first: BilledItem) -> Finding:
    return _finding(
        BreakKind.WRONG_START,
        service,
        since=min(first.billed_since, service.active_since),
        amount_minor=service.amount_minor,
        expected=service.active_since.isoformat(),
        found=first.billed_since.isoformat(),
        repair=_correction(first, effective_at=service.active_since),
    )


def _wrong_plan(service: RunningService, item: BilledItem) -> Finding:
    """In another currency nothing can be set off: all of what was agreed is at risk."""
    is_same_currency = item.currency == service.currency
    return _finding(
        BreakKind.WRONG_PLAN,
        service,
        since=max(service.active_since, item.billed_since),
        amount_minor=service.amount_minor - item.amount_minor if is_same_currency else service.amount_minor,
        expected=f"{service.amount_minor} {service.currency}",
        found=f"{item.amount_minor} {item.currency}",
        repair=_correction(item, amount_minor=service.amount_minor),
    )


def _correction(
    item: BilledItem,
    *,
    effective_at: datetime | None = None,
    amount_minor: int | None = None,
    quantity: int | None = None,
) -> Repair | None:
    """None where billing does not say by which trigger it bills: then only billing's own people can mend it."""
    if item.trigger_id is None:
        return None
    return Repair(
        action=RepairAction.CORRECT_BILLING,
        trigger_id=item.trigger_id,
        before=Terms(effective_at=item.billed_since, amount_minor=item.amount_minor),
        effective_at=effective_at,
        amount_minor=amount_minor,
        quantity=quantity,
    )


def _finding(
    kind: BreakKind,
    service: RunningService,
    *,
    since: datetime,
    amount_minor: int,
    expected: str | None = None,
    found: str | None = None,
    repair: Repair | None = None,
) -> Finding:
    return Finding(
        kind=kind,
        subject_id=service.service_id,
        service_id=service.service_id,
        charge_line_id=service.charge_line_id,
        account_id=service.account_id,
        since=since,
        risk_minor_per_day=price_of_a_day(amount_minor),
        currency=service.currency,
        expected=expected,
        found=found,
        repair=repair,
    )
