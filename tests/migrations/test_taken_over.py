"""What an operator had before a migration is as if it had been written after it."""

from datetime import timedelta

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import select

from backend.catalogue.schemas import CpeModel
from backend.catalogue.service import add_cpe_model
from backend.inventory import service as inventory
from backend.inventory.schemas import TransferStock
from backend.inventory.warehouse_schemas import CountStock, ReceiveTransfer, SetStockLevel
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.migrations.run import SCRIPTS, sync_engine, upgrade
from backend.offline import service
from backend.orders import service as orders
from backend.orders.models import OrderItem
from backend.orders.schemas import Amend, OrderedOffering
from backend.parts import FEED
from sync.replica import pull_request
from tests.factories.catalogue import GATEWAY, MESH, ONT, make_catalogue
from tests.factories.handset import Handset, make_carrier
from tests.factories.inventory import make_depot, make_units, make_van
from tests.factories.orders import AGENT, make_shop, make_submitted_order
from tests.factories.workforce import make_technician
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

CABLE = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)

BEFORE_GRAMMARS = "0010"
BEFORE_VANS = "0031"
BEFORE_DATES_OF_ITEMS = "0012"


def downgrade(url: str, revision: str) -> None:
    engine = sync_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(SCRIPTS))
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
    engine.dispose()


async def test_models_from_before_come_to_every_phone(database: Database, database_url: str) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        carrier = await make_carrier(tx, await make_technician(tx))
    told = Handset(database, carrier, outbox="told")
    await told.pull()

    downgrade(database_url, BEFORE_GRAMMARS)
    forgotten = Handset(database, carrier, outbox="forgotten")
    await forgotten.pull()
    upgrade(database_url)
    again = Handset(database, carrier, outbox="again")
    await again.pull()

    [document] = again.held("serial_grammars").values()
    assert not forgotten.held("serial_grammars")
    assert [one["model"] for one in document["grammars"]] == [GATEWAY.code, MESH.code, ONT.code]
    assert again.held("serial_grammars") == told.held("serial_grammars")


async def test_vans_from_before_come_to_their_phones(database: Database, database_url: str, clock: FixedClock) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        await add_cpe_model(tx, CABLE)
        technician = await make_technician(tx)
        carrier = await make_carrier(tx, technician)
        depot, van = await make_depot(tx), await make_van(tx, technician.id)
        units = await make_units(tx, depot.id, quantity=3)
        goods = TransferStock(
            from_location_id=depot.id,
            to_location_id=van.id,
            serials=[one.serial for one in units],
            parts={CABLE.code: 9},
        )
        await inventory.receive_parts(tx, CABLE.code, 20, depot.id)
        sent = await inventory.ship_transfer(tx, goods)
        arrived = ReceiveTransfer(serials=[units[1].serial], parts={CABLE.code: 4})
        await inventory.receive_transfer(tx, sent.id, arrived)
        await inventory.set_level(tx, SetStockLevel(location_id=van.id, model=ONT.code, minimum=1, maximum=4))
        clock.advance(3.25)
        await inventory.count_stock(
            tx, CountStock(location_id=van.id, model=CABLE.code, reason="look", quantity=3), counted_at=clock.now()
        )
    told = Handset(database, carrier, outbox="told")
    await told.pull()
    while await FEED.render_ahead(database):
        pass

    downgrade(database_url, BEFORE_VANS)
    upgrade(database_url)
    again = Handset(database, carrier, outbox="again")
    request = pull_request(again.replica, device="phone")
    assert await service.glance(database.reads, carrier, request, database.clock.now()) is not None
    await again.pull()

    (document,) = again.held("van").values()
    assert (document["parts"], len(document["transfers"]), len(document["counted"])) == ({CABLE.code: 3}, 1, 1)
    assert again.held("van") == told.held("van")


async def test_their_documents_are_rendered_by_it(database: Database, database_url: str) -> None:
    """The worker of the code before would find documents of a kind that it does not know."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        carrier = await make_carrier(tx, await make_technician(tx))
    downgrade(database_url, BEFORE_GRAMMARS)

    upgrade(database_url)

    request = pull_request(Handset(database, carrier, outbox="new").replica, device="phone")
    assert await service.glance(database.reads, carrier, request, database.clock.now()) is not None


async def test_what_was_added_to_an_order_has_the_day_on_which_it_was(
    database: Database, database_url: str, clock: FixedClock
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        plain = await make_submitted_order(tx, ("PHONE", 1))
        order = await make_submitted_order(tx, ("PHONE", 1))
    clock.advance(3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await orders.amend(tx, AGENT, order.id, Amend(add=[OrderedOffering(offering_code="PHONE")]))
    downgrade(database_url, BEFORE_DATES_OF_ITEMS)

    upgrade(database_url)

    async with database.snapshot(SYSTEM, "test") as tx:
        found = await tx.session.execute(select(OrderItem.order_id, OrderItem.ordered_at).order_by(OrderItem.id))
        times = [(row.order_id, row.ordered_at) for row in found]
    assert times == [(plain.id, None), (order.id, None), (order.id, MONDAY + timedelta(hours=1))]
