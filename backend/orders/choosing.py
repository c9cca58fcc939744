"""A resource that somebody chooses for an order item by hand: what fits is said by the premises of its order."""

from msgspec.structs import replace

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.orders import queries
from backend.orders.errors import UnknownItem
from backend.orders.lifecycle import OrderState
from backend.resources import service as resources
from backend.resources.schemas import ReserveResource, ResourceView

OVER = frozenset({OrderState.REJECTED, OrderState.CANCELLED, OrderState.FAILED, OrderState.COMPLETED})


async def choose_resource(tx: Transaction, principal: Principal, wanted: ReserveResource) -> ResourceView:
    """Keep it in the place of what the item held of the kind.

    Raises UnknownItem for one that is over, too, and what `resources.choose` raises.
    """
    found = await queries.visible_item(tx, principal, wanted.order_item_id)
    if found is None or found[0].state in OVER:
        raise UnknownItem(item_id=str(wanted.order_item_id))
    order = found[1]
    placed = replace(wanted, territory_id=wanted.territory_id or order.territory_id)
    return await resources.choose(tx, placed, premises_id=order.premises_id)
