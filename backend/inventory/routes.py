"""HTTP of physical stock."""

from typing import Annotated
from uuid import UUID

from litestar import get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.inventory import service
from backend.inventory.lifecycle import TransferState
from backend.inventory.models import LocationKind
from backend.inventory.schemas import (
    BalanceView,
    LocationView,
    ReceiveParts,
    ReceiveStock,
    SerialUnitHistory,
    SerialUnitView,
    StockView,
    TransferStock,
)
from backend.inventory.warehouse_schemas import (
    AcceptReturn,
    AgreeReplenishment,
    CountStock,
    Custody,
    DisposeOf,
    ExportReleaseView,
    GiveUp,
    ReceiveTransfer,
    ReleaseExport,
    RestrictLocation,
    ReturnReceiptView,
    SerialListView,
    SetStockLevel,
    StockCountView,
    StockLevelView,
    TakeSerialList,
    TransferOrderView,
)
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once


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


@patch("/api/v1/stock-locations/{location_id:uuid}", tags=["inventory"], summary="Flag a destination, or no more")
async def restrict_location(
    tx: NamedDependency[Transaction], location_id: FromPath[UUID], data: JSONBody[RestrictLocation]
) -> LocationView:
    return await service.restrict_location(tx, location_id, is_restricted=data.is_restricted)


@get("/api/v1/serial-units/{serial:str}/custody", tags=["inventory"], summary="Through whose hands a unit went")
async def see_custody(tx: NamedDependency[Transaction], serial: FromPath[str]) -> Custody:
    return await service.custody(tx, serial)


@post(
    "/api/v1/serial-units/{serial:str}/dispositions",
    status_code=201,
    tags=["inventory"],
    summary="Decide what becomes of a unit",
)
async def dispose_of(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    serial: FromPath[str],
    data: JSONBody[DisposeOf],
) -> SerialUnitView:
    return await once(SerialUnitView, lambda: service.dispose_of(tx, serial, data))


@post("/api/v1/stock-returns", status_code=201, tags=["inventory"], summary="Take back what a customer brought")
async def accept_return(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[AcceptReturn]
) -> ReturnReceiptView:
    return await once(ReturnReceiptView, lambda: service.accept_return(tx, data))


@get("/api/v1/return-receipts/{number:str}", tags=["inventory"], summary="What a customer gave back")
async def see_return_receipt(tx: NamedDependency[Transaction], number: FromPath[str]) -> ReturnReceiptView:
    return await service.return_receipt(tx, number)


@post("/api/v1/stock-receipts", status_code=201, tags=["inventory"], summary="Take delivered units into stock")
async def receive_stock(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[ReceiveStock]
) -> list[SerialUnitView]:
    return await once(list[SerialUnitView], lambda: service.receive(tx, data.model, data.serials, data.location_id))


@post("/api/v1/serial-lists", status_code=201, tags=["inventory"], summary="Take in a supplier's list of serials")
async def take_serial_list(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[TakeSerialList]
) -> SerialListView:
    """All rows or none, or with `only_valid` the good ones; with `is_trial` none, and what is at fault is told."""
    return await once(SerialListView, lambda: service.take_list(tx, data))


@post("/api/v1/part-receipts", status_code=201, tags=["inventory"], summary="Take delivered counted parts into stock")
async def receive_parts(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[ReceiveParts]
) -> BalanceView:
    return await once(BalanceView, lambda: service.receive_parts(tx, data.model, data.quantity, data.location_id))


@post("/api/v1/stock-transfers", status_code=201, tags=["inventory"], summary="Carry stock to another location at once")
async def transfer_stock(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[TransferStock]
) -> list[SerialUnitView]:
    """The units that were carried; counted parts are seen in the balances."""

    async def carry() -> list[SerialUnitView]:
        return await service.transfer(
            tx, data.serials, data.from_location_id, data.to_location_id, parts=data.parts, order_id=data.order_id
        )

    return await once(list[SerialUnitView], carry)


@post("/api/v1/transfer-orders", status_code=201, tags=["inventory"], summary="Let stock leave for another location")
async def ship_transfer(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[TransferStock]
) -> TransferOrderView:
    return await once(TransferOrderView, lambda: service.ship_transfer(tx, data))


@post("/api/v1/replenishment", status_code=201, tags=["inventory"], summary="Send the vans what was agreed with")
async def fill_vans(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[AgreeReplenishment]
) -> list[TransferOrderView]:
    """One transfer order for each depot and van, of what `GET` of this route suggested."""
    return await once(list[TransferOrderView], lambda: service.fill_vans(tx, data.moves))


@get("/api/v1/transfer-orders", tags=["inventory"], summary="Transfers in two steps, oldest first")
async def list_transfers(
    tx: NamedDependency[Transaction],
    in_state: Annotated[TransferState | None, QueryParameter(name="state")] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[TransferOrderView]:
    return await service.transfer_page(tx, state=in_state, page_size=page_size, cursor=cursor)


@get("/api/v1/transfer-orders/{transfer_id:uuid}", tags=["inventory"], summary="One transfer, and what differs")
async def see_transfer(tx: NamedDependency[Transaction], transfer_id: FromPath[UUID]) -> TransferOrderView:
    return await service.transfer_order(tx, transfer_id)


@post(
    "/api/v1/transfer-orders/{transfer_id:uuid}/receipts",
    status_code=201,
    tags=["inventory"],
    summary="Take in what arrived",
)
async def receive_transfer(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    transfer_id: FromPath[UUID],
    data: JSONBody[ReceiveTransfer],
) -> TransferOrderView:
    return await once(TransferOrderView, lambda: service.receive_transfer(tx, transfer_id, data))


@post(
    "/api/v1/transfer-orders/{transfer_id:uuid}/closing",
    status_code=201,
    tags=["inventory"],
    summary="Give up what did not arrive",
)
async def close_transfer(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], transfer_id: FromPath[UUID], data: JSONBody[GiveUp]
) -> TransferOrderView:
    return await once(TransferOrderView, lambda: service.close_transfer(tx, transfer_id, data.reason))


@post("/api/v1/stock-counts", status_code=201, tags=["inventory"], summary="Enter a cycle count")
async def count_stock(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[CountStock]
) -> StockCountView:
    return await once(StockCountView, lambda: service.count_stock(tx, data))


@put("/api/v1/stock-levels", tags=["inventory"], summary="Say how much a place should hold")
async def set_level(tx: NamedDependency[Transaction], data: JSONBody[SetStockLevel]) -> StockLevelView:
    return await service.set_level(tx, data)


@get("/api/v1/stock-levels", tags=["inventory"], summary="How much places should hold")
async def list_levels(
    tx: NamedDependency[Transaction], location_id: FromQuery[UUID | None] = None
) -> list[StockLevelView]:
    return await service.levels(tx, location_id)


@get("/api/v1/export-releases", tags=["inventory"], summary="What was released from export control")
async def list_releases(
    tx: NamedDependency[Transaction], page_size: PageSize = 50, cursor: FromQuery[str | None] = None
) -> Page[ExportReleaseView]:
    return await service.release_page(tx, page_size=page_size, cursor=cursor)


@post("/api/v1/export-releases", status_code=201, tags=["inventory"], summary="Release a model or a destination")
async def release_export(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[ReleaseExport]
) -> ExportReleaseView:
    return await once(ExportReleaseView, lambda: service.release_export(tx, data))


@post(
    "/api/v1/export-releases/{release_id:uuid}/revocation",
    status_code=201,
    tags=["inventory"],
    summary="Let a release hold no more",
)
async def revoke_release(tx: NamedDependency[Transaction], release_id: FromPath[UUID]) -> ExportReleaseView:
    return await service.revoke_release(tx, release_id)


ROUTES = [
    list_stock,
    list_locations,
    restrict_location,
    see_serial_unit,
    see_custody,
    dispose_of,
    accept_return,
    see_return_receipt,
    receive_stock,
    take_serial_list,
    receive_parts,
    transfer_stock,
    ship_transfer,
    fill_vans,
    list_transfers,
    see_transfer,
    receive_transfer,
    close_transfer,
    count_stock,
    set_level,
    list_levels,
    list_releases,
    release_export,
    revoke_release,
]
