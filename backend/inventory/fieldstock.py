"""What technicians do with stock on site: put units in, take them out, use up parts. Each is a line of the ledger."""

from datetime import datetime
from uuid import UUID

from backend.inventory import ledger, queries
from backend.inventory.ledger import Way
from backend.inventory.lifecycle import SerialCommand, SerialState
from backend.inventory.models import LocationKind, MoveReason, SerialUnit, StockLocation
from backend.inventory.parts import settle_parts
from backend.inventory.reading import is_well_formed
from backend.inventory.reservations import settle
from backend.inventory.returns import write_receipt
from backend.inventory.schemas import (
    NotAtPremises,
    NotInVan,
    NoVan,
    SerialInUse,
    SerialUnitView,
    UnknownSerial,
    WrongSerial,
)
from backend.inventory.views import unit_view
from backend.kernel.db import Transaction
from backend.kernel.facts import move


async def install(
    tx: Transaction,
    *,
    serial: str,
    premises_id: UUID,
    technician_id: UUID,
    job_id: UUID,
    occurred_at: datetime,
    order_id: UUID | None = None,
) -> SerialUnitView:
    """Move a unit from the technician's van to the premises, as it happened there at `occurred_at`.

    order_id: the order that the job serves; its reservation of the model is used up (see `reservations.settle`).
    A unit that is at these premises already is answered as it is.
    Raises WrongSerial, UnknownSerial, SerialInUse, NotInVan.
    """
    found = await _lock_known(tx, serial)
    place = await premises_location(tx, premises_id)
    if found.state is SerialState.INSTALLED:
        if found.location_id != place.id:
            raise SerialInUse(serial=serial)
        return unit_view(found, place)
    van = await queries.location_of(tx, technician_id=technician_id)
    if van is None or found.location_id != van.id:
        raise NotInVan(serial=serial)
    await settle(tx, found, order_id)
    move(tx, found, SerialCommand.INSTALL, occurred_at=occurred_at, detail={"job_id": str(job_id)})
    ledger.put(tx, found, place.id, MoveReason.INSTALLATION, subject_id=job_id, occurred_at=occurred_at)
    return unit_view(found, place)


async def recover(
    tx: Transaction, *, serial: str, premises_id: UUID, technician_id: UUID, job_id: UUID, occurred_at: datetime
) -> SerialUnitView:
    """Move a unit from the premises into the technician's van, who has it until it is given to a place of returns.

    The customer gets a return receipt.

    A unit that this technician has recovered already is answered as it is.
    Raises WrongSerial, UnknownSerial, NoVan, NotAtPremises.
    """
    found = await _lock_known(tx, serial)
    van = await queries.location_of(tx, technician_id=technician_id)
    if van is None:
        raise NoVan(serial=serial)
    if found.state is SerialState.RECOVERED and found.location_id == van.id:
        return unit_view(found, van)
    place = await queries.location_of(tx, premises_id=premises_id)
    if found.state is not SerialState.INSTALLED or place is None or found.location_id != place.id:
        raise NotAtPremises(serial=serial)
    move(tx, found, SerialCommand.RECOVER, occurred_at=occurred_at, detail={"job_id": str(job_id)})
    ledger.put(tx, found, van.id, MoveReason.RECOVERY, subject_id=job_id, occurred_at=occurred_at)
    write_receipt(tx, found, premises_id=premises_id, place_id=van.id, job_id=job_id, occurred_at=occurred_at)
    return unit_view(found, van)


async def consume(
    tx: Transaction,
    *,
    part: str,
    quantity: int,
    premises_id: UUID,
    technician_id: UUID,
    job_id: UUID,
    occurred_at: datetime,
    order_id: UUID | None = None,
) -> int | None:
    """Enter counted parts that a technician used. What was used was there, whatever the ledger says.

    order_id: the order that the job serves; what it has reserved of the part is used up.

    The balance that the van has of it now, below 0 when more was used than was ever put in; None for a technician
    without a van, whose parts are not ours.
    """
    van = await queries.lock_van(tx, technician_id)
    if van is None:
        return None
    place = await premises_location(tx, premises_id)
    ledger.enter(
        tx,
        Way(van.id, place.id),
        MoveReason.CONSUMPTION,
        model=part,
        quantity=quantity,
        subject_id=job_id,
        occurred_at=occurred_at,
    )
    if order_id is not None:
        await settle_parts(tx, part, quantity, order_id)
    await tx.flush()
    return (await queries.balance(tx, [van.id], part)).get((van.id, part), 0)


async def _lock_known(tx: Transaction, serial: str) -> SerialUnit:
    found = await queries.lock_units(tx, [serial])
    if found:
        return found[0]
    if not await is_well_formed(tx, serial):
        raise WrongSerial(serials=[serial])
    raise UnknownSerial(serial=serial)


async def premises_location(tx: Transaction, premises_id: UUID) -> StockLocation:
    """The location of these premises, made when the first unit arrives; the unique column settles a race."""
    made = tx.upsert(StockLocation).values(
        id=tx.new_id(), kind=LocationKind.PREMISES, name="", technician_id=None, premises_id=premises_id
    )
    await tx.session.execute(made.on_conflict_do_nothing(index_elements=["premises_id"]))
    place = await queries.location_of(tx, premises_id=premises_id)
    assert place is not None, f"no location for premises {premises_id} right after it was made"
    return place
