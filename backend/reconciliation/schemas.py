"""What reconciliation compares, finds and shows, and the errors that it names."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Role
from backend.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from backend.reconciliation.lifecycle import BreakState, RunState

NO_CURRENCY = "XXX"  # ISO 4217: no currency is involved


class UnknownRun(NotFound):
    code = "unknown_reconciliation_run"


class UnknownBreak(NotFound):
    code = "unknown_break"


class NotYoursToRepair(Forbidden):
    """This repair is approved and reversed by another desk. params: action, roles."""

    code = "not_yours_to_repair"


class CannotRepair(Conflict):
    """What the repair was prepared for has changed since: compare again. params: reason."""

    code = "cannot_repair"


class ExtractInvalid(Invalid):
    """Rows of the extract cannot be meant as they are; nothing of it was compared. params: errors, error_count."""

    code = "extract_invalid"


class TooManyBreaks(Invalid):
    """More than differences between two sides that describe one network: another day's or operator's extract?

    params: limit.
    """

    code = "too_many_breaks"


class BreakKind(StrEnum):
    """active_not_billed, billed_not_active: a service runs, or is billed, and not the other.

    wrong_start: billed from another instant than it runs. wrong_plan: another amount or currency than was agreed.
    double_billed: more than once. installed_no_service: equipment where no service runs (any more).
    orphan_serial: equipment at premises that never had a service. orphan_resource: in use by no service.
    """

    ACTIVE_NOT_BILLED = "active_not_billed"
    BILLED_NOT_ACTIVE = "billed_not_active"
    DOUBLE_BILLED = "double_billed"
    WRONG_START = "wrong_start"
    WRONG_PLAN = "wrong_plan"
    INSTALLED_NO_SERVICE = "installed_no_service"
    ORPHAN_SERIAL = "orphan_serial"
    ORPHAN_RESOURCE = "orphan_resource"


class RepairAction(StrEnum):
    """What an approved repair does. Each can be undone: see `repairs`."""

    START_BILLING = "start_billing"
    STOP_BILLING = "stop_billing"
    CORRECT_BILLING = "correct_billing"
    FREE_RESOURCE = "free_resource"
    TAKE_BACK_UNIT = "take_back_unit"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How billing bills an item before it is corrected. quantity: None until the repair is approved."""

    effective_at: datetime
    amount_minor: int
    quantity: int | None = None


class Repair(msgspec.Struct, frozen=True, kw_only=True):
    """A prepared repair, and once it is approved what undoes it.

    trigger_id: of the billed item that is corrected. effective_at, amount_minor, quantity: how it is to be billed; None
    leaves it as it is. done_id: of the trigger that the repair made, or of the place where a unit was; before: what it
    replaces.
    """

    action: RepairAction
    trigger_id: UUID | None = None
    effective_at: datetime | None = None
    amount_minor: int | None = None
    quantity: int | None = None
    done_id: UUID | None = None
    before: Terms | None = None


class RunningService(msgspec.Struct, frozen=True, kw_only=True):
    """An active service as the network has it, and what was agreed for it. amount_minor: of a whole period."""

    service_id: UUID
    charge_line_id: UUID
    account_id: UUID
    active_since: datetime
    amount_minor: int
    currency: str


class BilledItem(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A stretch of time for which billing bills a service. row: where it stands in the extract.

    trigger_id: which trigger of ours billing bills by, where it says so. Its order of fields is that of the sorted
    extract: a service's items come in the order of time.
    """

    service_id: UUID
    billed_since: datetime
    billed_until: datetime | None
    charge_line_id: UUID
    account_id: UUID
    amount_minor: int
    currency: str
    trigger_id: UUID | None = None
    entry_id: str | None = None
    row: int = 0


class InstalledUnit(msgspec.Struct, frozen=True, kw_only=True):
    """Equipment that is with a customer. premises_id: None when it is said to be installed, but at no premises."""

    unit_id: UUID
    serial: str
    model: str
    premises_id: UUID | None


class ServedPremises(msgspec.Struct, frozen=True, kw_only=True):
    """Premises with at least one service. has_run: one runs or rests; else all have ended or were never active."""

    premises_id: UUID
    has_run: bool


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One difference.

    subject_id: of the service, serial unit or resource; subject: its serial or value, "" for a service. since: when it
    began. risk_minor_per_day: what a day of it costs, us or the customer, ≥ 0; of a wrong start what one day is worth
    of those by which the two starts differ. expected, found: what the network and what the other side say.
    """

    kind: BreakKind
    subject_id: UUID
    since: datetime
    risk_minor_per_day: int
    currency: str
    subject: str = ""
    service_id: UUID | None = None
    charge_line_id: UUID | None = None
    account_id: UUID | None = None
    premises_id: UUID | None = None
    expected: str | None = None
    found: str | None = None
    repair: Repair | None = None

    @property
    def key(self) -> tuple[BreakKind, UUID]:
        """One break per kind and subject."""
        return self.kind, self.subject_id


class BreakCause(StrEnum):
    """What most likely began a difference; which fits which stands in `blaming`.

    billing_trigger.*: how it stands with what billing was told: not told yet, not answered, refused; applied: billing
    took it and has lost it (superseded: the same in what earlier versions found). billing.*: billing began again without
    ending what it billed, bills otherwise than it was told, was told otherwise than it is, bills what nobody told it.
    service.*, serial_unit.*: what happened, and billing or stock was never told. "": not looked for.
    """

    NONE = ""
    PENDING = "billing_trigger.pending"
    SENT = "billing_trigger.sent"
    DELIVERED = "billing_trigger.delivered"
    REJECTED = "billing_trigger.rejected"
    DEAD_LETTER = "billing_trigger.deadLetter"
    LOST = "billing_trigger.applied"
    LOST_CORRECTED = "billing_trigger.superseded"
    BEGAN_AGAIN = "billing.began_again"
    BOOKED_OTHERWISE = "billing.booked_otherwise"
    TOLD_OTHERWISE = "billing.told_otherwise"
    UNASKED = "billing.unasked"
    NEVER_TOLD = "service.activated"
    ENDED = "service.terminated"
    RESTS = "service.suspended"
    UNKNOWN = "service.unknown"
    PUT_IN = "serial_unit.installed"


class RootCause(msgspec.Struct, frozen=True, kw_only=True):
    """Where to look. event: what most likely began it; subject_id: of what, and when.

    triggers: those of the service in their sequence, each id with its state. None were ever made: {}.
    """

    event: BreakCause = BreakCause.NONE
    subject_id: UUID | None = None
    occurred_at: datetime | None = None
    triggers: dict[str, str] = {}


class RowError(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong in one row of an extract. row: counts from 1, the header included; value: as it stood, shortened."""

    row: int
    column: str
    code: str
    value: str = ""


class Waive(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Live with a break. reason: in words, for whoever asks later."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class RunView(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison. as_of: of billing's extract; the counts are None until it is done.

    stage, stage_done, stage_total: how far it is, in rows of the present stage. errors: the first of an invalid extract.
    """

    id: UUID
    state: RunState
    source: str
    requested_at: datetime
    finished_at: datetime | None
    as_of: datetime | None
    stage: str
    stage_done: int
    stage_total: int
    services_compared: int | None
    items_compared: int | None
    units_compared: int | None
    breaks_found: int | None
    breaks_opened: int | None
    breaks_closed: int | None
    failure: str | None
    errors: list[RowError]


class BreakView(msgspec.Struct, frozen=True, kw_only=True):
    """A difference. since: when it began; age_seconds: since then, until now or until it was closed.

    approvers: the roles that may approve its repair, and undo that. service_kind, order_number, place: what it is about in
    words; None where there is none, and a place also for whoever may not look places up.
    """

    id: UUID
    kind: BreakKind
    state: BreakState
    subject_id: UUID
    subject: str
    service_id: UUID | None
    charge_line_id: UUID | None
    account_id: UUID | None
    premises_id: UUID | None
    since: datetime
    age_seconds: int
    found_at: datetime
    closed_at: datetime | None
    risk_minor_per_day: int
    currency: str
    expected: str | None
    found: str | None
    root_cause: RootCause
    repair: Repair | None
    approvers: list[Role]
    service_kind: ServiceKind | None
    order_number: str | None
    place: str | None
    waive_reason: str | None
