"""What a depot still has to do for an order: goods that are to be sent or picked up and are not on their way yet."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

from backend.kernel.db import Transaction
from backend.orders import queries
from backend.orders.lifecycle import ConsignmentState, FulfilmentMethod, LineState, OrderState
from backend.orders.models import ChargeLine, Consignment, OrderItem

CONSIGNED = (FulfilmentMethod.SHIPMENT, FulfilmentMethod.PICK_UP)
SOLD = frozenset({OrderState.IN_PROGRESS, OrderState.PARTIAL, OrderState.COMPLETED})


async def outstanding(tx: Transaction, order_id: UUID) -> dict[FulfilmentMethod, Counter[str]]:
    """Shipment and pick-up → model → pieces that no consignment has taken yet."""
    items = await queries.items_of(tx, order_id)
    wanted = _wanted(items, _brought(await queries.lines_of(tx, order_id)))
    consigned = _consigned(await queries.consignments_of(tx, order_id))
    return {method: wanted[method] - consigned[method] for method in CONSIGNED}


async def still_wanted(tx: Transaction, order_id: UUID, item: OrderItem) -> Counter[str]:
    """Model → pieces of an item that did not reach the customer yet, by whatever way."""
    lines = [line for line in await queries.lines_of(tx, order_id) if line.order_item_id == item.id]
    came = Counter[str]()
    for line in lines:
        if line.model and line.state is LineState.DONE:
            came[line.model] += line.quantity
    return Counter(item.goods) - came


async def awaited_models(
    tx: Transaction, order_id: UUID, items: Sequence[OrderItem]
) -> dict[FulfilmentMethod, frozenset[str]]:
    """Shipment and pick-up → the models of which something is outstanding or on its way."""
    if not any(item.fulfilment in CONSIGNED and item.goods for item in items):
        return {}
    left = await outstanding(tx, order_id)
    under_way = [one for one in await queries.consignments_of(tx, order_id) if one.state is ConsignmentState.IN_TRANSIT]
    on_the_way = _consigned(under_way)
    return {method: frozenset(+left[method]) | frozenset(on_the_way[method]) for method in CONSIGNED}


def _wanted(items: Iterable[OrderItem], brought: dict[UUID, Counter[str]]) -> dict[FulfilmentMethod, Counter[str]]:
    """What was sold to come in each way; what a technician brought all the same is not wanted any more."""
    wanted: dict[FulfilmentMethod, Counter[str]] = defaultdict(Counter)
    for item in items:
        if item.state in SOLD:
            wanted[item.fulfilment] += Counter(item.goods) - brought.get(item.id, Counter())
    return wanted


def _brought(lines: Iterable[ChargeLine]) -> dict[UUID, Counter[str]]:
    """Order item → model → pieces that came with a technician."""
    brought: dict[UUID, Counter[str]] = defaultdict(Counter)
    for line in lines:
        if line.model and line.state is LineState.DONE and line.fulfilment is FulfilmentMethod.TECHNICIAN:
            brought[line.order_item_id][line.model] += line.quantity
    return brought


def _consigned(consignments: Iterable[Consignment]) -> dict[FulfilmentMethod, Counter[str]]:
    """What left a depot and did not come back."""
    sent: dict[FulfilmentMethod, Counter[str]] = defaultdict(Counter)
    for one in consignments:
        if one.state is not ConsignmentState.RETURNED:
            sent[one.method].update({given.model: given.quantity for given in one.goods})
    return sent
