"""From order items to what has to be done: services with their resources, and charge lines at the agreed prices.

Services build on one another: access before internet before voice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import ChargeKind, PricedCharge, ResolvedOffering, ServiceKind
from backend.kernel.db import Transaction
from backend.orders import queries
from backend.orders.lifecycle import CHARGE_LINE
from backend.orders.models import ChargeLine, OrderItem, ProductOrder
from backend.resources import service as resources
from backend.resources.schemas import ServiceView

LAYERS = (ServiceKind.ACCESS, ServiceKind.INTERNET, ServiceKind.VOICE)  # each runs on what stands before it


async def decompose(tx: Transaction, order: ProductOrder, items: Sequence[OrderItem], *, at: datetime) -> None:
    """Design the services of every item and write its charge lines. at: the day of the sale, whose prices hold."""
    wanted = [(item.offering_code, item.quantity) for item in items]
    sold = await catalogue.resolve(tx, wanted, at)
    for item, offering in zip(items, sold, strict=True):
        services = await design(tx, order, item, offering)
        tx.add(*(line for charge in offering.charges for line in _lines(tx, item, charge, services)))
    await tx.flush()


async def design(tx: Transaction, order: ProductOrder, item: OrderItem, sold: ResolvedOffering) -> list[ServiceView]:
    """One service of each kind per unit of the item, each with the resources that were reserved for it."""
    needs = [need for need in sold.offering.specification.services for _ in range(item.quantity)]
    item.service_count = len(needs)
    return [
        await resources.design_service(
            tx,
            kind=need.kind,
            account_id=order.account_id,
            premises_id=order.premises_id,
            order_item_id=item.id,
            resource_kinds=need.resources,
            characteristics=need.characteristics,
        )
        for need in needs
    ]


def needs(services: Sequence[ServiceView]) -> dict[UUID, list[UUID]]:
    """Service → the services of the same order that have to run before it: those of the next layer that there is."""
    below: dict[UUID, list[UUID]] = {}
    for service in services:
        lower = [kind for kind in LAYERS[: LAYERS.index(service.kind)] if any(one.kind is kind for one in services)]
        below[service.id] = [one.id for one in services if lower and one.kind is lower[-1]]
    return below


async def prerequisites(tx: Transaction, order_ids: Collection[UUID]) -> dict[UUID, list[ServiceView]]:
    """Each service of these orders → those of its order that have to run before it. Unknown orders have none."""
    items = await queries.items_of_orders(tx, order_ids)
    beside: dict[UUID, list[ServiceView]] = {order_id: [] for order_id in items.values()}
    for service in await resources.services_of_items(tx, items) if items else []:
        beside[items[service.order_item_id]].append(service)
    services = {service.id: service for some in beside.values() for service in some}
    return {one: [services[below] for below in lower] for some in beside.values() for one, lower in needs(some).items()}


def topmost_first(services: Sequence[ServiceView]) -> list[ServiceView]:
    """In the order in which they are ended: none before what runs on it."""
    return sorted(services, key=lambda service: LAYERS.index(service.kind), reverse=True)


def _lines(tx: Transaction, item: OrderItem, charge: PricedCharge, services: Sequence[ServiceView]) -> list[ChargeLine]:
    """A line per service for a provision, as each starts and stops by itself; else one line for the item."""
    if charge.kind is ChargeKind.PROVISION:
        served = [service for service in services if service.kind is charge.service_kind]
        return [_line(tx, item, charge, quantity=1, service_id=service.id) for service in served]
    if charge.kind is ChargeKind.FULFILMENT:
        assert charge.model is not None, f"{charge.code}: the catalogue takes no fulfilment without goods"
        return [_line(tx, item, charge, quantity=item.goods[charge.model])]
    return [_line(tx, item, charge, quantity=item.quantity)]


def _line(
    tx: Transaction, item: OrderItem, charge: PricedCharge, *, quantity: int, service_id: UUID | None = None
) -> ChargeLine:
    return ChargeLine(
        id=tx.new_id(),
        order_id=item.order_id,
        order_item_id=item.id,
        code=charge.code,
        kind=charge.kind,
        description=charge.description,
        model=charge.model,
        service_kind=charge.service_kind,
        fulfilment=item.fulfilment if charge.kind is ChargeKind.FULFILMENT else None,
        service_id=service_id,
        quantity=quantity,
        amount_minor=charge.price.amount_minor,
        currency=charge.price.currency,
        period=charge.period,
        earned=charge.earned,
        state=CHARGE_LINE.initial,
    )
