"""What billing takes and shows, and the errors that it names.

The wire of the callbacks themselves is `clients.billing.messages`. What comes back is stated here, with bounds: it may
come from any billing system, and fields that we do not know are passed over.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from backend.billing.lifecycle import EarnedState, TriggerState
from backend.catalogue.schemas import Period
from backend.kernel.errors import NotFound
from clients.billing.messages import Kind

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]
LedgerEntryId = Annotated[str, msgspec.Meta(max_length=128)]


class UnknownTrigger(NotFound):
    code = "unknown_billing_trigger"


class Obligation(StrEnum):
    """What was promised to the customer and is earned by itself. Source: IFRS 15, performance obligations."""

    GOODS = "goods"
    SERVICE = "service"
    LABOUR = "labour"


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a trigger. reason: billing's stable code when rejected; ledger_entry_id: "" then."""

    trigger_id: UUID
    status: Literal["applied", "rejected"]
    reason: Reason | None = None
    ledger_entry_id: LedgerEntryId = ""


class Acknowledgement(msgspec.Struct, frozen=True, kw_only=True):
    """Billing's word on one trigger."""

    type: Literal["billing.acknowledgement"]
    timestamp: Instant
    data: Outcome


class AcknowledgementTaken(msgspec.Struct, frozen=True, kw_only=True):
    """The same for the first message and for its repeats."""

    received: UUID


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What proves that something was earned: ids of rows and serial numbers, nothing personal."""

    order_id: UUID
    charge_line_id: UUID
    handover_id: UUID | None = None
    job_id: UUID | None = None
    service_id: UUID | None = None
    serials: list[str] = []


class TriggerView(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger and what became of it. parked_at: since when nobody tries to deliver it, with the last_error."""

    id: UUID
    kind: Kind
    state: TriggerState
    order_id: UUID
    order_number: str
    account_id: UUID
    charge_line_id: UUID
    charge_code: str
    description: str
    service_id: UUID | None
    sequence: int
    effective_at: datetime
    recorded_at: datetime
    quantity: int
    amount_minor: int
    currency: str
    period: Period
    supersedes: UUID | None
    acknowledged_at: datetime | None
    ledger_entry_id: str | None
    reason: str | None
    attempts: int
    last_error: str | None
    parked_at: datetime | None


class EarnedView(msgspec.Struct, frozen=True, kw_only=True):
    """Revenue of one obligation. A service is earned over the time from earned_from on, all else at that instant."""

    id: UUID
    billing_trigger_id: UUID
    obligation: Obligation
    state: EarnedState
    order_id: UUID
    charge_line_id: UUID
    earned_from: datetime
    earned_until: datetime | None
    recorded_at: datetime
    quantity: int
    amount_minor: int
    currency: str
    period: Period
    evidence: Evidence
