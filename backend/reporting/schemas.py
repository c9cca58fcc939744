"""What reporting shows."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.reconciliation.lifecycle import BreakState
from backend.reconciliation.schemas import BreakKind


class BreakTally(msgspec.Struct, frozen=True, kw_only=True):
    """Open breaks of one kind, state and currency. oldest_since: when the oldest of them began.

    risk_minor_per_day: what a day of all of them costs, us or the customers, ≥ 0, in the currency's smallest unit.
    """

    kind: BreakKind
    state: BreakState
    currency: str
    break_count: int
    risk_minor_per_day: int
    oldest_since: datetime


class PhoneView(msgspec.Struct, frozen=True, kw_only=True):
    """A phone in use, with what it told at its last call.

    heard_at, silent_seconds: that call, None if it never made one, and how long ago it, or the enrolment, was.
    synced_at: when it last had all there was for it; app, schema: what called, in which version of the protocol; waiting:
    how many mutations were in its outbox without a verdict. What it does since nobody knows until it calls.
    """

    id: UUID
    name: str
    user_id: UUID
    user_name: str
    technician_id: UUID
    enrolled_at: datetime
    heard_at: datetime | None
    silent_seconds: int
    synced_at: datetime | None
    app: str | None
    schema: int | None
    waiting: int | None


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """Is every service that runs billed, and none that does not? Both are the same number when all is well.

    services_active: those that are charged by themselves. services_billed: billing acknowledged their start and no
    stop; what billing lost since, only reconciliation tells. difference: active less billed. open_breaks: what that found
    and is not gone; breaks: the same in sums.
    """

    as_of: datetime
    services_active: int
    services_billed: int
    difference: int
    open_breaks: int
    breaks: list[BreakTally]
