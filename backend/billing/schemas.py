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
from backend.catalogue.schemas import EarnedPolicy, Period
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.paging import MAX_PAGE_SIZE
from clients.billing.messages import AmountMinor, Kind, Quantity, Sequence

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Reason = Annotated[str, msgspec.Meta(max_length=500)]
LedgerEntryId = Annotated[str, msgspec.Meta(max_length=128)]
MessageId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

MAX_TOGETHER = 500  # acknowledgements of one request: 300 bytes each, and half a second of one transaction


class UnknownTrigger(NotFound):
    code = "unknown_billing_trigger"


class UnknownEarned(NotFound):
    code = "unknown_earned_trigger"


class NotBilledYet(Conflict):
    """The service runs, and billing was not told of it yet: come again when it was. params: service_id, kind."""

    code = "not_billed_yet"


class NotCharged(Conflict):
    """This service is not charged by itself: there is nothing to bill. params: service_id."""

    code = "service_not_charged"


class AlreadyCorrected(Conflict):
    """A later trigger supersedes this one: correct that. params: trigger_id, latest."""

    code = "already_corrected"


class NotEarnedOnAcceptance(Conflict):
    """This is not earned by a customer's acceptance. params: policy."""

    code = "not_earned_on_acceptance"


class OverlapTooShort(Invalid):
    """The old key must sign beside the new one for longer. params: shortest_seconds."""

    code = "overlap_too_short"


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


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """One acknowledgement among others. message_id: the webhook-id under which it would come by itself."""

    message_id: MessageId
    message: Acknowledgement


class Acknowledgements(msgspec.Struct, frozen=True, kw_only=True):
    """Billing's word on many triggers, one after the other."""

    type: Literal["billing.acknowledgements"]
    timestamp: Instant
    data: Annotated[list[Numbered], msgspec.Meta(min_length=1, max_length=MAX_TOGETHER)]


class AcknowledgementsTaken(msgspec.Struct, frozen=True, kw_only=True):
    """taken: the message_id of each that need not come again; the others name no trigger that we know."""

    taken: list[str]


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
    """A trigger and what became of it. is_due: it will be told; attempts: of telling it, the last with last_error."""

    id: UUID
    kind: Kind
    state: TriggerState
    order_id: UUID | None
    order_number: str | None
    account_id: UUID
    charge_line_id: UUID | None
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
    is_due: bool
    attempts: int
    last_error: str | None


class Replay(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is told once more: of one stream or of all; sequences included; of the recording, `until` excluded."""

    stream_id: UUID | None = None
    from_sequence: Sequence = 1
    until_sequence: Sequence | None = None
    since: Instant | None = None
    until: Instant | None = None


class ReplayView(msgspec.Struct, frozen=True, kw_only=True):
    """How many triggers will be told once more. more_since: there are more; ask again from there."""

    triggers: int
    more_since: datetime | None


class Correction(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was wrong of a trigger; with none of it billing is told once more what stands. quantity 0: take it back."""

    because: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
    effective_at: Instant | None = None
    quantity: Quantity | None = None
    amount_minor: AmountMinor | None = None


class Acceptance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When the customer accepted what was delivered."""

    accepted_at: Instant


class FeedReading(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From where billing reads on. after: `next_after` of the page before, 0 for the first; up to what JSON carries."""

    after: Annotated[int, msgspec.Meta(ge=0, le=2**53)] = 0
    page_size: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_SIZE)] = 50


class KeyView(msgspec.Struct, frozen=True, kw_only=True):
    """One of our keys. public_key: whpk_…, "" for a shared secret; valid_until: None until it is rotated."""

    public_key: str
    valid_from: datetime | None
    valid_until: datetime | None


class EarnedView(msgspec.Struct, frozen=True, kw_only=True):
    """Revenue of one obligation. over_time: earned day by day from earned_from on; else at that instant."""

    id: UUID
    billing_trigger_id: UUID
    obligation: Obligation
    policy: EarnedPolicy
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
