"""What reconciliation finds and shows, and the errors that it names."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from backend.kernel.errors import NotFound
from backend.reconciliation.lifecycle import BreakState, RunState


class UnknownRun(NotFound):
    code = "unknown_reconciliation_run"


class BreakKind(StrEnum):
    """wrong_plan: another amount or currency than was agreed; double_billed: a service is billed more than once."""

    ACTIVE_NOT_BILLED = "active_not_billed"
    BILLED_NOT_ACTIVE = "billed_not_active"
    DOUBLE_BILLED = "double_billed"
    WRONG_START = "wrong_start"
    WRONG_PLAN = "wrong_plan"


class RunningService(msgspec.Struct, frozen=True, kw_only=True):
    """An active service as the network has it, and what was agreed for it. amount_minor: of a whole period."""

    service_id: UUID
    charge_line_id: UUID
    account_id: UUID
    active_since: datetime
    amount_minor: int
    currency: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One difference of one service.

    since: when it began. risk_minor_per_day: what a day of it costs, us or the customer, ≥ 0; of a wrong start what one
    day is worth of those by which the two starts differ. expected, found: what the network and what billing say.
    """

    kind: BreakKind
    service_id: UUID
    charge_line_id: UUID
    account_id: UUID
    since: datetime
    risk_minor_per_day: int
    currency: str
    expected: str | None = None
    found: str | None = None


class RootCause(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look: the triggers of the service in their sequence, each id with its state. None were ever made: {}."""

    triggers: dict[str, str] = {}


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison. as_of: of billing's extract; the counts are None until it is done."""

    id: UUID
    state: RunState
    requested_at: datetime
    finished_at: datetime | None
    as_of: datetime | None
    services_compared: int | None
    items_compared: int | None
    breaks_found: int | None
    breaks_opened: int | None
    breaks_closed: int | None
    failure: str | None


class BreakView(msgspec.Struct, frozen=True, kw_only=True):
    """A difference. since: its age counts from here; found_at: when a run found it first."""

    id: UUID
    kind: BreakKind
    state: BreakState
    service_id: UUID
    charge_line_id: UUID
    account_id: UUID
    since: datetime
    found_at: datetime
    closed_at: datetime | None
    risk_minor_per_day: int
    currency: str
    expected: str | None
    found: str | None
    root_cause: RootCause
