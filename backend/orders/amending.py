"""Changing an order that is under way: items come in, go out, or reach the customer another way."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import msgspec

from backend.identity.principal import Principal
from backend.inventory import service as inventory
from backend.inventory.schemas import OutOfStock
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import placing, queries
from backend.orders.cancelling import consequences, drop
from backend.orders.decomposition import decompose
from backend.orders.errors import (
    CannotBeHad,
    NobodyComes,
    NothingLeft,
    PointOfNoReturnPassed,
    UnknownItem,
    UnknownOrder,
    VisitHasBegun,
)
from backend.orders.fulfilment import settle
from backend.orders.lifecycle import FulfilmentMethod, LineState, Milestone, OrderCommand, OrderState
from backend.orders.models import OrderItem, ProductOrder
from backend.orders.outstanding import still_wanted
from backend.orders.schemas import Amend, Missing, OrderedOffering

UNDER_WAY = frozenset({OrderState.IN_PROGRESS, OrderState.PARTIAL})


async def amend(tx: Transaction, principal: Principal, order_id: UUID, change: Amend) -> ProductOrder:
    """Change an order, all or nothing. Event `order.amended`.

    Raises UnknownOrder, UnknownItem, PointOfNoReturnPassed, NothingLeft, VisitHasBegun, NobodyComes, CannotBeHad and
    what the catalogue says of an offering; IllegalMove for an order that has ended.
    """
    order = await queries.visible_order(tx, principal, order_id, lock=True)
    if order is None:
        raise UnknownOrder(id=str(order_id))
    if order.state is OrderState.PARTIAL:
        move(tx, order, OrderCommand.REVIVE)
    move(tx, order, OrderCommand.AMEND, detail=msgspec.to_builtins(change, str_keys=True))
    async with tx.savepoint():
        await _remove(tx, order, change.remove)
        for item_id, method in change.redirect.items():
            await _redirect(tx, order, await _item(tx, order, item_id), method)
        await _add(tx, order, change.add)
        await tx.flush()
        if not any(item.state in UNDER_WAY for item in await queries.items_of(tx, order.id)):
            raise NothingLeft()
    await settle(tx, order.id)
    return order


async def _remove(tx: Transaction, order: ProductOrder, item_ids: Sequence[UUID]) -> None:
    items = [await _item(tx, order, item_id) for item_id in item_ids]
    for one in await consequences(tx, order, items):
        if not one.is_free:
            raise PointOfNoReturnPassed(item_id=str(one.item_id), reached=one.reached)
    await drop(tx, order, items)


async def _redirect(tx: Transaction, order: ProductOrder, item: OrderItem, method: FulfilmentMethod) -> None:
    """What is left of the item's goods comes another way; what was given back meanwhile is reserved again."""
    if method is FulfilmentMethod.TECHNICIAN:
        await _require_visit(tx, order, item.offering_code)
    item.fulfilment = method
    for line in await queries.lines_of(tx, order.id):
        if line.order_item_id == item.id and line.state is LineState.OPEN and line.fulfilment is not None:
            line.fulfilment = method
    if item.state is OrderState.PARTIAL:
        move(tx, item, OrderCommand.REVIVE)
    held = Counter(one.model for one in await inventory.reserved(tx, order.id) if one.order_item_id == item.id)
    for model, quantity in (await still_wanted(tx, order.id, item) - held).items():
        await _reserve(tx, order, item, model, quantity)


async def _reserve(tx: Transaction, order: ProductOrder, item: OrderItem, model: str, quantity: int) -> None:
    try:
        await inventory.reserve(
            tx, model=model, quantity=quantity, order_id=order.id, order_item_id=item.id, expires_at=None
        )
    except OutOfStock as trouble:
        available = trouble.params["available"]
        short = Missing(
            offering_code=item.offering_code, kind="goods", what=model, wanted=quantity, available=available
        )
        raise CannotBeHad(missing=msgspec.to_builtins([short])) from None


async def _add(tx: Transaction, order: ProductOrder, wanted: Sequence[OrderedOffering]) -> None:
    """New items, reserved and decomposed at today's prices; they come with the visit if one is still to begin."""
    if not wanted:
        return
    is_visited = await _is_visited(tx, order)
    items = await placing.add_items(tx, order, wanted, somebody_comes=is_visited)
    for item in items:
        if item.fulfilment is FulfilmentMethod.TECHNICIAN or item.work:
            await _require_no_visit_yet(tx, order, item.offering_code)
        move(tx, item, OrderCommand.SUBMIT)
    await decompose(tx, order, items, at=tx.now)


async def _item(tx: Transaction, order: ProductOrder, item_id: UUID) -> OrderItem:
    items = await queries.items_of(tx, order.id)
    found = next((item for item in items if item.id == item_id and item.state in UNDER_WAY), None)
    if found is None:
        raise UnknownItem(item_id=str(item_id))
    return found


async def _is_visited(tx: Transaction, order: ProductOrder) -> bool:
    """Whether a technician is still to come for the order."""
    if order.work_ended_at is not None or Milestone.VISIT_BEGAN in await queries.milestones_reached(tx, order.id):
        return False
    return any(item.work for item in await queries.items_of(tx, order.id) if item.state in UNDER_WAY)


async def _require_visit(tx: Transaction, order: ProductOrder, offering_code: str) -> None:
    await _require_no_visit_yet(tx, order, offering_code)
    if not await _is_visited(tx, order):
        raise NobodyComes(offering_code=offering_code)


async def _require_no_visit_yet(tx: Transaction, order: ProductOrder, offering_code: str) -> None:
    if order.work_ended_at or Milestone.VISIT_BEGAN in await queries.milestones_reached(tx, order.id):
        raise VisitHasBegun(offering_code=offering_code)
