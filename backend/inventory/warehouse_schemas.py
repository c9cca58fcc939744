"""What the warehouse keeper's routes say and take: transfers in two steps, counts, returns, releases, levels."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from backend.inventory.lifecycle import TransferState
from backend.inventory.models import MoveReason
from backend.inventory.schemas import (
    MAX_QUANTITY,
    Code,
    LocationView,
    Parts,
    Quantity,
    Reason,
    Serial,
    SerialsOrNone,
    SerialUnitView,
)
from backend.inventory.seriallists import Fault

MAX_AGREED = 500  # moves that are agreed with at once: five models for each of a hundred vans


class ReceiveTransfer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What arrived of a transfer, as it was counted when it was unpacked."""

    serials: SerialsOrNone = []
    parts: Parts = {}


class GiveUp(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What has not arrived will not."""

    reason: Reason


class TransferOrderView(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer in two steps: what left, what arrived, what lacks, and what came without being announced."""

    id: UUID
    from_location_id: UUID
    to_location_id: UUID
    order_id: UUID | None
    state: TransferState
    serials: list[str]
    parts: dict[str, int]
    received_serials: list[str]
    received_parts: dict[str, int]
    missing_serials: list[str]
    missing_parts: dict[str, int]
    unexpected: list[str]
    unexpected_parts: dict[str, int]
    shipped_at: datetime


class CountStock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was found of a model at a place: its serials, or for counted parts how many."""

    location_id: UUID
    model: Code
    reason: Reason
    serials: SerialsOrNone | None = None
    quantity: Annotated[int, msgspec.Meta(ge=0, le=MAX_QUANTITY)] | None = None


class StockCountView(msgspec.Struct, frozen=True, kw_only=True):
    """A count: what the ledger said, what was there, and what was corrected. misplaced: for a person to look at."""

    id: UUID
    location_id: UUID
    model: str
    expected: int
    counted: int
    missing: list[str]
    found: list[str]
    misplaced: list[str]
    reason: str
    at: datetime


class Disposition(StrEnum):
    """What becomes of a unit that came back, or turns out to be bad, lost or found."""

    RESTOCK = "restock"
    QUARANTINE = "quarantine"
    RETURN_TO_VENDOR = "returnToVendor"
    TAKE_BACK = "takeBack"
    SCRAP = "scrap"
    LOSE = "lose"
    FIND = "find"


class DisposeOf(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """to_location_id: where it goes, None to leave it; reference: the vendor's RMA number or another paper's."""

    disposition: Disposition
    reason: Reason
    to_location_id: UUID | None = None
    reference: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] | None = None


class AcceptReturn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer brought or sent a unit back, without a technician."""

    serial: Serial
    to_location_id: UUID


class ReturnReceiptView(msgspec.Struct, frozen=True, kw_only=True):
    """The customer's proof that a unit was given back. job_id: whose technician fetched it, if one did."""

    number: str
    serial: str
    model: str
    premises_id: UUID
    to_location_id: UUID
    job_id: UUID | None
    occurred_at: datetime
    recorded_at: datetime


class CustodyLink(msgspec.Struct, frozen=True, kw_only=True):
    """One change of hands. came_from: None for what came from outside; subject_id: what it was done for."""

    came_from: LocationView | None
    went_to: LocationView
    reason: MoveReason
    occurred_at: datetime
    recorded_at: datetime
    actor_kind: str
    actor_id: UUID | None
    subject_id: UUID | None


class Custody(msgspec.Struct, frozen=True, kw_only=True):
    """Where a unit is, how it got there hand by hand (oldest first), and what customers have to show for it."""

    unit: SerialUnitView
    links: list[CustodyLink]
    receipts: list[ReturnReceiptView]


class ReleaseExport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Let a model, a destination or one to the other pass until `valid_until`."""

    reason: Reason
    valid_until: Annotated[datetime, msgspec.Meta(tz=True)]
    model: Code | None = None
    to_location_id: UUID | None = None


class ExportReleaseView(msgspec.Struct, frozen=True, kw_only=True):
    """revoked_at: from then on it does not hold; released_by: the user who did, None for the system itself."""

    id: UUID
    model: str | None
    to_location_id: UUID | None
    reason: str
    released_by: UUID | None
    released_at: datetime
    valid_until: datetime
    revoked_at: datetime | None


class RestrictLocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    is_restricted: bool


class SetStockLevel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a model a place should hold."""

    location_id: UUID
    model: Code
    minimum: Annotated[int, msgspec.Meta(ge=0, le=MAX_QUANTITY)]
    maximum: Quantity


class StockLevelView(msgspec.Struct, frozen=True, kw_only=True):
    location_id: UUID
    model: str
    minimum: int
    maximum: int


class Replenishment(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer that a van will need. demand: what its coming jobs take; short: what no depot has free for it."""

    from_location_id: UUID | None
    to_location_id: UUID
    model: str
    quantity: int
    held: int
    demand: int
    minimum: int
    maximum: int
    short: int


class AgreedMove(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A suggested move (`Replenishment`) that the keeper agrees with, or as much of it as there shall be."""

    from_location_id: UUID
    to_location_id: UUID
    model: Code
    quantity: Quantity


class AgreeReplenishment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    moves: Annotated[list[AgreedMove], msgspec.Meta(min_length=1, max_length=MAX_AGREED)]


class TakeSerialList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A supplier's list of serials as CSV, with its heading. model: of all rows, when they do not say it.

    is_trial: only look what is at fault; only_valid: leave out the rows at fault.
    """

    location_id: UUID
    source: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    text: Annotated[str, msgspec.Meta(min_length=1)]
    model: Code | None = None
    is_trial: bool = False
    only_valid: bool = False


class SerialListView(msgspec.Struct, frozen=True, kw_only=True):
    """rows: of the list; valid: of them; taken: units that are in stock by it; faults: the first of the others."""

    rows: int
    valid: int
    taken: int
    faults: list[Fault]
