"""What came true of an order: goods handed over, work done, services active; and when it is settled.

Facts of the field are recorded whatever the order's state is; only settling looks at it. Every function may be called
again with the same facts, as events come at least once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue.schemas import ChargeKind
from backend.inventory import service as inventory
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import queries
from backend.orders.lifecycle import ITEM, ORDER, LineCommand, LineState, OrderCommand, OrderState, ending
from backend.orders.models import ChargeLine, Handover, OrderItem, ProductOrder
from backend.orders.schemas import HandedOver, UnknownOrder
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.resources.schemas import ServiceView

HANDOVER_RECORDED = "handover.recorded"
ENDED_SERVICES = frozenset({ServiceState.ACTIVE, ServiceState.TERMINATED})
GOES_ON = frozenset({OrderState.IN_PROGRESS, OrderState.PARTIAL})


async def record_job(
    tx: Transaction, order_id: UUID, *, job_id: UUID, goods: Sequence[HandedOver], occurred_at: datetime
) -> None:
    """A job of the order was completed, fully or in part: its goods and its labour, then the order may be settled.

    goods: what the customer got of each model; more than was ordered is not charged.
    """
    await record_handover(tx, order_id, goods, job_id=job_id, occurred_at=occurred_at)
    await record_work_done(tx, order_id, job_id, occurred_at)
    order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    order.work_ended_at = occurred_at
    await settle(tx, order_id)


async def record_handover(
    tx: Transaction, order_id: UUID, goods: Sequence[HandedOver], *, job_id: UUID | None, occurred_at: datetime
) -> None:
    """Goods reached the customer: by a job, or (job_id None) by shipment or pick-up. Event `handover.recorded` each.

    The pieces of a model go to the order's lines of that model, oldest first.
    """
    lines = await _lines(tx, order_id, ChargeKind.FULFILMENT)
    if job_id is not None and await _is_recorded(tx, lines, job_id):
        return
    for given in goods:
        _hand_over(tx, [line for line in lines if line.model == given.model], given, job_id, occurred_at)
    await tx.flush()


async def record_work_done(tx: Transaction, order_id: UUID, job_id: UUID, occurred_at: datetime) -> None:
    """The work of the order was done and accepted by this job. Event `handover.recorded` for each labour line."""
    for line in await _lines(tx, order_id, ChargeKind.LABOUR):
        if line.state is not LineState.DONE:
            _deliver(tx, line, line.quantity - line.fulfilled_quantity, [], job_id, occurred_at)
    await tx.flush()


async def service_activated(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """A service of an order runs since `at`: its provision line is done, and the order may be settled."""
    service = await resources.service_view(tx, service_id)
    item = await tx.session.get(OrderItem, service.order_item_id)
    if item is None:
        return  # a service that was taken over from elsewhere has no order
    await tx.get(ProductOrder, item.order_id, UnknownOrder, lock=True)
    line = await queries.line_of_service(tx, service_id)
    if line is not None and line.state is not LineState.DONE:
        _count(tx, line, 1, at)
    await settle(tx, item.order_id)


async def abandon(tx: Transaction, order_id: UUID) -> None:
    """Nobody will work on the order any more: what is not done is given back, and the order ends with what it has."""
    order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    order.work_ended_at = order.work_ended_at or tx.now
    items = await queries.items_of(tx, order_id)
    for service in await resources.services_of_items(tx, [item.id for item in items]):
        if service.state not in ENDED_SERVICES:
            await resources.terminate(tx, service.id, tx.now)
    await settle(tx, order_id)


async def settle(tx: Transaction, order_id: UUID) -> None:
    """End the items that are finished, and with the last of them the order: completed, partial or failed.

    An item is complete when its goods are handed over, its services active and its work done. It ends incomplete when
    its work has ended and no service of it is still on the way. An order that ends gives back what it did not use.
    """
    order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    if order.state not in GOES_ON:
        return
    items, lines = await queries.items_of(tx, order_id), await queries.lines_of(tx, order_id)
    services = await resources.services_of_items(tx, [item.id for item in items])
    endings = [_item_ending(order, item, lines, services) for item in items]
    for item, command in zip(items, endings, strict=True):
        if command is not None and (item.state, command) in ITEM.moves:
            move(tx, item, command)
    if None not in endings:
        await _end(tx, order, _order_ending(endings), [item.id for item in items])


def _item_ending(
    order: ProductOrder, item: OrderItem, lines: Iterable[ChargeLine], services: Iterable[ServiceView]
) -> OrderCommand | None:
    mine = [line for line in lines if line.order_item_id == item.id]
    states = [service.state for service in services if service.order_item_id == item.id]
    return ending(
        ordered=sum(line.quantity for line in mine) + len(states),
        delivered=sum(line.fulfilled_quantity for line in mine) + states.count(ServiceState.ACTIVE),
        still_to_come=order.work_ended_at is None or not ENDED_SERVICES.issuperset(states),
    )


def _order_ending(endings: Sequence[OrderCommand | None]) -> OrderCommand:
    """All items alike end the order in their way; otherwise it is complete in part."""
    first = endings[0]
    return first if first is not None and endings.count(first) == len(endings) else OrderCommand.COMPLETE_IN_PART


async def _end(tx: Transaction, order: ProductOrder, command: OrderCommand, item_ids: Sequence[UUID]) -> None:
    if (order.state, command) not in ORDER.moves:
        return
    move(tx, order, command)
    await inventory.release_reservations(tx, order.id)
    await resources.release(tx, item_ids)


async def _lines(tx: Transaction, order_id: UUID, kind: ChargeKind) -> list[ChargeLine]:
    """The lines of one kind; the order is locked first, so that two hand-overs of it come one after the other."""
    await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    return [line for line in await queries.lines_of(tx, order_id) if line.kind is kind]


async def _is_recorded(tx: Transaction, lines: Sequence[ChargeLine], job_id: UUID) -> bool:
    return any(proof.job_id == job_id for proof in await queries.handovers_of(tx, [line.id for line in lines]))


def _hand_over(
    tx: Transaction, lines: Iterable[ChargeLine], given: HandedOver, job_id: UUID | None, occurred_at: datetime
) -> None:
    left, serials = given.quantity, list(given.serials)
    for line in lines:
        quantity = min(left, line.quantity - line.fulfilled_quantity)
        if quantity > 0:
            _deliver(tx, line, quantity, serials[:quantity], job_id, occurred_at)
            left, serials = left - quantity, serials[quantity:]


def _deliver(
    tx: Transaction, line: ChargeLine, quantity: int, serials: list[str], job_id: UUID | None, occurred_at: datetime
) -> None:
    """Count it, write the proof, tell billing."""
    proof = Handover(
        id=tx.new_id(),
        charge_line_id=line.id,
        quantity=quantity,
        serials=serials,
        job_id=job_id,
        occurred_at=occurred_at,
    )
    tx.add(proof)
    _count(tx, line, quantity, occurred_at)
    outbox.record(tx, HANDOVER_RECORDED, proof.id, occurred_at=occurred_at)


def _count(tx: Transaction, line: ChargeLine, quantity: int, occurred_at: datetime) -> None:
    line.fulfilled_quantity += quantity
    is_full = line.fulfilled_quantity == line.quantity
    command = LineCommand.FULFIL if is_full else LineCommand.FULFIL_PARTLY
    move(tx, line, command, occurred_at=occurred_at, detail={"quantity": quantity})
