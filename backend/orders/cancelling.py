"""Giving up an order. Before the point of no return of each item it is free and at once; behind it somebody decides.

What was delivered stays delivered and billed; what runs is ended; what is under way comes to its end before the order
does.
"""

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from backend.catalogue.schemas import PointOfNoReturn
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import queries
from backend.orders.decomposition import topmost_first
from backend.orders.errors import UnknownOrder
from backend.orders.fulfilment import give_back, needs_visit, settle
from backend.orders.lifecycle import (
    ITEM,
    ConsignmentState,
    LineCommand,
    LineState,
    Milestone,
    OrderCommand,
    OrderState,
)
from backend.orders.models import ChargeLine, Consignment, Handover, OrderItem, ProductOrder
from backend.orders.schemas import Consequence, DecideCancellation
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView

NEVER_SUBMITTED = frozenset({OrderState.ACKNOWLEDGED, OrderState.REJECTED})
ON_ITS_WAY_OUT = frozenset({OrderState.ASSESSING_CANCELLATION, OrderState.PENDING_CANCELLATION})
STAGES = tuple(PointOfNoReturn)


async def cancel(tx: Transaction, principal: Principal, order_id: UUID) -> ProductOrder:
    """Take an order back. Free, it ends at once and everything that it held is free (event `order.cancelled`).

    Behind a point of no return it waits for a decision instead (event `order.cancellation_requested`).
    Raises UnknownOrder, IllegalMove.
    """
    order = await _locked(tx, principal, order_id)
    items = await queries.items_of(tx, order.id)
    if order.state in NEVER_SUBMITTED:
        await end_unsubmitted(tx, order, items, OrderCommand.CANCEL)
    elif all(one.is_free for one in await consequences(tx, order, items)):
        move(tx, order, OrderCommand.CANCEL)
        await drop(tx, order, items)
    else:
        move(tx, order, OrderCommand.ASSESS)
    return order


async def decide(tx: Transaction, principal: Principal, order_id: UUID, decision: DecideCancellation) -> ProductOrder:
    """Give an assessed order up (event `order.cancellation_accepted`), or go on with it. Raises UnknownOrder, IllegalMove."""
    order = await _locked(tx, principal, order_id)
    move(tx, order, OrderCommand.ACCEPT if decision.accept else OrderCommand.KEEP, detail={"reason": decision.reason})
    if not decision.accept:
        await settle(tx, order.id)  # what happened while it was assessed
    return order


async def conclude(tx: Transaction, order_id: UUID) -> None:
    """End an order that is given up, once nobody is at it any more and no parcel of it is on its way.

    What was delivered stays billed, services that run are ended now. Event `order.cancelled`. Idempotent.
    """
    order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    under_way = [one.state for one in await queries.consignments_of(tx, order_id)]
    if order.state is not OrderState.PENDING_CANCELLATION or ConsignmentState.IN_TRANSIT in under_way:
        return
    await drop(tx, order, await queries.items_of(tx, order_id))
    move(tx, order, OrderCommand.CANCEL)


async def drop(tx: Transaction, order: ProductOrder, items: Sequence[OrderItem]) -> None:
    """Take items out: what is open of them is cancelled, services end, what they held is given back."""
    ids = {item.id for item in items}
    for line in await queries.lines_of(tx, order.id):
        if line.order_item_id in ids and line.state is LineState.OPEN:
            move(tx, line, LineCommand.CANCEL)
    for service in topmost_first(await resources.services_of_items(tx, ids)):
        if service.state is not ServiceState.TERMINATED:
            await resources.terminate(tx, service.id, tx.now)
    for item in items:
        if (item.state, OrderCommand.CANCEL) in ITEM.moves:
            move(tx, item, OrderCommand.CANCEL)
    await give_back(tx, items)


async def consequences(tx: Transaction, order: ProductOrder, items: Sequence[OrderItem]) -> list[Consequence]:
    """What giving up each of these items means now."""
    lines = await queries.lines_of(tx, order.id)
    services = await resources.services_of_items(tx, [item.id for item in items])
    proofs = await queries.handovers_of(tx, [line.id for line in lines])
    consignments = await queries.consignments_of(tx, order.id)
    visit = _visit_stage(await queries.milestones_reached(tx, order.id))
    return [_consequence(item, lines, services, proofs, consignments, visit) for item in items]


def is_passed(item: OrderItem, reached: PointOfNoReturn | None) -> bool:
    """Whether an item that has come so far is behind its point of no return."""
    return reached is not None and STAGES.index(reached) >= STAGES.index(item.point_of_no_return)


async def end_unsubmitted(
    tx: Transaction, order: ProductOrder, items: Sequence[OrderItem], command: OrderCommand
) -> None:
    """An order that nobody submitted takes all its items along, and gives everything back."""
    move(tx, order, command)
    for item in items:
        move(tx, item, command)
    order.expires_at = None
    order.finish_work()
    await give_back(tx, items)


async def _locked(tx: Transaction, principal: Principal, order_id: UUID) -> ProductOrder:
    order = await queries.visible_order(tx, principal, order_id, lock=True)
    if order is None:
        raise UnknownOrder(id=str(order_id))
    return order


def _visit_stage(reached: Collection[Milestone]) -> PointOfNoReturn | None:
    if Milestone.VISIT_BEGAN in reached:
        return PointOfNoReturn.VISIT
    return PointOfNoReturn.DISPATCH if Milestone.DISPATCHED in reached else None


def _consequence(
    item: OrderItem,
    lines: Iterable[ChargeLine],
    services: Iterable[ServiceView],
    proofs: Iterable[Handover],
    consignments: Iterable[Consignment],
    visit: PointOfNoReturn | None,
) -> Consequence:
    done = [line.id for line in lines if line.order_item_id == item.id and line.state is LineState.DONE]
    running = [one.id for one in services if one.order_item_id == item.id and one.state is ServiceState.ACTIVE]
    is_delivered = bool(done or running) or _has_left(item, consignments)
    reached = PointOfNoReturn.DELIVERY if is_delivered else visit if needs_visit(item) else None
    return Consequence(
        item_id=item.id,
        offering_code=item.offering_code,
        point_of_no_return=item.point_of_no_return,
        reached=reached,
        is_free=not is_passed(item, reached),
        stays_billed=done,
        at_customer=[serial for proof in proofs if proof.charge_line_id in done for serial in proof.serials],
        ends=running,
    )


def _has_left(item: OrderItem, consignments: Iterable[Consignment]) -> bool:
    """Whether goods of the item left the depot and did not come back."""
    out = [one for one in consignments if one.method is item.fulfilment and one.state is not ConsignmentState.RETURNED]
    return any(given.model in item.goods for one in out for given in one.goods)
