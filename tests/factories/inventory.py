"""Depots, vans and units on their shelves."""

from typing import Any
from uuid import UUID

from backend.inventory import service
from backend.inventory.models import LocationKind
from backend.inventory.schemas import LocationView, SerialUnitView
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
