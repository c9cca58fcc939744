"""HTTP of orders: place, look, submit, cancel; and of the warehouse, which sends goods and hands them out."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.catalogue.schemas import MAX_QUANTITY
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once
from backend.orders import service
from backend.orders.choosing import choose_resource
from backend.orders.lifecycle import FulfilmentMethod
from backend.orders.schemas import (
    Amend,
    ComeBack,
    ConsignmentView,
    DecideCancellation,
    DeliveryNotice,
    Feasibility,
    OrderSummary,
    OrderView,
    Outstanding,
    PickUp,
    PlaceOrder,
    Ship,
)
from backend.resources.schemas import ReserveResource, ResourceView


@post("/api/v1/orders", status_code=201, tags=["orders"], summary="Place an order, everything reserved or nothing")
async def place_order(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    data: JSONBody[PlaceOrder],
) -> OrderView:
    return await once(OrderView, lambda: service.place(tx, principal, data))


@get("/api/v1/orders", tags=["orders"], summary="The orders that you may see")
async def list_orders(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    account_id: FromQuery[UUID | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[OrderSummary]:
    return await service.see_orders(tx, principal, account_id=account_id, page_size=page_size, cursor=cursor)


@get("/api/v1/orders/{order_id:uuid}", tags=["orders"], summary="One order with all its parts")
async def see_order(
    tx: NamedDependency[Transaction], principal: NamedDependency[Principal], order_id: FromPath[UUID]
) -> OrderView:
    return await service.see_order(tx, principal, order_id)


@post("/api/v1/orders/{order_id:uuid}/submission", status_code=201, tags=["orders"], summary="Submit an order")
async def submit_order(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    order_id: FromPath[UUID],
) -> OrderView:
    return await once(OrderView, lambda: service.submit(tx, principal, order_id))


@post("/api/v1/resource-reservations", status_code=201, tags=["resources"], summary="Keep one for an order item")
async def reserve_resource(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    data: JSONBody[ReserveResource],
) -> ResourceView:
    """Here, above the resources, because which ports will do is said by the premises of the item's order."""
    return await once(ResourceView, lambda: choose_resource(tx, principal, data))


@post("/api/v1/orders/{order_id:uuid}/cancellation", status_code=201, tags=["orders"], summary="Cancel an order")
async def cancel_order(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    order_id: FromPath[UUID],
) -> OrderView:
    return await once(OrderView, lambda: service.cancel(tx, principal, order_id))


@post(
    "/api/v1/orders/{order_id:uuid}/cancellation-decision",
    status_code=201,
    tags=["orders"],
    summary="Give up an order whose cancellation was assessed, or go on with it",
)
async def decide_cancellation(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    order_id: FromPath[UUID],
    data: JSONBody[DecideCancellation],
) -> OrderView:
    return await once(OrderView, lambda: service.decide_cancellation(tx, principal, order_id, data))


@post(
    "/api/v1/orders/{order_id:uuid}/amendments", status_code=201, tags=["orders"], summary="Change an order under way"
)
async def amend_order(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    order_id: FromPath[UUID],
    data: JSONBody[Amend],
) -> OrderView:
    return await once(OrderView, lambda: service.amend(tx, principal, order_id, data))


@get("/api/v1/feasibility", tags=["orders"], summary="A dry run: could we deliver this offering?")
async def see_feasibility(
    tx: NamedDependency[Transaction],
    offering_code: FromQuery[str],
    quantity: Annotated[int, QueryParameter(ge=1, le=MAX_QUANTITY)] = 1,
    premises_id: FromQuery[UUID | None] = None,
) -> Feasibility:
    """premises_id: at these premises, whose splitter or tap has only so many legs."""
    return await service.feasibility(tx, offering_code, quantity, premises_id=premises_id)


@get(
    "/api/v1/catalogue-drafts/{draft_id:uuid}/feasibility",
    tags=["catalogue"],
    summary="A dry run: could we deliver what this draft offers?",
)
async def see_feasibility_of_draft(
    tx: NamedDependency[Transaction],
    draft_id: FromPath[UUID],
    quantity: Annotated[int, QueryParameter(ge=1, le=MAX_QUANTITY)] = 1,
) -> list[Feasibility]:
    return await service.feasibility_of_draft(tx, draft_id, quantity)


@get("/api/v1/goods-to-fulfil", tags=["orders"], summary="What a depot has to send, or to keep ready for pick-up")
async def list_goods_to_fulfil(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    method: FromQuery[FulfilmentMethod],
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[Outstanding]:
    """Technicians' goods are the jobs' matter: method technician finds none."""
    return await service.to_fulfil(tx, principal, method, page_size=page_size, cursor=cursor)


@post("/api/v1/orders/{order_id:uuid}/shipments", status_code=201, tags=["orders"], summary="Send goods of an order")
async def ship_goods(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    order_id: FromPath[UUID],
    data: JSONBody[Ship],
) -> ConsignmentView:
    return await once(ConsignmentView, lambda: service.ship(tx, principal, order_id, data))


@post(
    "/api/v1/orders/{order_id:uuid}/pick-ups", status_code=201, tags=["orders"], summary="Hand goods over the counter"
)
async def hand_out_goods(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    order_id: FromPath[UUID],
    data: JSONBody[PickUp],
) -> ConsignmentView:
    return await once(ConsignmentView, lambda: service.hand_out(tx, principal, order_id, data))


@post(
    "/api/v1/consignments/{consignment_id:uuid}/delivery",
    status_code=201,
    tags=["orders"],
    summary="Take a carrier's delivery notice",
)
async def take_delivery_notice(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    consignment_id: FromPath[UUID],
    data: JSONBody[DeliveryNotice],
) -> ConsignmentView:
    return await once(ConsignmentView, lambda: service.deliver(tx, principal, consignment_id, data))


@post(
    "/api/v1/consignments/{consignment_id:uuid}/return",
    status_code=201,
    tags=["orders"],
    summary="Take back what a carrier could not deliver",
)
async def take_back_consignment(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    consignment_id: FromPath[UUID],
    data: JSONBody[ComeBack],
) -> ConsignmentView:
    return await once(ConsignmentView, lambda: service.bring_back(tx, principal, consignment_id, data))


ROUTES = [
    place_order,
    list_orders,
    see_order,
    submit_order,
    reserve_resource,
    cancel_order,
    decide_cancellation,
    amend_order,
    see_feasibility,
    see_feasibility_of_draft,
    list_goods_to_fulfil,
    ship_goods,
    hand_out_goods,
    take_delivery_notice,
    take_back_consignment,
]
