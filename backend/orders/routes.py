"""HTTP of orders: place, look, submit, cancel."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.paging import MAX_PAGE_SIZE, Page
from backend.kernel.repeats import Once
from backend.orders import service
from backend.orders.schemas import OrderSummary, OrderView, PlaceOrder

PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]


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


@post("/api/v1/orders/{order_id:uuid}/cancellation", status_code=201, tags=["orders"], summary="Cancel an order")
async def cancel_order(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    principal: NamedDependency[Principal],
    order_id: FromPath[UUID],
) -> OrderView:
    return await once(OrderView, lambda: service.cancel(tx, principal, order_id))


ROUTES = [place_order, list_orders, see_order, submit_order, cancel_order]
