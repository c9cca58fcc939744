"""A shop that can deliver *Fibre 500 + Phone + Mesh × 2*, and orders in it."""

from typing import Any

from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Transaction
from backend.orders import service
from backend.orders.schemas import OrderedOffering, OrderView, PlaceOrder
from tests.factories.catalogue import BUNDLE, make_catalogue
from tests.factories.customers import make_premises
from tests.factories.inventory import make_stock
from tests.factories.resources import make_pools
from tests.factories.workforce import make_territory

AGENT = Principal(actor=SYSTEM, role=Role.AGENT)


async def make_shop(tx: Transaction, *, quantity: int = 10) -> None:
    """Catalogue, a territory, and so many units of each model and resources of each kind."""
    await make_catalogue(tx)
    await make_territory(tx)
    await make_stock(tx, quantity=quantity)
    await make_pools(tx, size=quantity)


async def make_order(tx: Transaction, *offerings: tuple[str, int], **changes: Any) -> OrderView:
    """An order that is placed, with everything reserved: the bundle if no offerings are named. Needs the shop."""
    if "premises_id" not in changes:
        place = await make_premises(tx)
        changes |= {"premises_id": place.id, "account_id": place.account_id}
    items = [OrderedOffering(offering_code=code, quantity=n) for code, n in offerings or ((BUNDLE, 1),)]
    return await service.place(tx, AGENT, PlaceOrder(items=items, **changes))


async def make_submitted_order(tx: Transaction, *offerings: tuple[str, int], **changes: Any) -> OrderView:
    """An order with its services and charge lines."""
    return await service.submit(tx, AGENT, (await make_order(tx, *offerings, **changes)).id)
