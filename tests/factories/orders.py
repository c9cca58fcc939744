"""A shop that can deliver *Fibre 500 + Phone + Mesh × 2*, and orders in it."""

from typing import Any
from uuid import UUID

from backend.identity.principal import Principal, Role
from backend.inventory.schemas import LocationView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Transaction
from backend.orders import service
from backend.orders.lifecycle import FulfilmentMethod
from backend.orders.schemas import ConsignmentView, OrderedOffering, OrderView, PlaceOrder, Ship
from tests.factories.catalogue import BUNDLE, make_catalogue
from tests.factories.customers import make_premises
from tests.factories.inventory import make_stock
from tests.factories.resources import make_pools
from tests.factories.workforce import make_territory

AGENT = Principal(actor=SYSTEM, role=Role.AGENT)


async def make_shop(tx: Transaction, *, quantity: int = 10) -> LocationView:
    """Catalogue, a territory, and so many units of each model and resources of each kind; the depot with the units."""
    await make_catalogue(tx)
    await make_territory(tx)
    depot = await make_stock(tx, quantity=quantity)
    await make_pools(tx, size=quantity)
    return depot


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


async def make_order_to_ship(tx: Transaction, *, quantity: int = 2) -> OrderView:
    """A submitted order of so many mesh units by shipment. Needs the shop."""
    place = await make_premises(tx)
    items = [OrderedOffering(offering_code="MESH", quantity=quantity, fulfilment=FulfilmentMethod.SHIPMENT)]
    order = await service.place(tx, AGENT, PlaceOrder(account_id=place.account_id, premises_id=place.id, items=items))
    return await service.submit(tx, AGENT, order.id)


async def make_shipment(
    tx: Transaction, order: OrderView, depot_id: UUID, *serials: str, reference: str = "JJFI1"
) -> ConsignmentView:
    """A parcel of an order on its way: with these units, or with all that it reserved."""
    units = [*serials] or [kept.serial for kept in order.reservations if kept.serial]
    parcel = Ship(from_location_id=depot_id, serials=units, carrier="Posti", tracking_reference=reference)
    return await service.ship(tx, AGENT, order.id, parcel)
