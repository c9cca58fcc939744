"""Reads of orders: what a principal may see, an order's parts, pages, and rows under lock."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, false, select

from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.db import Transaction
from backend.kernel.statements import among
from backend.orders.lifecycle import FulfilmentMethod, Milestone, OrderState
from backend.orders.models import (
    ChargeLine,
    Consignment,
    Handover,
    OrderItem,
    OrderMilestone,
    OrderNumber,
    ProductOrder,
)

FIRST_NUMBER = 100_001  # six digits from the first order on


def visible_orders(principal: Principal) -> Select[ProductOrder]:
    """The orders that this principal may see: a dispatcher's are those of the own territories."""
    query = select(ProductOrder)
    if principal.role in SEES_ALL:
        return query
    if principal.role is Role.DISPATCHER:
        return query.where(ProductOrder.territory_id.in_(principal.territory_ids))
    return query.where(false())


async def visible_order(
    tx: Transaction, principal: Principal, order_id: UUID, *, lock: bool = False
) -> ProductOrder | None:
    query = visible_orders(principal).where(ProductOrder.id == order_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await tx.session.scalars(query)).first()


async def visible_item(tx: Transaction, principal: Principal, item_id: UUID) -> tuple[OrderItem, ProductOrder] | None:
    """The item with its order."""
    query = visible_orders(principal).add_columns(OrderItem).join(OrderItem, OrderItem.order_id == ProductOrder.id)
    row = (await tx.session.execute(query.where(OrderItem.id == item_id))).first()
    return None if row is None else (row[1], row[0])


async def orders_after(
    tx: Transaction, principal: Principal, *, account_id: UUID | None, after: UUID | None, limit: int
) -> list[ProductOrder]:
    """Visible orders, of one account or of all, in order of id, from behind `after`."""
    query = visible_orders(principal)
    if account_id is not None:
        query = query.where(ProductOrder.account_id == account_id)
    if after is not None:
        query = query.where(ProductOrder.id > after)
    return list(await tx.session.scalars(query.order_by(ProductOrder.id).limit(limit)))


async def lock_orders(tx: Transaction, order_ids: Collection[UUID]) -> list[ProductOrder]:
    """These orders, locked in the order of their ids, so that two who lock several do not wait for one another."""
    query = select(ProductOrder).where(among(ProductOrder.id, order_ids)).order_by(ProductOrder.id).with_for_update()
    return list(await tx.session.scalars(query.execution_options(populate_existing=True)))


async def orders_by_id(tx: Transaction, order_ids: Collection[UUID]) -> list[ProductOrder]:
    return list(await tx.session.scalars(select(ProductOrder).where(among(ProductOrder.id, order_ids))))


async def items_to_orders(tx: Transaction, item_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Item → its order, of these items; unknown ones are left out."""
    query = select(OrderItem.id, OrderItem.order_id).where(among(OrderItem.id, item_ids))
    return dict((await tx.session.execute(query)).all())


async def items_of_orders(tx: Transaction, order_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Item → its order."""
    query = select(OrderItem.id, OrderItem.order_id).where(among(OrderItem.order_id, order_ids))
    return dict((await tx.session.execute(query)).all())


async def items_of(tx: Transaction, *order_ids: UUID) -> list[OrderItem]:
    """The items of one order or more, in the order of the sale."""
    query = select(OrderItem).where(among(OrderItem.order_id, order_ids)).order_by(OrderItem.id)
    return list(await tx.session.scalars(query))


async def lines_of(tx: Transaction, *order_ids: UUID) -> list[ChargeLine]:
    query = select(ChargeLine).where(among(ChargeLine.order_id, order_ids)).order_by(ChargeLine.id)
    return list(await tx.session.scalars(query))


async def line_of_service(tx: Transaction, service_id: UUID) -> ChargeLine | None:
    """The provision line of a service; a service that is not charged by itself (access) has none."""
    return (await tx.session.scalars(select(ChargeLine).where(ChargeLine.service_id == service_id))).first()


async def lines_of_services(tx: Transaction, service_ids: Collection[UUID]) -> list[ChargeLine]:
    query = select(ChargeLine).where(among(ChargeLine.service_id, service_ids)).order_by(ChargeLine.id)
    return list(await tx.session.scalars(query))


async def handovers_of(tx: Transaction, line_ids: Collection[UUID]) -> list[Handover]:
    query = select(Handover).where(Handover.charge_line_id.in_(line_ids)).order_by(Handover.id)
    return list(await tx.session.scalars(query))


async def handovers_at(tx: Transaction, premises_id: UUID) -> list[tuple[Handover, ChargeLine]]:
    """What was ever handed over at some premises, oldest first, each with the line that it was for."""
    query = select(Handover, ChargeLine).join(ChargeLine, ChargeLine.id == Handover.charge_line_id)
    there = query.join(ProductOrder, ProductOrder.id == ChargeLine.order_id).where(
        ProductOrder.premises_id == premises_id
    )
    rows = await tx.session.execute(there.order_by(Handover.occurred_at, Handover.id))
    return [(proof, line) for proof, line in rows]


async def milestones_of(tx: Transaction, *order_ids: UUID) -> list[OrderMilestone]:
    query = select(OrderMilestone).where(among(OrderMilestone.order_id, order_ids)).order_by(OrderMilestone.id)
    return list(await tx.session.scalars(query))


async def milestones_reached(tx: Transaction, order_id: UUID) -> frozenset[Milestone]:
    return frozenset(row.name for row in await milestones_of(tx, order_id) if row.reached_at is not None)


async def consignments_of(tx: Transaction, order_id: UUID) -> list[Consignment]:
    query = select(Consignment).where(Consignment.order_id == order_id).order_by(Consignment.id)
    return list(await tx.session.scalars(query))


async def consignment_tracked(tx: Transaction, carrier: str, reference: str) -> Consignment | None:
    """The consignment to which a carrier gave this reference."""
    query = select(Consignment).where(Consignment.carrier == carrier, Consignment.tracking_reference == reference)
    return (await tx.session.scalars(query)).first()


async def orders_to_fulfil(
    tx: Transaction, principal: Principal, method: FulfilmentMethod, *, after: UUID | None, limit: int
) -> list[ProductOrder]:
    """Visible orders with an item under way whose goods come in this way, in order of id, from behind `after`."""
    waiting = select(OrderItem.order_id).where(
        OrderItem.fulfilment == method, OrderItem.state == OrderState.IN_PROGRESS
    )
    query = visible_orders(principal).where(ProductOrder.id.in_(waiting))
    if after is not None:
        query = query.where(ProductOrder.id > after)
    return list(await tx.session.scalars(query.order_by(ProductOrder.id).limit(limit)))


async def next_number(tx: Transaction) -> str:
    """The next order number. The counter's row stays locked until the commit, so no number is lost or given twice."""
    count = tx.upsert(OrderNumber).values(singleton=1, last=FIRST_NUMBER)
    count = count.on_conflict_do_update(index_elements=["singleton"], set_={"last": OrderNumber.last + 1})
    return f"O-{(await tx.session.scalars(count.returning(OrderNumber.last))).one()}"
