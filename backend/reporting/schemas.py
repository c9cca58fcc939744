"""What reporting shows."""

from datetime import datetime

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
