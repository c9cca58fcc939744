"""What came true of an order: goods handed over, work done, services active; and when it is settled.

Facts of the field are recorded whatever the order's state is; only settling looks at it. Every function may be called
again with the same facts, as events come at least once.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from backend.inventory import service as inventory
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import queries
from backend.orders.decomposition import topmost_first
from backend.orders.errors import UnknownOrder
from backend.orders.handovers import Proof, record_goods, record_work
from backend.orders.lifecycle import (
    ITEM,
    ORDER,
    FulfilmentMethod,
    LineCommand,
    LineState,
    Milestone,
    OrderCommand,
    OrderState,
    ending,
)
from backend.orders.milestones import reach_together
from backend.orders.models import ChargeLine, OrderItem, ProductOrder
from backend.orders.outstanding import awaited_models
from backend.orders.schemas import HandedOver
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView

ENDED_SERVICES = frozenset({ServiceState.ACTIVE, ServiceState.TERMINATED})
GOES_ON = frozenset({OrderState.IN_PROGRESS, OrderState.PARTIAL})

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What an item has come to. awaited: models of which a depot still has to send or hand out something."""

    item: OrderItem
    lines: Sequence[ChargeLine]
    services: Sequence[ServiceView]
    awaited: Collection[str]
    work_has_ended: bool


async def record_job(
    tx: Transaction,
    order_id: UUID,
    *,
    job_id: UUID,
    goods: Sequence[HandedOver],
    occurred_at: datetime,
    is_last: bool = True,
) -> None:
    """A job of the order was completed, fully or in part: its goods and, with the last, the labour; then the order may be settled.

    goods: what the customer got of each model; more than was ordered is not charged. is_last: nobody comes for the order any more.
    """
    proof = Proof(method=FulfilmentMethod.TECHNICIAN, occurred_at=occurred_at, job_id=job_id)
    await record_goods(tx, order_id, goods, proof)
    if is_last:
        await record_work(tx, order_id, proof)
        order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
        order.work_ended_at = occurred_at
    await settle(tx, order_id)


async def services_activated(tx: Transaction, since: Mapping[UUID, datetime]) -> None:
    """Services run: the provision lines of those that orders wait for are done, and these orders may be settled.

    since: service → since when. They come many at a time, so all are read and written together.
    """
    services = await resources.services_by_id(tx, since)
    # A service that was taken over from elsewhere has no order.
    order_ids = await queries.items_to_orders(tx, {service.order_item_id for service in services})
    orders = await queries.lock_orders(tx, set(order_ids.values()))
    with tx.session.no_autoflush:  # one flush for all: nothing that is read here is sought by what was changed here
        for line in await queries.lines_of_services(tx, since):
            if line.state is LineState.OPEN and line.service_id is not None:
                move(tx, line, LineCommand.FULFIL, occurred_at=since[line.service_id])
        await _settle(tx, orders)
    await tx.flush()


async def service_refused(tx: Transaction, service_id: UUID) -> None:
    """The network does not take a service, and somebody rolled it back: its line is cancelled, the rest goes on."""
    service = await resources.service_view(tx, service_id)
    item = await tx.session.get(OrderItem, service.order_item_id)
    if item is None or service.state in ENDED_SERVICES:
        return
    await tx.get(ProductOrder, item.order_id, UnknownOrder, lock=True)
    await resources.terminate(tx, service_id, tx.now)
    line = await queries.line_of_service(tx, service_id)
    if line is not None and line.state is LineState.OPEN:
        move(tx, line, LineCommand.CANCEL)
    await settle(tx, item.order_id)


async def abandon(tx: Transaction, order_id: UUID) -> None:
    """Nobody will visit for the order any more: what needed the visit is given back, what is sent goes on its way."""
    order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    order.work_ended_at = order.work_ended_at or tx.now
    visited = [item.id for item in await queries.items_of(tx, order_id) if needs_visit(item)]
    for service in topmost_first(await resources.services_of_items(tx, visited)):
        if service.state not in ENDED_SERVICES:
            await resources.terminate(tx, service.id, tx.now)
    await settle(tx, order_id)


async def settle(tx: Transaction, order_id: UUID) -> None:
    """End the items that are finished, and with the last of them the order: completed, partial or failed.

    An item is complete when its goods are handed over, its services active and its work done. It ends incomplete when
    nobody is at it any more. An item that ends gives back what it did not use.
    """
    await _settle(tx, [await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)])


async def _settle(tx: Transaction, orders: Iterable[ProductOrder]) -> None:
    """The orders are locked."""
    going_on = [order for order in orders if order.state in GOES_ON]
    standings = await _standings(tx, going_on)
    endings = {order.id: [(one.item, _item_ending(one)) for one in standings[order.id]] for order in going_on}
    ended = [item for some in endings.values() for item, command in some if _end_item(tx, item, command)]
    await give_back(tx, ended)
    over = [order for order in going_on if _end_order(tx, order, [command for _, command in endings[order.id]])]
    if over:
        await reach_together(tx, [order.id for order in over], Milestone.COMPLETED, tx.now)


async def give_back(tx: Transaction, items: Collection[OrderItem]) -> None:
    """Release the stock and the resources that these items hold and did not use."""
    if not items:
        return
    order_of = {item.id: item.order_id for item in items}
    held = [one for one in await inventory.reserved(tx, *set(order_of.values())) if one.order_item_id in order_of]
    for order_id in sorted({order_of[one.order_item_id] for one in held}):
        await inventory.release_reservations(tx, order_id, only={one.id for one in held})
    await resources.release(tx, order_of)


def needs_visit(item: OrderItem) -> bool:
    """Whether a technician has to come for the item: for its work, or to bring it."""
    return item.work is not None or item.fulfilment is FulfilmentMethod.TECHNICIAN


async def _standings(tx: Transaction, orders: Sequence[ProductOrder]) -> dict[UUID, list[Standing]]:
    """Order → what its items have come to, without those that were cancelled."""
    if not orders:
        return {}
    order_ids = [order.id for order in orders]
    all_items = await queries.items_of(tx, *order_ids)
    items = _grouped(all_items, lambda item: item.order_id)
    lines = _grouped(await queries.lines_of(tx, *order_ids), lambda line: line.order_item_id)
    of_items = await resources.services_of_items(tx, [item.id for item in all_items])
    services = _grouped(of_items, lambda service: service.order_item_id)
    found: dict[UUID, list[Standing]] = {}
    for order in orders:
        awaited = await awaited_models(tx, order.id, items[order.id])
        found[order.id] = [
            Standing(
                item=item,
                lines=[line for line in lines[item.id] if line.state is not LineState.CANCELLED],
                services=services[item.id],
                awaited=awaited.get(item.fulfilment, frozenset()) & item.goods.keys(),
                work_has_ended=order.work_ended_at is not None,
            )
            for item in items[order.id]
            if item.state is not OrderState.CANCELLED
        ]
    return found


def _grouped(rows: Iterable[T], key: Callable[[T], UUID]) -> Mapping[UUID, list[T]]:
    found = defaultdict[UUID, list[T]](list)
    for row in rows:
        found[key(row)].append(row)
    return found


def _item_ending(standing: Standing) -> OrderCommand | None:
    states = [service.state for service in standing.services]
    is_visited = needs_visit(standing.item) and not standing.work_has_ended
    return ending(
        ordered=sum(line.quantity for line in standing.lines) + standing.item.service_count + len(standing.awaited),
        delivered=sum(line.quantity for line in standing.lines if line.state is LineState.DONE)
        + states.count(ServiceState.ACTIVE),
        still_to_come=is_visited or bool(standing.awaited) or not ENDED_SERVICES.issuperset(states),
    )


def _end_item(tx: Transaction, item: OrderItem, command: OrderCommand | None) -> bool:
    if command is None or (item.state, command) not in ITEM.moves:
        return False
    move(tx, item, command)
    return True


def _end_order(tx: Transaction, order: ProductOrder, endings: Sequence[OrderCommand | None]) -> bool:
    """End an order of which every item ends, if it can end in that way; whether it did."""
    if not endings or None in endings or (order.state, command := _order_ending(endings)) not in ORDER.moves:
        return False
    move(tx, order, command)
    return True


def _order_ending(endings: Iterable[OrderCommand | None]) -> OrderCommand:
    """All items alike end the order in their way; otherwise it is complete in part."""
    ways = {command for command in endings if command is not None}
    return ways.pop() if len(ways) == 1 else OrderCommand.COMPLETE_IN_PART
