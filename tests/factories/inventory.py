"""Depots, vans and units on their shelves."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.inventory import service
from backend.inventory.models import LocationKind
from backend.inventory.schemas import LocationView, SerialUnitView, TransferStock
from backend.inventory.service import OutboundGoods
from backend.inventory.warehouse_schemas import AcceptReturn, ReleaseExport
from backend.kernel.db import Transaction
from tests.factories.catalogue import GATEWAY, MESH, ONT
from tests.factories.workforce import make_technician

# The serial of the n-th unit of each model, in the grammar of the model.
SERIALS = {ONT.code: "LWON{:08X}", GATEWAY.code: "LWGW{:08d}", MESH.code: "LWMS{:08d}"}


async def make_depot(tx: Transaction, **changes: Any) -> LocationView:
    values: dict[str, Any] = {"kind": LocationKind.DEPOT, "name": "Depot", "latitude": 60.19, "longitude": 24.94}
    return await service.add_location(tx, **(values | changes))


async def make_van(tx: Transaction, technician_id: UUID | None = None) -> LocationView:
    """The van of this technician, or of a new one."""
    driver = technician_id or (await make_technician(tx)).id
    return await service.add_location(tx, kind=LocationKind.VAN, name="Van", technician_id=driver)


async def make_units(
    tx: Transaction, location_id: UUID, *, model: str = ONT.code, quantity: int = 1, first: int = 1
) -> list[SerialUnitView]:
    """Units with the serials number `first` and following; needs the catalogue (`make_catalogue`)."""
    serials = [SERIALS[model].format(number) for number in range(first, first + quantity)]
    return await service.receive(tx, model, serials, location_id)


async def make_stock(tx: Transaction, *, quantity: int = 10) -> LocationView:
    """A depot with so many units of each model of the small catalogue."""
    depot = await make_depot(tx)
    for model in SERIALS:
        await make_units(tx, depot.id, model=model, quantity=quantity)
    return depot


async def make_stock_papers(tx: Transaction, depot_id: UUID, van_id: UUID, premises_id: UUID) -> dict[str, Any]:
    """By the names of path parameters: a place, a transfer on its way, a return receipt and a release of a model."""
    [carried, returned] = await make_units(tx, depot_id, quantity=2, first=900)
    wanted = TransferStock(from_location_id=depot_id, to_location_id=van_id, serials=[carried.serial])
    bench = await service.add_location(tx, kind=LocationKind.RETURNS, name="Bench")
    order_id, consignment_id = tx.new_id(), tx.new_id()
    goods = OutboundGoods(serials=[returned.serial])
    given = {"from_location_id": depot_id, "premises_id": premises_id, "order_id": order_id}
    await service.hand_out(tx, goods, subject_id=consignment_id, **given)
    receipt = await service.accept_return(tx, AcceptReturn(serial=returned.serial, to_location_id=bench.id))
    until = tx.now + timedelta(days=1)
    release = await service.release_export(tx, ReleaseExport(model=ONT.code, reason="checked", valid_until=until))
    return {
        "location_id": bench.id,
        "transfer_id": (await service.ship_transfer(tx, wanted)).id,
        "number": receipt.number,
        "release_id": release.id,
    }
