"""What a technician does with the own van as a place of stock: hands over from it, sets apart what is faulty.

What comes in and what is counted is `transfers` and `counting`, as anywhere. Facts of the field: each says when it was.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from backend.inventory import queries
from backend.inventory.lifecycle import SerialCommand, SerialState
from backend.inventory.models import LocationKind, StockLocation
from backend.inventory.reservations import drop_unit
from backend.inventory.schemas import (
    LocationView,
    NoSuchLocation,
    NotInVan,
    SerialUnitView,
    TransferStock,
    UnknownSerial,
    WrongDestination,
)
from backend.inventory.transfers import ship_transfer
from backend.inventory.views import location_view, unit_view
from backend.kernel.db import Transaction
from backend.kernel.facts import move

TAKES_OVER = frozenset({LocationKind.DEPOT, LocationKind.VAN, LocationKind.RETURNS})
"""Where a technician may hand something over."""


async def van_of(tx: Transaction, technician_id: UUID) -> LocationView | None:
    """The technician's van, None for who has none."""
    van = await queries.location_of(tx, technician_id=technician_id)
    return location_view(van) if van else None


async def drivers_of(tx: Transaction, location_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Van → its technician, of those of these places that are vans."""
    found = await queries.locations(tx, location_ids)
    return {place.id: place.technician_id for place in found.values() if place.technician_id}


async def hand_over(tx: Transaction, wanted: TransferStock, *, occurred_at: datetime) -> Sequence[str]:
    """Let what is there leave for the other place, which then receives it; the serials that are somewhere else, sorted.

    What was handed over to that place already is not said again. Parts leave as they are told, or nothing does.
    Raises WrongDestination, OutOfStock, NeedsRelease, IllegalMove.
    """
    target = await tx.get(StockLocation, wanted.to_location_id, NoSuchLocation)
    if target.kind not in TAKES_OVER:
        raise WrongDestination(kind=target.kind)
    units = await queries.lock_units(tx, wanted.serials)
    here = [one.serial for one in units if one.location_id == wanted.from_location_id]
    if here or wanted.parts:
        leaving = TransferStock(
            from_location_id=wanted.from_location_id, to_location_id=target.id, serials=here, parts=wanted.parts
        )
        await ship_transfer(tx, leaving, occurred_at=occurred_at)
    elsewhere = set(wanted.serials) - set(here)
    return sorted(elsewhere - await queries.serials_sent(tx, wanted.from_location_id, target.id)) if elsewhere else []


async def set_apart(
    tx: Transaction, serial: str, *, van_id: UUID, reason: str, occurred_at: datetime
) -> SerialUnitView:
    """A unit of the van is faulty: in quarantine where it is, until it is handed over to a place of returns.

    Whoever had reserved it is short of one. One that is set apart already is answered as it is.
    Raises UnknownSerial, NotInVan, IllegalMove.
    """
    found = await queries.lock_units(tx, [serial])
    if not found:
        raise UnknownSerial(serial=serial)
    unit = found[0]
    if unit.location_id != van_id:
        raise NotInVan(serial=serial)
    van = await tx.get(StockLocation, van_id, NoSuchLocation)
    if unit.state is SerialState.QUARANTINED:
        return unit_view(unit, van)
    if unit.state is SerialState.RESERVED:
        await drop_unit(tx, unit)
        move(tx, unit, SerialCommand.RELEASE, occurred_at=occurred_at)
    move(tx, unit, SerialCommand.QUARANTINE, occurred_at=occurred_at, detail={"reason": reason})
    return unit_view(unit, van)
