"""What inventory says and takes on the wire, and the errors that it names."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from backend.inventory.lifecycle import SerialState
from backend.inventory.models import LocationKind
from backend.kernel.errors import Conflict, Invalid, NotFound
from sync.serials import Grammar

MAX_SERIALS = 500  # a pallet; a larger delivery comes in several receipts
MAX_QUANTITY = 1_000_000  # of one part in one step: more is a slip of the keyboard
MAX_MODELS = 100  # in one step

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Serial = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Serials = Annotated[list[Serial], msgspec.Meta(min_length=1, max_length=MAX_SERIALS)]
SerialsOrNone = Annotated[list[Serial], msgspec.Meta(max_length=MAX_SERIALS)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]
Parts = Annotated[dict[Code, Quantity], msgspec.Meta(max_length=MAX_MODELS)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class NoSuchLocation(NotFound):
    code = "no_such_stock_location"


class AmbiguousLocation(Conflict):
    """Several places have this name: say which by its id. params: name, ids."""

    code = "ambiguous_stock_location"


class UnknownSerial(NotFound):
    """The serial is well formed, but no such unit was ever received."""

    code = "unknown_serial"


class WrongSerial(Invalid):
    """The text is no serial of the model, or of any model: a misread label. params: serials, model (when known)."""

    code = "wrong_serial"


class NotSerialised(Invalid):
    """Only serial units can be reserved and received by serial; this model is counted."""

    code = "not_serialised"


class NotCounted(Invalid):
    """These models have serials: they move by serial, not by number. params: models."""

    code = "not_counted"


class WrongDestination(Invalid):
    """Units reach premises by installation and leave them by recovery; a recovered one goes to a place of returns."""

    code = "wrong_destination"


class SerialKnown(Conflict):
    """These serials were received before."""

    code = "serial_known"


class SerialInUse(Conflict):
    """The unit is installed at other premises."""

    code = "serial_in_use"


class NotInVan(Conflict):
    """The unit is not in this technician's van."""

    code = "not_in_van"


class NotAtPremises(Conflict):
    """The unit is not installed at these premises, or not any more."""

    code = "not_at_premises"


class NoVan(Conflict):
    """This technician has no van to take the unit into."""

    code = "no_van"


class NotAtLocation(Conflict):
    """These units are somewhere else than the transfer says. params: serials."""

    code = "not_at_location"


class OutOfStock(Conflict):
    """There are not so many free units or parts. params: model, wanted, available."""

    code = "out_of_stock"


class NoSuchTransfer(NotFound):
    code = "no_such_transfer"


class NoSuchRelease(NotFound):
    code = "no_such_release"


class NoSuchReceipt(NotFound):
    code = "no_such_return_receipt"


class NothingCarried(Invalid):
    """A transfer carries units, parts or both."""

    code = "nothing_carried"


class NeedsRelease(Conflict):
    """Export control: nothing leaves before somebody released it. params: models, location_id, is_restricted."""

    code = "export_release_needed"


class LocationView(msgspec.Struct, frozen=True, kw_only=True):
    """A place that holds stock. latitude, longitude: degrees, None for a van and for premises."""

    id: UUID
    kind: LocationKind
    name: str
    technician_id: UUID | None
    premises_id: UUID | None
    latitude: float | None
    longitude: float | None
    is_restricted: bool


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """A unit at premises, since it was put in or handed over there."""

    unit_id: UUID
    serial: str
    model: str
    since: datetime


class SerialUnitView(msgspec.Struct, frozen=True, kw_only=True):
    """One unit and where it is."""

    id: UUID
    serial: str
    model: str
    state: SerialState
    location: LocationView


class UnitEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One move of a unit's life, with both times."""

    command: str
    state: str
    occurred_at: datetime
    recorded_at: datetime


class SerialUnitHistory(msgspec.Struct, frozen=True, kw_only=True):
    """A unit, and its life from the oldest to the newest fact."""

    unit: SerialUnitView
    facts: list[UnitEvent]


class SerialUnitDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A unit as the phone of the technician knows it, in whose van it is."""

    serial: str
    model: str
    state: SerialState


class SerialGrammarsDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What serials look like, of all models that have any, by code: with it a phone judges what is read."""

    grammars: list[Grammar]


class BalanceView(msgspec.Struct, frozen=True, kw_only=True):
    """quantity: the sum of the ledger; free: how much of it nobody reserved, and is fit for use."""

    model: str
    quantity: int
    free: int


class StockView(msgspec.Struct, frozen=True, kw_only=True):
    """What one location holds, by model; models that it holds none of are left out."""

    location: LocationView
    balances: list[BalanceView]


class ReservationView(msgspec.Struct, frozen=True, kw_only=True):
    """A unit, or counted parts, kept for an order item. serial: None for parts; expires_at: None when it never does."""

    id: UUID
    model: str
    serial: str | None
    quantity: int
    order_item_id: UUID
    expires_at: datetime | None


class TransferStock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Carry units and counted parts from one location to another, for example into a van.

    parts: model → how many; order_id: for whose job it is, whose reserved parts may therefore leave.
    """

    from_location_id: UUID
    to_location_id: UUID
    serials: SerialsOrNone = []
    parts: Parts = {}
    order_id: UUID | None = None


class ReceiveParts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take delivered counted parts into a location."""

    location_id: UUID
    model: Code
    quantity: Quantity


class ReceiveStock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take delivered units into a location."""

    location_id: UUID
    model: Code
    serials: Serials
