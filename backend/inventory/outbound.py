"""Goods that reach a customer without a technician: sent with a carrier, or handed over a depot's counter.

A carrier is a location: what is on the way is in nobody's depot and not yet at the customer's. Each function is all or
nothing. Raises UnknownSerial, and NotAtLocation for units that are somewhere else than said; what leaves a depot raises
NeedsRelease where export control flags it, and OutOfStock for parts that others have reserved.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from backend.inventory import ledger, queries
from backend.inventory.controls import require_released
from backend.inventory.fieldstock import premises_location
from backend.inventory.ledger import Way
from backend.inventory.lifecycle import SerialCommand
from backend.inventory.models import LocationKind, MoveReason, SerialUnit, StockLocation
from backend.inventory.parts import carry_parts, settle_parts
from backend.inventory.reservations import settle
from backend.inventory.schemas import NoSuchLocation, NotAtLocation, SerialUnitView, UnknownSerial, WrongDestination
from backend.inventory.views import unit_view
from backend.kernel.db import Transaction
from backend.kernel.facts import move


@dataclass(frozen=True, kw_only=True)
class OutboundGoods:
    """What goes out together. serials: of units; counted: model → pieces of models without serials."""

    serials: Sequence[str]
    counted: Mapping[str, int] = field(default_factory=dict[str, int])


async def send(
    tx: Transaction,
    goods: OutboundGoods,
    *,
    from_location_id: UUID,
    carrier: str,
    premises_id: UUID,
    order_id: UUID,
    subject_id: UUID,
) -> list[SerialUnitView]:
    """Give goods of a depot to a carrier for an order, whose reservations of the models are used up.

    premises_id: where the carrier brings them.
    """
    depot = await _depot(tx, from_location_id)
    vehicle = await _carrier(tx, carrier)
    units = await _units_at(tx, goods, depot.id)
    await require_released(tx, {*(unit.model for unit in units), *goods.counted}, premises_id=premises_id)
    for unit in units:
        await settle(tx, unit, order_id)
        move(tx, unit, SerialCommand.SHIP, detail={"carrier": carrier})
        ledger.put(tx, unit, vehicle.id, MoveReason.SHIPMENT, subject_id=subject_id)
    await _take_counted(tx, goods, Way(depot.id, vehicle.id), MoveReason.SHIPMENT, subject_id, order_id)
    return [unit_view(unit, vehicle) for unit in units]


async def deliver(
    tx: Transaction,
    goods: OutboundGoods,
    *,
    carrier: str,
    premises_id: UUID,
    subject_id: UUID,
    occurred_at: datetime,
) -> None:
    """The carrier handed the goods to the customer at `occurred_at`."""
    vehicle, place = await _carrier(tx, carrier), await premises_location(tx, premises_id)
    for unit in await _units_at(tx, goods, vehicle.id):
        _hand_over(tx, unit, place, subject_id, occurred_at)
    _enter_counted(tx, goods, Way(vehicle.id, place.id), MoveReason.HANDOVER, subject_id, occurred_at)


async def bring_back(
    tx: Transaction, goods: OutboundGoods, *, carrier: str, to_location_id: UUID, subject_id: UUID
) -> None:
    """The carrier could not deliver: the goods are free in a depot again."""
    vehicle, depot = await _carrier(tx, carrier), await _depot(tx, to_location_id)
    for unit in await _units_at(tx, goods, vehicle.id):
        move(tx, unit, SerialCommand.ARRIVE, detail={"carrier": carrier})
        ledger.put(tx, unit, depot.id, MoveReason.SHIPMENT, subject_id=subject_id)
    _enter_counted(tx, goods, Way(vehicle.id, depot.id), MoveReason.SHIPMENT, subject_id, tx.now)


async def hand_out(
    tx: Transaction,
    goods: OutboundGoods,
    *,
    from_location_id: UUID,
    premises_id: UUID,
    order_id: UUID,
    subject_id: UUID,
) -> list[SerialUnitView]:
    """Hand goods over a depot's counter to the customer, who takes them to the premises."""
    depot, place = await _depot(tx, from_location_id), await premises_location(tx, premises_id)
    units = await _units_at(tx, goods, depot.id)
    await require_released(tx, {*(unit.model for unit in units), *goods.counted}, location_id=place.id)
    for unit in units:
        await settle(tx, unit, order_id)
        _hand_over(tx, unit, place, subject_id, tx.now)
    await _take_counted(tx, goods, Way(depot.id, place.id), MoveReason.HANDOVER, subject_id, order_id)
    return [unit_view(unit, place) for unit in units]


def _hand_over(
    tx: Transaction, unit: SerialUnit, place: StockLocation, subject_id: UUID, occurred_at: datetime
) -> None:
    move(tx, unit, SerialCommand.HAND_OVER, occurred_at=occurred_at, detail={"consignment_id": str(subject_id)})
    ledger.put(tx, unit, place.id, MoveReason.HANDOVER, subject_id=subject_id, occurred_at=occurred_at)


async def _take_counted(
    tx: Transaction, goods: OutboundGoods, way: Way, reason: MoveReason, subject_id: UUID, order_id: UUID
) -> None:
    """Take parts out of a depot for an order, whose reservations of them are used up. Raises NotCounted, OutOfStock."""
    await carry_parts(tx, goods.counted, way, reason=reason, subject_id=subject_id, order_id=order_id)
    for model, quantity in goods.counted.items():
        await settle_parts(tx, model, quantity, order_id)


def _enter_counted(
    tx: Transaction, goods: OutboundGoods, way: Way, reason: MoveReason, subject_id: UUID, occurred_at: datetime
) -> None:
    for model, quantity in goods.counted.items():
        ledger.enter(tx, way, reason, model=model, quantity=quantity, subject_id=subject_id, occurred_at=occurred_at)


async def _units_at(tx: Transaction, goods: OutboundGoods, location_id: UUID) -> list[SerialUnit]:
    units = await queries.lock_units(tx, goods.serials)
    if unknown := sorted(set(goods.serials) - {unit.serial for unit in units}):
        raise UnknownSerial(serials=unknown)
    if elsewhere := [unit.serial for unit in units if unit.location_id != location_id]:
        raise NotAtLocation(serials=elsewhere)
    return units


async def _depot(tx: Transaction, location_id: UUID) -> StockLocation:
    depot = await tx.get(StockLocation, location_id, NoSuchLocation)
    if depot.kind is not LocationKind.DEPOT:
        raise WrongDestination(kind=depot.kind, wanted=LocationKind.DEPOT)
    return depot


async def _carrier(tx: Transaction, name: str) -> StockLocation:
    """The location of this carrier, made with the first shipment; the unique index settles a race."""
    made = tx.upsert(StockLocation).values(id=tx.new_id(), kind=LocationKind.CARRIER, name=name)
    await tx.session.execute(made.on_conflict_do_nothing())
    carrier = await queries.carrier(tx, name)
    assert carrier is not None, f"no location of carrier {name} right after it was made"
    return carrier
