"""What a technician says of the own van: what came, what was handed over, counted, asked for, or is faulty.

Each is an operation like those of `equipment`, about the van instead of a job. What stock objects to as a whole is
raised; where only some of it is somewhere else, the rest counts, and a person looks at that.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import service as inventory
from backend.inventory.lifecycle import TransferState
from backend.inventory.schemas import LocationView, NoSuchTransfer, TransferStock
from backend.inventory.warehouse_schemas import CountStock, ReceiveTransfer, TransferOrderView
from backend.jobs.answers import Answer, Asked, Merged
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.reviews import open_review
from backend.jobs.schemas import ReviewCardView
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from sync.serials import normalised
from sync.vanwork import HandedOver, PartsRequested, StockCounted, TransferReceived, UnitFaulty

NOT_IN_VAN = "not_in_van"
PARTS_REQUESTED = "parts_requested"
VAN_COUNT = "van_count"


async def transfer_received(
    tx: Transaction, van: LocationView, technician_id: UUID, args: TransferReceived, occurred_at: datetime
) -> Answer:
    """What lacks or came unannounced differs (`transfers`). What others took in already is merged with it.

    Raises NoSuchTransfer for one to another place, IllegalMove for one that is closed.
    """
    transfer_id = _id(args.transfer)
    order = await inventory.transfer_order(tx, transfer_id)
    if order.to_location_id != van.id:
        raise NoSuchTransfer(id=args.transfer)
    serials = [normalised(serial) for serial in args.serials]
    if _is_taken_in(order, serials, args.parts):
        return Merged()
    await inventory.receive_transfer(
        tx, transfer_id, ReceiveTransfer(serials=serials, parts=dict(args.parts)), occurred_at=min(occurred_at, tx.now)
    )
    return None


async def handed_over(
    tx: Transaction, van: LocationView, technician_id: UUID, args: HandedOver, occurred_at: datetime
) -> Answer:
    """What is in the van leaves it. Serials that stock has somewhere else are for a person.

    Raises NoSuchLocation, AmbiguousLocation, WrongDestination, OutOfStock, NeedsRelease.
    """
    place = await inventory.location_named(tx, args.to)
    wanted = TransferStock(
        from_location_id=van.id,
        to_location_id=place.id,
        serials=list(dict.fromkeys(map(normalised, args.serials))),
        parts=dict(args.parts),
    )
    elsewhere = await inventory.hand_over(tx, wanted, occurred_at=min(occurred_at, tx.now))
    if not elsewhere:
        return None
    card_id = await open_review(
        tx,
        kind=ReviewKind.STOCK,
        reason=NOT_IN_VAN,
        subject=elsewhere[0] if len(elsewhere) == 1 else f"{elsewhere[0]} +{len(elsewhere) - 1}",
        territory_id=await _territory(tx, technician_id),
        technician_id=technician_id,
        params={"serials": list(elsewhere), "from": van.name, "to": place.name},
    )
    return Asked(reason=NOT_IN_VAN, card_id=card_id)


async def stock_counted(
    tx: Transaction, van: LocationView, technician_id: UUID, args: StockCounted, occurred_at: datetime
) -> None:
    """The ledger is corrected as of the count; what differs is for a person (`counting`). Raises UnknownModel, WrongCount."""
    serials = None if args.serials is None else [normalised(serial) for serial in args.serials]
    seen = CountStock(location_id=van.id, model=args.model, reason=VAN_COUNT, serials=serials, quantity=args.quantity)
    await inventory.count_stock(tx, seen, counted_at=min(occurred_at, tx.now))


async def parts_requested(
    tx: Transaction, van: LocationView, technician_id: UUID, args: PartsRequested, occurred_at: datetime
) -> None:
    """Whoever keeps the store decides whether they are sent (`send_parts_asked_for`). Raises UnknownModel."""
    await catalogue.cpe_model(tx, args.model)
    await open_review(
        tx,
        kind=ReviewKind.PARTS,
        reason=PARTS_REQUESTED,
        subject=f"{args.quantity} × {args.model}, {van.name}",
        territory_id=await _territory(tx, technician_id),
        technician_id=technician_id,
        params={"van_id": str(van.id), "model": args.model, "quantity": args.quantity, "note": args.note},
    )


async def unit_faulty(
    tx: Transaction, van: LocationView, technician_id: UUID, args: UnitFaulty, occurred_at: datetime
) -> None:
    """It is set apart, to be handed over to a place of returns. Raises UnknownSerial, NotInVan, IllegalMove."""
    serial, at = normalised(args.serial), min(occurred_at, tx.now)
    await inventory.set_apart(tx, serial, van_id=van.id, reason=args.reason, occurred_at=at)


async def ask_about_stock(
    tx: Transaction, reason: str, subject_id: UUID, *, at: Sequence[UUID], params: Mapping[str, Any]
) -> None:
    """Put what differs in stock before a person, and before the technician of the first of these places that is a van."""
    drivers = await inventory.drivers_of(tx, at)
    technician_id = next((drivers[place_id] for place_id in at if place_id in drivers), None)
    await open_review(
        tx,
        kind=ReviewKind.STOCK,
        reason=reason,
        subject=str(subject_id),
        territory_id=await _territory(tx, technician_id) if technician_id else None,
        technician_id=technician_id,
        params=params,
    )


async def send_parts_asked_for(tx: Transaction, card: ReviewCardView) -> None:
    """Send the van what its technician asked for by this card. Raises OutOfStock, NeedsRelease."""
    van_id, model, quantity = UUID(card.params["van_id"]), card.params["model"], card.params["quantity"]
    await inventory.fill_request(tx, van_id, model, quantity)


def _is_taken_in(order: TransferOrderView, serials: list[str], parts: dict[str, int]) -> bool:
    """Whether somebody took in already what is said to have come."""
    if order.state is not TransferState.RECEIVED:
        return False
    has_parts = all(order.received_parts.get(model, 0) >= count for model, count in parts.items())
    return has_parts and set(serials) <= set(order.received_serials)


async def _territory(tx: Transaction, technician_id: UUID) -> UUID:
    return (await workforce.technicians_by_id(tx, [technician_id]))[technician_id].territory_id


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NoSuchTransfer(id=text) from None
