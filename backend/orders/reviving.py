"""An order goes on after all: the field had done the work before it heard that the order was given up."""

from uuid import UUID

import msgspec

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import ChargeKind
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import placing, queries
from backend.orders.decomposition import design
from backend.orders.errors import CannotBeHad, UnknownOrder
from backend.orders.lifecycle import ITEM, LineCommand, LineState, OrderCommand, OrderState
from backend.orders.models import OrderItem, ProductOrder
from backend.resources.schemas import ServiceView

REVIVABLE = frozenset({OrderState.CANCELLED, OrderState.FAILED})


async def revive(tx: Transaction, order_id: UUID) -> None:
    """Take up again what an order gave up: new services with new numbers and ports, the same charge lines and prices.

    Goods are not reserved again: they are where the work was done. Raises UnknownOrder, IllegalMove when the order was
    not given up, CannotBeHad when the network has nothing free any more.
    """
    order = await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    move(tx, order, OrderCommand.REVIVE)
    order.work_ended_at = None
    for item in await queries.items_of(tx, order.id):
        if item.state in REVIVABLE and (item.state, OrderCommand.REVIVE) in ITEM.moves:
            await _revive_item(tx, order, item)
    await tx.flush()


async def _revive_item(tx: Transaction, order: ProductOrder, item: OrderItem) -> None:
    at = item.ordered_at or order.placed_at  # what was added later was sold on the terms of that day
    [sold] = await catalogue.resolve(tx, [(item.offering_code, item.quantity)], at)
    if missing := await placing.reserve_pools(tx, order, item, sold):
        raise CannotBeHad(missing=msgspec.to_builtins(missing))
    services = await design(tx, order, item, sold)
    move(tx, item, OrderCommand.REVIVE)
    for line in await queries.lines_of(tx, order.id):
        if line.order_item_id == item.id and line.state is not LineState.DONE:
            if line.kind is ChargeKind.PROVISION:
                line.service_id = _take(services, line.service_kind)
            if line.state is LineState.CANCELLED:
                move(tx, line, LineCommand.REVIVE)


def _take(services: list[ServiceView], kind: object) -> UUID:
    """One of the new services of a kind, which no other line gets."""
    found = next(service for service in services if service.kind is kind)
    services.remove(found)
    return found.id
