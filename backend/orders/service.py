"""Use cases of orders, for their routes and for the slices above: place, submit, cancel, expire, look.

What comes true of an order later is in `fulfilment`.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from backend.catalogue.schemas import Period
from backend.identity.principal import Principal
from backend.inventory import service as inventory
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders import amending, cancelling, milestones, placing, queries
from backend.orders.cancelling import ON_ITS_WAY_OUT, conclude
from backend.orders.consigning import (
    bring_back,
    consignment_view,
    deliver,
    hand_out,
    order_of_consignment,
    ship,
    to_fulfil,
)
from backend.orders.decomposition import decompose, needs, prerequisites
from backend.orders.errors import (
    OrderExpired,
    UnknownChargeLine,
    UnknownHandover,
    UnknownOrder,
)
from backend.orders.feasibility import feasibility, feasibility_of_draft
from backend.orders.fulfilment import abandon, record_job, service_refused, services_activated, settle
from backend.orders.lifecycle import OrderCommand, OrderState
from backend.orders.milestones import appoint, milestone_view, reach, worst
from backend.orders.models import ChargeLine, Handover, ProductOrder
from backend.orders.reviving import REVIVABLE, revive
from backend.orders.schemas import (
    Amend,
    ChargeLineView,
    DecideCancellation,
    HandoverView,
    ItemView,
    OrderSummary,
    OrderView,
    PlaceOrder,
    Provenance,
    ResourceReserved,
    ServiceDependency,
    StockReserved,
)
from backend.resources import service as resources

__all__ = [
    "REVIVABLE",
    "abandon",
    "amend",
    "appoint",
    "bring_back",
    "cancel",
    "charge_line",
    "conclude",
    "decide_cancellation",
    "deliver",
    "expire",
    "feasibility",
    "feasibility_of_draft",
    "hand_out",
    "handover",
    "line_of_service",
    "lines",
    "lines_of_services",
    "order_of_consignment",
    "order_of_item",
    "order_summaries",
    "order_summary",
    "order_view",
    "place",
    "prerequisites",
    "provenances",
    "reach",
    "record_job",
    "revive",
    "see_order",
    "see_orders",
    "service_refused",
    "services_activated",
    "settle",
    "ship",
    "submit",
    "to_fulfil",
]


async def place(tx: Transaction, principal: Principal, wanted: PlaceOrder) -> OrderView:
    """Place an order with everything reserved (see `placing.place` for what it raises)."""
    order = await placing.place(tx, principal, wanted)
    return await order_view(tx, order.id)


async def submit(tx: Transaction, principal: Principal, order_id: UUID) -> OrderView:
    """The customer agrees: services are designed, charge lines written, and the reservations hold until used.

    Event `order.submitted`. Raises UnknownOrder, OrderExpired, IllegalMove.
    """
    order = await _locked(tx, principal, order_id)
    if order.state is OrderState.ACKNOWLEDGED and order.expires_at is not None and order.expires_at <= tx.now:
        raise OrderExpired(order_id=str(order.id), expires_at=order.expires_at)
    items = await queries.items_of(tx, order.id)
    for one in (order, *items):
        move(tx, one, OrderCommand.SUBMIT)
    order.expires_at = None
    order.finish_work()
    milestones.begin(tx, order, items)
    await inventory.extend_reservations(tx, order.id, None)
    await resources.extend(tx, [item.id for item in items], None)
    await decompose(tx, order, items, at=order.placed_at)
    return await order_view(tx, order.id)


async def cancel(tx: Transaction, principal: Principal, order_id: UUID) -> OrderView:
    """Take an order back, at once or after a decision (see `cancelling.cancel`)."""
    return await _view(tx, await cancelling.cancel(tx, principal, order_id))


async def decide_cancellation(
    tx: Transaction, principal: Principal, order_id: UUID, decision: DecideCancellation
) -> OrderView:
    """Give up an order whose cancellation was assessed, or go on with it (see `cancelling.decide`)."""
    return await _view(tx, await cancelling.decide(tx, principal, order_id, decision))


async def amend(tx: Transaction, principal: Principal, order_id: UUID, change: Amend) -> OrderView:
    """Change an order that is under way (see `amending.amend`)."""
    return await _view(tx, await amending.amend(tx, principal, order_id, change))


async def expire(tx: Transaction, order_id: UUID) -> None:
    """Reject an order whose time is over; one that was submitted or cancelled meanwhile is left alone."""
    order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    if order.state is not OrderState.ACKNOWLEDGED or order.expires_at is None:
        order.finish_work()
    elif order.expires_at > tx.now:
        order.finish_work(again_at=order.expires_at)
    else:
        await cancelling.end_unsubmitted(tx, order, await queries.items_of(tx, order.id), OrderCommand.EXPIRE)


async def see_order(tx: Transaction, principal: Principal, order_id: UUID) -> OrderView:
    """Raises UnknownOrder, also for one that the principal may not see."""
    order = await queries.visible_order(tx, principal, order_id)
    if order is None:
        raise UnknownOrder(id=str(order_id))
    return await _view(tx, order)


async def see_orders(
    tx: Transaction, principal: Principal, *, account_id: UUID | None = None, page_size: int, cursor: str | None
) -> Page[OrderSummary]:
    """The orders that the principal may see, of one account or of all, oldest first. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.orders_after(tx, principal, account_id=account_id, after=after, limit=page_size + 1)
    return page_of([_summary(row) for row in rows], [row.id for row in rows], page_size)


async def order_view(tx: Transaction, order_id: UUID) -> OrderView:
    """An order with all its parts. Raises UnknownOrder."""
    return await _view(tx, await tx.get(ProductOrder, order_id, UnknownOrder))


async def order_summary(tx: Transaction, order_id: UUID) -> OrderSummary:
    """Raises UnknownOrder."""
    return _summary(await tx.get(ProductOrder, order_id, UnknownOrder))


async def order_summaries(tx: Transaction, order_ids: Collection[UUID]) -> dict[UUID, OrderSummary]:
    """These orders by id; unknown ids are left out."""
    return {row.id: _summary(row) for row in await queries.orders_by_id(tx, order_ids)}


async def lines(tx: Transaction, order_id: UUID) -> list[ChargeLineView]:
    """The charge lines of an order; none before it is submitted."""
    return [_line_view(row) for row in await queries.lines_of(tx, order_id)]


async def charge_line(tx: Transaction, line_id: UUID) -> ChargeLineView:
    """Raises UnknownChargeLine."""
    return _line_view(await tx.get(ChargeLine, line_id, UnknownChargeLine))


async def line_of_service(tx: Transaction, service_id: UUID) -> ChargeLineView | None:
    """The provision line of a service; None for a service that is not charged by itself."""
    row = await queries.line_of_service(tx, service_id)
    return None if row is None else _line_view(row)


async def lines_of_services(tx: Transaction, service_ids: Collection[UUID]) -> list[ChargeLineView]:
    """The provision lines of these services; a service that is not charged by itself has none."""
    return [_line_view(row) for row in await queries.lines_of_services(tx, service_ids)]


async def handover(tx: Transaction, handover_id: UUID) -> HandoverView:
    """Raises UnknownHandover."""
    return _handover_view(await tx.get(Handover, handover_id, UnknownHandover))


async def provenances(tx: Transaction, premises_id: UUID) -> dict[str, Provenance]:
    """Serial → by what the unit last came to these premises; what came without a line of its own is left out."""
    return {
        serial: Provenance(
            handover_id=proof.id,
            order_id=line.order_id,
            order_item_id=line.order_item_id,
            is_sold=line.period is Period.ONCE and line.amount_minor > 0,
        )
        for proof, line in await queries.handovers_at(tx, premises_id)
        for serial in proof.serials
    }


async def order_of_item(tx: Transaction, item_id: UUID) -> UUID | None:
    """The order of an item, None for a service that was taken over from elsewhere."""
    return (await queries.items_to_orders(tx, [item_id])).get(item_id)


async def numbers_of_items(tx: Transaction, item_ids: Collection[UUID]) -> dict[UUID, str]:
    """Item → the number of its order; a service that was taken over from elsewhere has none."""
    of_items = await queries.items_to_orders(tx, item_ids)
    known = await order_summaries(tx, set(of_items.values()))
    return {item_id: known[order_id].number for item_id, order_id in of_items.items()}


async def _locked(tx: Transaction, principal: Principal, order_id: UUID) -> ProductOrder:
    order = await queries.visible_order(tx, principal, order_id, lock=True)
    if order is None:
        raise UnknownOrder(id=str(order_id))
    return order


async def _view(tx: Transaction, order: ProductOrder) -> OrderView:
    await tx.flush()
    items = await queries.items_of(tx, order.id)
    item_ids = [item.id for item in items]
    charge_lines = await lines(tx, order.id)
    proofs = await queries.handovers_of(tx, [line.id for line in charge_lines])
    services = await resources.services_of_items(tx, item_ids)
    passed = [milestone_view(row, tx.now) for row in await queries.milestones_of(tx, order.id)]
    leaving = order.state in ON_ITS_WAY_OUT
    return OrderView(
        **msgspec.structs.asdict(_summary(order)),
        items=[msgspec.convert(item, ItemView, from_attributes=True) for item in items],
        charge_lines=charge_lines,
        handovers=[_handover_view(proof) for proof in proofs],
        consignments=[consignment_view(one) for one in await queries.consignments_of(tx, order.id)],
        reservations=await _stock_reserved(tx, order.id),
        resources=await _resources_reserved(tx, item_ids),
        services=services,
        dependencies=[ServiceDependency(service_id=one, needs=below) for one, below in needs(services).items()],
        milestones=passed,
        jeopardy=worst(passed),
        cancellation=await cancelling.consequences(tx, order, items) if leaving else [],
    )


async def _stock_reserved(tx: Transaction, order_id: UUID) -> list[StockReserved]:
    held = await inventory.reserved(tx, order_id)
    return [msgspec.convert(one, StockReserved, from_attributes=True) for one in held]


async def _resources_reserved(tx: Transaction, item_ids: Sequence[UUID]) -> list[ResourceReserved]:
    held = await resources.reserved(tx, item_ids)
    return [
        ResourceReserved(order_item_id=item_id, kind=one.pool_kind, value=one.value, expires_at=one.held_until)
        for item_id in item_ids
        for one in held.get(item_id, [])
    ]


def _summary(row: ProductOrder) -> OrderSummary:
    return msgspec.convert(row, OrderSummary, from_attributes=True)


def _line_view(row: ChargeLine) -> ChargeLineView:
    return msgspec.convert(row, ChargeLineView, from_attributes=True)


def _handover_view(row: Handover) -> HandoverView:
    return msgspec.convert(row, HandoverView, from_attributes=True)
