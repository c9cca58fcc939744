"""Reserving units and parts for an order, and what becomes of a reservation: used, given back, expired.

A unit is `reserved` exactly while one reservation of it lives, wherever it is carried meanwhile.
Units of one model are alike to an order, so an installation may settle a reservation with another unit of the model.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import queries
from backend.inventory.lifecycle import RESERVATION, ReservationCommand, ReservationState, SerialCommand, SerialState
from backend.inventory.models import SerialUnit, StockReservation
from backend.inventory.parts import free_parts, reserve_parts
from backend.inventory.schemas import OutOfStock, ReservationView
from backend.kernel.db import Transaction
from backend.kernel.errors import NotFound
from backend.kernel.facts import move


async def reserve(
    tx: Transaction, *, model: str, quantity: int, order_id: UUID, order_item_id: UUID, expires_at: datetime | None
) -> list[ReservationView]:
    """Keep `quantity` units, or counted parts, of the depots for an order item, all or none.

    Vans are left alone: what is in them belongs to the jobs of the day.
    Raises OutOfStock(model, wanted, available), also for the loser of a race; UnknownModel.
    """
    if not (await catalogue.cpe_model(tx, model)).is_serialised:
        taken = await reserve_parts(
            tx,
            model=model,
            quantity=quantity,
            order_id=order_id,
            order_item_id=order_item_id,
            expires_at=expires_at,
        )
        return [_reservation_view(one, None) for one in taken]
    units = await queries.lock_free_units(tx, model, quantity)
    if len(units) < quantity:
        raise OutOfStock(model=model, wanted=quantity, available=len(units))
    return [_reserve_unit(tx, unit, order_id, order_item_id, expires_at) for unit in units]


async def free_quantities(tx: Transaction, models: Collection[str]) -> dict[str, int]:
    """How many of each of these models the depots have free just now; nothing is locked."""
    counted = {model.code for model in await catalogue.cpe_models(tx) if not model.is_serialised}
    depots = [depot.id for depot in await queries.depots(tx)]
    parts = {model: await free_parts(tx, model, depots) for model in sorted(counted.intersection(models))}
    pieces = {model: sum(max(0, count) for count in free.values()) for model, free in parts.items()}
    return dict.fromkeys(models, 0) | await queries.count_free_units(tx, models) | pieces


async def reserved(tx: Transaction, *order_ids: UUID) -> list[ReservationView]:
    """What one order or more hold now, by model and serial; counted parts have none."""
    return [_reservation_view(held, serial) for held, serial in await queries.held_for(tx, *order_ids)]


async def extend_reservations(
    tx: Transaction, order_id: UUID, expires_at: datetime | None, *, only: Collection[UUID] | None = None
) -> None:
    """Let the order's live reservations, all or `only` those, expire at another time, or never (None)."""
    for reservation in await _live(tx, order_id, only):
        reservation.expires_at = expires_at
        reservation.finish_work(again_at=expires_at)


async def release_reservations(tx: Transaction, order_id: UUID, *, only: Collection[UUID] | None = None) -> None:
    """Give back what the order still holds, all or `only` those; what it used or lost already stays as it is."""
    await _end(tx, await _live(tx, order_id, only), ReservationCommand.RELEASE)


async def expire(tx: Transaction, reservation_id: UUID) -> None:
    """Give back one unit when its time is over; a reservation that was extended or ended meanwhile is left alone."""
    reservation = await tx.get(StockReservation, reservation_id, NotFound, lock=True)
    if reservation.state is not ReservationState.RESERVED:
        reservation.finish_work()
    elif reservation.expires_at is None or reservation.expires_at > tx.now:
        reservation.finish_work(again_at=reservation.expires_at)
    else:
        await _end(tx, [reservation], ReservationCommand.EXPIRE)


async def _live(tx: Transaction, order_id: UUID, only: Collection[UUID] | None) -> list[StockReservation]:
    live = await queries.live_reservations(tx, order_id=order_id)
    return [reservation for reservation in live if only is None or reservation.id in only]


async def settle(tx: Transaction, unit: SerialUnit, order_id: UUID | None) -> None:
    """Bring the reservations in line with the fact that `unit` is being installed for `order_id`.

    The order's own reservation of the model is used up. When another order had reserved this very unit, it gets
    the one that ours had reserved instead; when ours had none, the other order is short of a unit: the field's fact
    stands.
    """
    own = await _own_reservation(tx, unit, order_id)
    held = next(iter(await queries.live_reservations(tx, unit_id=unit.id)), None)
    if held is not None and held is not own:
        await _give_up(tx, held, own)
    elif own is not None and own.serial_unit_id is not None and held is None:
        await _free_unit(tx, own.serial_unit_id)
    if own is not None:
        _consume(tx, own, unit)


async def drop_unit(tx: Transaction, unit: SerialUnit) -> None:
    """A unit is lost: whoever had reserved it is short of one."""
    for held in await queries.live_reservations(tx, unit_id=unit.id):
        move(tx, held, ReservationCommand.RELEASE)
        held.finish_work()


async def drop_parts(tx: Transaction, model: str, location_id: UUID, order_id: UUID | None) -> None:
    """Parts that were carried for an order are lost: what it had reserved of them is, too."""
    if order_id is None:
        return
    for held in await queries.live_parts(tx, model, location_ids=[location_id], order_id=order_id):
        move(tx, held, ReservationCommand.RELEASE)
        held.finish_work()


async def _own_reservation(tx: Transaction, unit: SerialUnit, order_id: UUID | None) -> StockReservation | None:
    """The order's reservation that this unit fulfils: of this very unit if there is one, else of its model."""
    if order_id is None:
        return None
    own = await queries.live_reservations(tx, order_id=order_id, model=unit.model)
    return next((one for one in own if one.serial_unit_id == unit.id), own[0] if own else None)


async def _give_up(tx: Transaction, held: StockReservation, own: StockReservation | None) -> None:
    if own is None:
        move(tx, held, ReservationCommand.RELEASE)
        held.finish_work()
        return
    swapped, own.serial_unit_id = own.serial_unit_id, held.serial_unit_id
    move(tx, own, ReservationCommand.CONSUME)
    await tx.flush()  # the partial unique index sees the exchange in this order
    held.serial_unit_id = swapped


def _consume(tx: Transaction, own: StockReservation, unit: SerialUnit) -> None:
    if own.state is ReservationState.RESERVED:
        own.serial_unit_id = unit.id
        move(tx, own, ReservationCommand.CONSUME)
    own.finish_work()


def _reserve_unit(
    tx: Transaction, unit: SerialUnit, order_id: UUID, order_item_id: UUID, expires_at: datetime | None
) -> ReservationView:
    reservation = StockReservation(
        id=tx.new_id(),
        model=unit.model,
        serial_unit_id=unit.id,
        quantity=1,
        order_id=order_id,
        order_item_id=order_item_id,
        state=RESERVATION.initial,
        expires_at=expires_at,
        due_at=expires_at,
    )
    tx.add(reservation)
    move(tx, unit, SerialCommand.RESERVE, detail={"order_id": str(order_id)})
    return _reservation_view(reservation, unit.serial)


def _reservation_view(reservation: StockReservation, serial: str | None) -> ReservationView:
    return ReservationView(
        id=reservation.id,
        model=reservation.model,
        serial=serial,
        quantity=reservation.quantity,
        order_item_id=reservation.order_item_id,
        expires_at=reservation.expires_at,
    )


async def _end(tx: Transaction, reservations: Sequence[StockReservation], command: ReservationCommand) -> None:
    held = [one.serial_unit_id for one in reservations if one.serial_unit_id is not None]
    units = await queries.lock_units_by_id(tx, held)
    for reservation in reservations:
        move(tx, reservation, command)
        reservation.finish_work()
        if reservation.serial_unit_id is not None:
            _free(tx, units[reservation.serial_unit_id])


async def _free_unit(tx: Transaction, unit_id: UUID) -> None:
    _free(tx, (await queries.lock_units_by_id(tx, [unit_id]))[unit_id])


def _free(tx: Transaction, unit: SerialUnit) -> None:
    """A unit that travels has no reservation to give up: it is looked up again where it arrives."""
    if unit.state is SerialState.RESERVED:
        move(tx, unit, SerialCommand.RELEASE)
