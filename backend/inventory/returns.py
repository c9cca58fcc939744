"""What becomes of units that come back: tested and put on the shelf again, held apart, sent to the vendor, scrapped.

A customer who gives something back gets a receipt with a number of its own, whoever took it. The chain of custody is
the ledger read for one unit.
"""

from datetime import datetime
from uuid import UUID

from backend.inventory import ledger, queries
from backend.inventory.controls import require_released
from backend.inventory.lifecycle import SerialCommand, SerialState
from backend.inventory.models import LocationKind, MoveReason, ReturnReceipt, SerialUnit, StockLocation
from backend.inventory.reservations import drop_unit
from backend.inventory.schemas import (
    NoSuchLocation,
    NoSuchReceipt,
    NotAtPremises,
    SerialUnitView,
    UnknownSerial,
    WrongDestination,
)
from backend.inventory.views import location_view, unit_view
from backend.inventory.warehouse_schemas import (
    AcceptReturn,
    Custody,
    CustodyLink,
    DisposeOf,
    Disposition,
    ReturnReceiptView,
)
from backend.kernel.db import Transaction
from backend.kernel.facts import move

NUMBER_DIGITS = 10  # of a receipt: forty random bits of its id, so that no two transactions wait for a counter

# The kind of place that a unit goes to by what is decided of it.
GOES_TO: dict[Disposition, LocationKind] = {
    Disposition.RESTOCK: LocationKind.DEPOT,
    Disposition.QUARANTINE: LocationKind.RETURNS,
    Disposition.RETURN_TO_VENDOR: LocationKind.SUPPLIER,
    Disposition.TAKE_BACK: LocationKind.DEPOT,
    Disposition.SCRAP: LocationKind.SCRAPPED,
    Disposition.LOSE: LocationKind.MISSING,
    Disposition.FIND: LocationKind.DEPOT,
}
BY_THEMSELVES = frozenset({LocationKind.SCRAPPED, LocationKind.MISSING})


async def dispose_of(tx: Transaction, serial: str, decided: DisposeOf) -> SerialUnitView:
    """Carry out what was decided of a unit, with the reason and the other party's reference in its history.

    Raises UnknownSerial, IllegalMove, NeedsRelease, WrongDestination(disposition, wanted) when the place is not of the
    kind that this leads to.
    """
    found = await queries.lock_units(tx, [serial])
    if not found:
        raise UnknownSerial(serial=serial)
    unit = found[0]
    place = await _destination(tx, unit, decided)
    await require_released(tx, [unit.model], location_id=place.id)
    detail = {"reason": decided.reason, "reference": decided.reference}
    move(tx, unit, SerialCommand(decided.disposition), detail=detail)
    if unit.location_id != place.id:
        ledger.put(tx, unit, place.id, MoveReason.DISPOSAL)
    if unit.state is SerialState.MISSING:
        await drop_unit(tx, unit)
    await tx.flush()
    return unit_view(unit, place)


async def accept_return(tx: Transaction, brought: AcceptReturn) -> ReturnReceiptView:
    """Take back what a customer brought or sent; the customer's receipt. Raises UnknownSerial, NotAtPremises."""
    found = await queries.lock_units(tx, [brought.serial])
    if not found:
        raise UnknownSerial(serial=brought.serial)
    unit = found[0]
    place = await tx.get(StockLocation, brought.to_location_id, NoSuchLocation)
    if place.kind not in (LocationKind.RETURNS, LocationKind.DEPOT):
        raise WrongDestination(kind=place.kind, wanted=LocationKind.RETURNS)
    premises_id = await premises_of(tx, unit)
    if unit.state is not SerialState.INSTALLED or premises_id is None:
        raise NotAtPremises(serial=unit.serial)
    move(tx, unit, SerialCommand.RECOVER)
    ledger.put(tx, unit, place.id, MoveReason.RETURN)
    return write_receipt(tx, unit, premises_id=premises_id, place_id=place.id, job_id=None, occurred_at=tx.now)


def write_receipt(
    tx: Transaction, unit: SerialUnit, *, premises_id: UUID, place_id: UUID, job_id: UUID | None, occurred_at: datetime
) -> ReturnReceiptView:
    """The customer's proof, once for each time that a unit is given back."""
    receipt_id = tx.new_id()
    receipt = ReturnReceipt(
        id=receipt_id,
        number=f"R-{receipt_id.hex[-NUMBER_DIGITS:].upper()}",
        serial_unit_id=unit.id,
        premises_id=premises_id,
        to_location_id=place_id,
        subject_id=job_id,
        occurred_at=occurred_at,
        recorded_at=tx.now,
    )
    tx.add(receipt)
    return _receipt_view(receipt, unit)


async def return_receipt(tx: Transaction, number: str) -> ReturnReceiptView:
    """Raises NoSuchReceipt."""
    row = await queries.receipt_by_number(tx, number)
    if row is None:
        raise NoSuchReceipt(number=number)
    return _receipt_view(row, await queries.unit_of_receipt(tx, row.serial_unit_id))


async def custody(tx: Transaction, serial: str) -> Custody:
    """Through whose hands a unit went, oldest first. Raises UnknownSerial."""
    unit = await queries.unit_by_serial(tx, serial)
    if unit is None:
        raise UnknownSerial(serial=serial)
    lines = await queries.moves_of(tx, unit.id)
    ids = {unit.location_id, *(line.to_location_id for line in lines), *(line.from_location_id for line in lines)}
    places = {id_: location_view(one) for id_, one in (await queries.locations(tx, ids - {None})).items()}
    links = [
        CustodyLink(
            came_from=places[line.from_location_id] if line.from_location_id else None,
            went_to=places[line.to_location_id],
            reason=line.reason,
            occurred_at=line.occurred_at,
            recorded_at=line.at,
            actor_kind=line.actor_kind,
            actor_id=line.actor_id,
            subject_id=line.subject_id,
        )
        for line in lines
    ]
    receipts = [_receipt_view(row, unit) for row in await queries.receipts_of(tx, unit.id)]
    view = SerialUnitView(
        id=unit.id, serial=unit.serial, model=unit.model, state=unit.state, location=places[unit.location_id]
    )
    return Custody(unit=view, links=links, receipts=receipts)


async def premises_of(tx: Transaction, unit: SerialUnit) -> UUID | None:
    """The premises that the unit is at, None anywhere else."""
    return (await queries.locations(tx, [unit.location_id]))[unit.location_id].premises_id


async def _destination(tx: Transaction, unit: SerialUnit, decided: DisposeOf) -> StockLocation:
    wanted = GOES_TO[decided.disposition]
    if wanted in BY_THEMSELVES:
        return await queries.nowhere(tx, wanted)
    here = decided.to_location_id or unit.location_id
    place = await tx.get(StockLocation, here, NoSuchLocation)
    if place.kind is not wanted:
        raise WrongDestination(disposition=decided.disposition, kind=place.kind, wanted=wanted)
    return place


def _receipt_view(row: ReturnReceipt, unit: SerialUnit) -> ReturnReceiptView:
    return ReturnReceiptView(
        number=row.number,
        serial=unit.serial,
        model=unit.model,
        premises_id=row.premises_id,
        to_location_id=row.to_location_id,
        job_id=row.subject_id,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
    )
