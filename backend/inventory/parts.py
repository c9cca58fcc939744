"""Counted parts: received, carried, reserved and used up by number. A balance is the sum of the ledger.

Two who take the last part at once are told apart by the lock of the place that they take it from: a sum cannot be a
constraint. What is reserved at a place stays there, or goes along when it is carried for its order.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import ledger, queries
from backend.inventory.ledger import Way
from backend.inventory.lifecycle import RESERVATION, ReservationCommand
from backend.inventory.models import MoveReason, StockLocation, StockReservation
from backend.inventory.schemas import BalanceView, NoSuchLocation, NotCounted, OutOfStock
from backend.kernel.db import Transaction
from backend.kernel.facts import move


async def receive_parts(tx: Transaction, model: str, quantity: int, location_id: UUID) -> BalanceView:
    """Take delivered parts into stock; what the place holds of them now. Raises UnknownModel, NotCounted."""
    await _require_counted(tx, [model])
    location = await tx.get(StockLocation, location_id, NoSuchLocation)
    ledger.enter(tx, Way(None, location.id), MoveReason.RECEIPT, model=model, quantity=quantity)
    return await _balance(tx, model, location.id)


async def carry_parts(
    tx: Transaction,
    parts: Mapping[str, int],
    way: Way,
    *,
    reason: MoveReason = MoveReason.TRANSFER,
    subject_id: UUID | None = None,
    order_id: UUID | None = None,
    occurred_at: datetime | None = None,
) -> None:
    """Carry parts from one place to another, with what the order has reserved of them there.

    Parts that are reserved for other orders stay. occurred_at: now if not said. Raises NotCounted, OutOfStock(model, wanted, available).
    """
    await _require_counted(tx, parts.keys())
    assert way.from_id is not None, "what is carried comes from somewhere"
    await queries.lock_locations(tx, [way.from_id])
    for model, quantity in sorted(parts.items()):
        own = await queries.live_parts(tx, model, location_ids=[way.from_id], order_id=order_id) if order_id else []
        free = (await free_parts(tx, model, [way.from_id]))[way.from_id] + sum(one.quantity for one in own)
        if free < quantity:
            raise OutOfStock(model=model, wanted=quantity, available=max(0, free))
        _take_along(own, quantity, way.to_id)
        ledger.enter(tx, way, reason, model=model, quantity=quantity, subject_id=subject_id, occurred_at=occurred_at)
    await tx.flush()


async def free_parts(tx: Transaction, model: str, location_ids: Sequence[UUID]) -> dict[UUID, int]:
    """Location → what nobody reserved there; below 0 where more was used than the ledger knew of."""
    balances = await queries.balance(tx, location_ids, model)
    kept = dict.fromkeys(location_ids, 0)
    for one in await queries.live_parts(tx, model, location_ids=location_ids):
        assert one.location_id is not None, "parts are reserved at a place"
        kept[one.location_id] += one.quantity
    return {place: balances.get((place, model), 0) - kept[place] for place in location_ids}


async def reserve_parts(
    tx: Transaction, *, model: str, quantity: int, order_id: UUID, order_item_id: UUID, expires_at: datetime | None
) -> list[StockReservation]:
    """Keep parts of the depots for an order item, from as few depots as will do, all or none. Raises OutOfStock."""
    depots = await queries.lock_depots(tx)
    free = await free_parts(tx, model, [depot.id for depot in depots])
    available = sum(max(0, count) for count in free.values())
    if available < quantity:
        raise OutOfStock(model=model, wanted=quantity, available=available)
    taken: list[StockReservation] = []
    for place, count in sorted(free.items(), key=lambda item: -item[1]):
        if quantity == 0:
            break
        here = min(count, quantity)
        quantity -= here
        taken.append(
            StockReservation(
                id=tx.new_id(),
                model=model,
                location_id=place,
                quantity=here,
                order_id=order_id,
                order_item_id=order_item_id,
                state=RESERVATION.initial,
                expires_at=expires_at,
                due_at=expires_at,
            )
        )
    tx.add(*taken)
    await tx.flush()
    return taken


async def settle_parts(tx: Transaction, model: str, quantity: int, order_id: UUID) -> None:
    """Use up what the order has reserved of parts that were used for it, wherever they came from."""
    for reservation in await queries.live_parts(tx, model, order_id=order_id):
        used = min(quantity, reservation.quantity)
        quantity -= used
        if used == reservation.quantity:
            move(tx, reservation, ReservationCommand.CONSUME)
            reservation.finish_work()
        else:
            reservation.quantity -= used
        if quantity == 0:
            return


def _take_along(own: Sequence[StockReservation], quantity: int, to_id: UUID) -> None:
    """Reservations go along as far as they are carried whole; one of which only some is carried stays behind."""
    for reservation in own:
        if reservation.quantity <= quantity:
            quantity -= reservation.quantity
            reservation.location_id = to_id


async def _require_counted(tx: Transaction, models: Collection[str]) -> None:
    serialised = [model for model in sorted(models) if (await catalogue.cpe_model(tx, model)).is_serialised]
    if serialised:
        raise NotCounted(models=serialised)


async def _balance(tx: Transaction, model: str, location_id: UUID) -> BalanceView:
    await tx.flush()
    total = (await queries.balance(tx, [location_id], model)).get((location_id, model), 0)
    return BalanceView(model=model, quantity=total, free=(await free_parts(tx, model, [location_id]))[location_id])
