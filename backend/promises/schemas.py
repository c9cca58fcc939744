"""What promises show, and what they are judged by."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.kernel.errors import NotFound
from backend.promises.lifecycle import PromiseState


class UnknownPromise(NotFound):
    code = "unknown_promise"


class Fault(StrEnum):
    """On whose account a promise came to nothing, or was moved."""

    OPERATOR = "operator"
    CUSTOMER = "customer"


class Cause(StrEnum):
    """How it came to that. undone: we came in time and could not do the work."""

    LATE = "late"
    NO_SHOW = "no_show"
    MOVED = "moved"
    CANCELLED = "cancelled"
    UNDONE = "undone"
    NO_ACCESS = "no_access"


class CreditKind(StrEnum):
    """missed: for the visit that did not come as promised; delay: for each day until what was promised was there."""

    MISSED = "missed"
    DELAY = "delay"


class CreditView(msgspec.Struct, frozen=True, kw_only=True):
    """Money back by a policy. days: that are paid for, 0 for a missed visit; policy: which one, policy_from: its version.

    taken_back_at: when the promise turned out to have been kept; None while the credit stands.
    """

    id: UUID
    promise_id: UUID
    kind: CreditKind
    days: int
    amount_minor: int
    currency: str
    policy: str
    policy_from: str
    credited_at: datetime
    taken_back_at: datetime | None


class PromiseView(msgspec.Struct, frozen=True, kw_only=True):
    """A window and what became of it. late_seconds: after the end of the window; fault, cause: of what was not kept."""

    id: UUID
    state: PromiseState
    job_id: UUID
    order_id: UUID | None
    account_id: UUID
    territory_id: UUID
    hold_id: UUID
    appointment_id: UUID | None
    window_start: datetime
    window_end: datetime
    window_zone: str
    offered_at: datetime
    confirmed_at: datetime | None
    arrived_at: datetime | None
    settled_at: datetime | None
    late_seconds: int | None
    fault: Fault | None
    cause: Cause | None
    credits: list[CreditView] = []


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Promises that ended alike."""

    state: PromiseState
    fault: Fault | None
    cause: Cause | None
    promises: int
    share: float


class PromiseReport(msgspec.Struct, frozen=True, kw_only=True):
    """Windows that began in a time, by what became of them. kept_share: of those that were kept or broken by us, 0 to 1.

    shares: of all that were confirmed and settled. credited_minor: by currency.
    """

    since: datetime
    until: datetime
    promises: int
    kept_share: float | None
    shares: list[Share]
    credited_minor: dict[str, int]
