"""HTTP of physical stock."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.inventory import service
from backend.inventory.models import LocationKind
from backend.inventory.schemas import (
    LocationView,
    ReceiveStock,
    SerialUnitHistory,
    SerialUnitView,
    StockView,
    TransferStock,
)
from backend.kernel.db import Transaction
from backend.kernel.paging import MAX_PAGE_SIZE, Page
from backend.kernel.repeats import Once

PageSize = Annotated[int, QueryParameter(ge=1, le=MAX_PAGE_SIZE)]


@get("/api/v1/stock", tags=["inventory"], summary="Balances by location and model")
async def list_stock(
    tx: NamedDependency[Transaction],
    kind: FromQuery[LocationKind | None] = None,
    location_id: FromQuery[UUID | None] = None,
    model: FromQuery[str | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[StockView]:
    return await service.stock_page(
        tx, kind=kind, location_id=location_id, model=model, page_size=page_size, cursor=cursor
    )


@get("/api/v1/stock-locations", tags=["inventory"], summary="Depots, vans and places of returns")
async def list_locations(
    tx: NamedDependency[Transaction],
    kind: FromQuery[LocationKind | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[LocationView]:
    return await service.location_page(tx, kind=kind, page_size=page_size, cursor=cursor)


@get("/api/v1/serial-units/{serial:str}", tags=["inventory"], summary="One unit, where it is, and its life")
async def see_serial_unit(tx: NamedDependency[Transaction], serial: FromPath[str]) -> SerialUnitHistory:
    return await service.history(tx, serial)


@post("/api/v1/stock-transfers", status_code=201, tags=["inventory"], summary="Carry units to another location")
async def transfer_stock(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[TransferStock]
) -> list[SerialUnitView]:
    return await once(
        list[SerialUnitView],
        lambda: service.transfer(tx, data.serials, data.from_location_id, data.to_location_id),
    )


@post("/api/v1/stock-receipts", status_code=201, tags=["inventory"], summary="Take delivered units into stock")
async def receive_stock(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[ReceiveStock]
) -> list[SerialUnitView]:
    return await once(list[SerialUnitView], lambda: service.receive(tx, data.model, data.serials, data.location_id))


ROUTES = [list_stock, list_locations, see_serial_unit, transfer_stock, receive_stock]
