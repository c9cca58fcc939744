"""Goods that reach the customer without a technician: sent with a carrier or handed over a depot's counter.

Each hand-over is proved by its own paper, and billed and earned by itself, whatever becomes of a visit.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from backend.customers import service as customers
from backend.identity.principal import Principal
from backend.inventory import service as inventory
from backend.inventory.schemas import SerialUnitView
from backend.inventory.service import OutboundGoods
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders import queries
from backend.orders.errors import BadHandoverTime, NotWanted, TrackingReferenceKnown, UnknownConsignment, UnknownOrder
from backend.orders.fulfilment import settle
from backend.orders.handovers import Proof, record_goods
from backend.orders.lifecycle import CONSIGNMENT, ConsignmentCommand, FulfilmentMethod
from backend.orders.models import Consignment, ProductOrder
from backend.orders.outstanding import outstanding
from backend.orders.schemas import (
    ComeBack,
    ConsignmentView,
    DeliveryNotice,
    HandedOver,
    Outgoing,
    Outstanding,
    PickUp,
    Ship,
    StockReserved,
)


async def ship(tx: Transaction, principal: Principal, order_id: UUID, parcel: Ship) -> ConsignmentView:
    """Give goods of an order to a carrier. Event `consignment.sent`.

    Raises UnknownOrder, NotWanted, TrackingReferenceKnown, and what `inventory.send` raises.
    """
    order = await _locked(tx, principal, order_id)
    if known := await queries.consignment_tracked(tx, parcel.carrier, parcel.tracking_reference):
        raise TrackingReferenceKnown(consignment_id=str(known.id))
    consignment = _new(tx, order, FulfilmentMethod.SHIPMENT, parcel)
    consignment.carrier, consignment.tracking_reference = parcel.carrier, parcel.tracking_reference
    consignment.sent_at = tx.now
    units = await inventory.send(
        tx,
        _outbound(parcel),
        from_location_id=parcel.from_location_id,
        carrier=parcel.carrier,
        premises_id=order.premises_id,
        order_id=order.id,
        subject_id=consignment.id,
    )
    await _fill(tx, consignment, _goods(units, parcel))
    move(tx, consignment, ConsignmentCommand.SEND)
    return consignment_view(consignment)


async def deliver(
    tx: Transaction, principal: Principal, consignment_id: UUID, notice: DeliveryNotice
) -> ConsignmentView:
    """The carrier's delivery notice: the customer has the goods since then. Events `handover.recorded`.

    Raises UnknownConsignment, BadHandoverTime, IllegalMove for what is not on its way.
    """
    consignment = await _locked_consignment(tx, principal, consignment_id)
    move(tx, consignment, ConsignmentCommand.DELIVER, occurred_at=notice.occurred_at)
    assert consignment.sent_at is not None, "what is delivered was sent"
    assert consignment.carrier is not None, "what was sent has a carrier"
    if not consignment.sent_at <= notice.occurred_at <= tx.now:
        raise BadHandoverTime(sent_at=consignment.sent_at, handed_over_at=notice.occurred_at)
    order = await tx.get(ProductOrder, consignment.order_id, UnknownOrder)
    await inventory.deliver(
        tx,
        _outbound_again(consignment),
        carrier=consignment.carrier,
        premises_id=order.premises_id,
        subject_id=consignment.id,
        occurred_at=notice.occurred_at,
    )
    consignment.reference, consignment.received_by = notice.notice, notice.received_by
    consignment.handed_over_at = notice.occurred_at
    await _hand_over(tx, consignment)
    return consignment_view(consignment)


async def bring_back(tx: Transaction, principal: Principal, consignment_id: UUID, back: ComeBack) -> ConsignmentView:
    """The carrier could not deliver: the goods are in a depot again, and the order still waits for them.

    Raises UnknownConsignment, IllegalMove, and what `inventory.bring_back` raises.
    """
    consignment = await _locked_consignment(tx, principal, consignment_id)
    move(tx, consignment, ConsignmentCommand.BRING_BACK, detail={"reason": back.reason})
    assert consignment.carrier is not None, "what comes back had a carrier"
    await inventory.bring_back(
        tx,
        _outbound_again(consignment),
        carrier=consignment.carrier,
        to_location_id=back.to_location_id,
        subject_id=consignment.id,
    )
    return consignment_view(consignment)


async def hand_out(tx: Transaction, principal: Principal, order_id: UUID, given: PickUp) -> ConsignmentView:
    """The customer took goods of an order at a depot's counter and signed for them. Events `handover.recorded`.

    Raises UnknownOrder, NotWanted, and what `inventory.hand_out` raises.
    """
    order = await _locked(tx, principal, order_id)
    consignment = _new(tx, order, FulfilmentMethod.PICK_UP, given)
    consignment.reference, consignment.received_by = given.receipt, given.received_by
    consignment.handed_over_at = tx.now
    units = await inventory.hand_out(
        tx,
        _outbound(given),
        from_location_id=given.from_location_id,
        premises_id=order.premises_id,
        order_id=order.id,
        subject_id=consignment.id,
    )
    await _fill(tx, consignment, _goods(units, given))
    move(tx, consignment, ConsignmentCommand.HAND_OUT)
    await _hand_over(tx, consignment)
    return consignment_view(consignment)


async def to_fulfil(
    tx: Transaction, principal: Principal, method: FulfilmentMethod, *, page_size: int, cursor: str | None
) -> Page[Outstanding]:
    """What is to be sent or kept ready, oldest order first. Orders whose goods are all on their way are left out."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.orders_to_fulfil(tx, principal, method, after=after, limit=page_size + 1)
    page = page_of([await _outstanding(tx, row, method) for row in rows], [row.id for row in rows], page_size)
    return Page(items=[one for one in page.items if one.goods], next_cursor=page.next_cursor)


async def order_of_consignment(tx: Transaction, consignment_id: UUID) -> UUID:
    """Raises UnknownConsignment."""
    return (await tx.get(Consignment, consignment_id, UnknownConsignment)).order_id


def consignment_view(row: Consignment) -> ConsignmentView:
    return msgspec.convert(row, ConsignmentView, from_attributes=True)


async def _locked(tx: Transaction, principal: Principal, order_id: UUID) -> ProductOrder:
    order = await queries.visible_order(tx, principal, order_id, lock=True)
    if order is None:
        raise UnknownOrder(id=str(order_id))
    return order


async def _locked_consignment(tx: Transaction, principal: Principal, consignment_id: UUID) -> Consignment:
    """The consignment, its order locked before it."""
    order_id = (await tx.get(Consignment, consignment_id, UnknownConsignment)).order_id
    if await queries.visible_order(tx, principal, order_id, lock=True) is None:
        raise UnknownConsignment(id=str(consignment_id))
    return await tx.get(Consignment, consignment_id, UnknownConsignment, lock=True)


def _new(tx: Transaction, order: ProductOrder, method: FulfilmentMethod, taken: Outgoing) -> Consignment:
    return Consignment(
        id=tx.new_id(),
        order_id=order.id,
        method=method,
        from_location_id=taken.from_location_id,
        state=CONSIGNMENT.initial,
    )


async def _fill(tx: Transaction, consignment: Consignment, goods: Sequence[HandedOver]) -> None:
    """Write down what is in it. Raises NotWanted when the order does not wait for all of that in this way."""
    wanted = (await outstanding(tx, consignment.order_id))[consignment.method]
    surplus = Counter({given.model: given.quantity for given in goods}) - wanted
    if surplus or not goods:
        raise NotWanted(method=consignment.method, surplus=dict(surplus))
    consignment.goods = list(goods)
    tx.add(consignment)
    await tx.flush()


async def _hand_over(tx: Transaction, consignment: Consignment) -> None:
    assert consignment.handed_over_at is not None, "it is handed over now"
    proof = Proof(
        method=consignment.method,
        occurred_at=consignment.handed_over_at,
        consignment_id=consignment.id,
        reference=consignment.reference,
        received_by=consignment.received_by,
    )
    await record_goods(tx, consignment.order_id, consignment.goods, proof)
    await settle(tx, consignment.order_id)


def _outbound(taken: Outgoing) -> OutboundGoods:
    return OutboundGoods(serials=taken.serials, counted=taken.counted)


def _outbound_again(consignment: Consignment) -> OutboundGoods:
    return OutboundGoods(
        serials=[serial for given in consignment.goods for serial in given.serials],
        counted={given.model: given.quantity for given in consignment.goods if not given.serials},
    )


def _goods(units: Collection[SerialUnitView], taken: Outgoing) -> list[HandedOver]:
    """What was taken, by model: the models of the units are what inventory says."""
    serials: dict[str, list[str]] = {}
    for unit in units:
        serials.setdefault(unit.model, []).append(unit.serial)
    counted = [HandedOver(model=model, quantity=quantity) for model, quantity in taken.counted.items()]
    return [HandedOver(model=model, quantity=len(some), serials=some) for model, some in serials.items()] + counted


async def _outstanding(tx: Transaction, order: ProductOrder, method: FulfilmentMethod) -> Outstanding:
    goods = dict((await outstanding(tx, order.id))[method])
    account = await customers.account(tx, order.account_id)
    premises = await customers.premises(tx, order.premises_id)
    reserved = await inventory.reserved(tx, order.id)
    return Outstanding(
        order_id=order.id,
        order_number=order.number,
        method=method,
        goods=goods,
        reserved=[msgspec.convert(one, StockReserved, from_attributes=True) for one in reserved if one.model in goods],
        name=account.name,
        street=premises.street,
        postcode=premises.postcode,
        city=premises.city,
    )
