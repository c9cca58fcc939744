"""Goods without serials that are sent: kept in the depot like units, used up by the parcel, held back by a flag."""

from datetime import timedelta

import msgspec
import pytest

from backend.catalogue.schemas import CpeModel, GoodsNeed, OfferingSpecification
from backend.catalogue.service import add_cpe_model
from backend.inventory import service as inventory
from backend.inventory.schemas import LocationView, NeedsRelease
from backend.inventory.warehouse_schemas import ReleaseExport
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders import service
from backend.orders.errors import CannotBeHad
from backend.orders.lifecycle import FulfilmentMethod
from backend.orders.schemas import OrderedOffering, OrderView, PlaceOrder, Ship
from tests.factories.catalogue import make_offering
from tests.factories.customers import make_premises
from tests.factories.orders import AGENT, make_shop

pytestmark = pytest.mark.anyio

CABLE = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)


async def make_cables(tx: Transaction, quantity: int, **changes: bool) -> LocationView:
    """A depot with so many cables, which are on sale."""
    shop = await make_shop(tx)
    await add_cpe_model(tx, msgspec.structs.replace(CABLE, **changes))
    await inventory.receive_parts(tx, CABLE.code, quantity, shop.id)
    await make_offering(tx, code="CABLE", specification=OfferingSpecification(goods=[GoodsNeed(model=CABLE.code)]))
    return shop


async def buy(tx: Transaction, quantity: int, *others: str) -> OrderView:
    """Cables that are sent, or, when something else is bought for which a technician comes, brought along."""
    place = await make_premises(tx)
    way = FulfilmentMethod.TECHNICIAN if others else FulfilmentMethod.SHIPMENT
    items = [OrderedOffering(offering_code="CABLE", quantity=quantity, fulfilment=way)]
    items += [OrderedOffering(offering_code=code, fulfilment=way) for code in others]
    return await service.place(tx, AGENT, PlaceOrder(account_id=place.account_id, premises_id=place.id, items=items))


def parcel(shop: LocationView, quantity: int) -> Ship:
    return Ship(from_location_id=shop.id, counted={CABLE.code: quantity}, carrier="Posti", tracking_reference="JJFI1")


async def test_parts_that_are_sent_are_kept_for_their_order_and_used_up_by_the_parcel(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        shop = await make_cables(tx, 5)
        order = await buy(tx, 4)
        brought = await buy(tx, 4, "FIBRE-500")
        with pytest.raises(CannotBeHad):
            await buy(tx, 2)
        await service.submit(tx, AGENT, order.id)

        await service.ship(tx, AGENT, order.id, parcel(shop, 4))

        assert [(kept.model, kept.quantity, kept.serial) for kept in order.reservations] == [(CABLE.code, 4, None)]
        assert CABLE.code not in {kept.model for kept in brought.reservations}
        assert await inventory.reserved(tx, order.id) == []
        assert await inventory.free_quantities(tx, [CABLE.code]) == {CABLE.code: 1}


async def test_a_controlled_model_is_not_sent_before_somebody_released_it(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        shop = await make_cables(tx, 5, is_export_controlled=True)
        order = await buy(tx, 1)
        await service.submit(tx, AGENT, order.id)
        with pytest.raises(NeedsRelease) as refused:
            async with tx.savepoint():
                await service.ship(tx, AGENT, order.id, parcel(shop, 1))
        until = tx.now + timedelta(days=1)
        await inventory.release_export(tx, ReleaseExport(model=CABLE.code, reason="licence 17", valid_until=until))

        await service.ship(tx, AGENT, order.id, parcel(shop, 1))

    assert refused.value.params["models"] == [CABLE.code]
