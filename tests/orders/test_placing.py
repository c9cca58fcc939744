"""Placing an order reserves everything that it needs, or leaves everything as it was."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from backend.customers import service as customers
from backend.identity.principal import Principal, Role
from backend.inventory.lifecycle import SerialState
from backend.inventory.models import SerialUnit
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tables import Table
from backend.orders import service
from backend.orders.errors import CannotBeHad, NobodyComes, PremisesOfAnotherAccount, UnknownOrder
from backend.orders.lifecycle import FulfilmentMethod, OrderState
from backend.orders.schemas import OrderedOffering, PlaceOrder
from backend.workforce.rosters import put_territory
from backend.workforce.service import OutsideEveryTerritory
from tests.factories.catalogue import BUNDLE, GATEWAY, MESH, ONT
from tests.factories.customers import make_account, make_premises
from tests.factories.orders import AGENT, make_order, make_shop
from tests.factories.workforce import NORTH, make_territory
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio


async def row_counts(database: Database) -> dict[str, int]:
    """How many rows each table has."""
    async with database.snapshot(SYSTEM, "test") as tx:
        return {
            name: (await tx.session.scalars(select(func.count()).select_from(table))).one()
            for name, table in Table.metadata.tables.items()
        }


def everything(premises_id: UUID, account_id: UUID, *items: tuple[str, int]) -> PlaceOrder:
    wanted = [OrderedOffering(offering_code=code, quantity=quantity) for code, quantity in items or ((BUNDLE, 1),)]
    return PlaceOrder(account_id=account_id, premises_id=premises_id, items=wanted)


async def test_a_placed_order_shows_the_serials_and_the_resources_that_wait_for_it(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)

        order = await make_order(tx)

    assert order.number == "O-100001"
    assert order.state is OrderState.ACKNOWLEDGED
    assert [(one.model, one.serial) for one in order.reservations] == [
        (GATEWAY.code, "LWGW00000001"),
        (MESH.code, "LWMS00000001"),
        (MESH.code, "LWMS00000002"),
        (ONT.code, "LWON00000001"),
    ]
    assert {(one.kind, one.value) for one in order.resources} == {
        ("port", "olt-1/1/1"),
        ("vlan", "1"),
        ("ipv4", "192.0.2.1"),
        ("number", "+358942450001"),
    }


async def test_everything_waits_for_thirty_minutes(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)

        order = await make_order(tx)

    assert order.expires_at == MONDAY + timedelta(minutes=30)
    assert {one.expires_at for one in [*order.reservations, *order.resources]} == {order.expires_at}


async def test_the_items_of_a_bundle_say_what_they_take(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)

        order = await make_order(tx)

    assert [(item.offering_code, item.quantity, item.work, item.goods) for item in order.items] == [
        ("FIBRE-500", 1, "INSTALL-FTTP", {ONT.code: 1, GATEWAY.code: 1}),
        ("PHONE", 1, None, {}),
        ("MESH", 2, None, {MESH.code: 2}),
    ]
    assert {item.bundle_code for item in order.items} == {BUNDLE}


async def test_numbers_follow_one_another_and_a_refused_order_takes_none(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=4)
        first = await make_order(tx, ("PHONE", 1))
        with pytest.raises(CannotBeHad):
            await make_order(tx, ("PHONE", 90))

        second = await make_order(tx, ("PHONE", 1))

    assert (first.number, second.number) == ("O-100001", "O-100002")


async def test_what_cannot_be_had_is_listed_completely(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=3)

        with pytest.raises(CannotBeHad) as refusal:
            await make_order(tx, ("MESH", 4), ("PHONE", 5), ("FIBRE-500", 1))

    assert refusal.value.params["missing"] == [
        {"offering_code": "MESH", "kind": "goods", "what": MESH.code, "wanted": 4, "available": 3},
        {"offering_code": "PHONE", "kind": "resource", "what": "number", "wanted": 5, "available": 3},
    ]


async def test_when_one_thing_is_missing_no_row_of_any_table_changes(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=1)  # one mesh unit, and the bundle needs two
        place = await make_premises(tx)
    before = await row_counts(database)

    with pytest.raises(CannotBeHad):
        async with database.transaction(SYSTEM, "test") as tx:
            await service.place(tx, AGENT, everything(place.id, place.account_id))

    assert await row_counts(database) == before


async def test_a_refusal_that_is_caught_leaves_nothing_behind_in_its_transaction(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=1)
        place = await make_premises(tx)
    before = await row_counts(database)

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(CannotBeHad):
            await service.place(tx, AGENT, everything(place.id, place.account_id))

    assert await row_counts(database) == before
    async with database.snapshot(SYSTEM, "test") as tx:
        states = Counter(await tx.session.scalars(select(SerialUnit.state)))
    assert states == {SerialState.AVAILABLE: 3}


async def test_of_two_who_want_the_last_unit_one_gets_it(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=1)
        place = await make_premises(tx)

    async def try_to_order() -> bool:
        try:
            async with database.transaction(SYSTEM, "test") as tx:
                await service.place(tx, AGENT, everything(place.id, place.account_id, ("MESH", 1)))
        except CannotBeHad:
            return False
        return True

    outcomes = await asyncio.gather(*(try_to_order() for _ in range(4)))

    assert Counter(outcomes) == {True: 1, False: 3}


async def test_premises_without_a_territory_get_the_nearest(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        here = await make_territory(tx, code="HEL-C", latitude=60.1741, longitude=24.9560)

        order = await make_order(tx)

        assert order.territory_id == here.id
        assert (await customers.premises(tx, order.premises_id)).territory_id == here.id


async def test_nothing_is_sold_outside_of_every_territory_that_is_drawn(database: Database):
    far_away = [(25.5, 60.1), (25.6, 60.1), (25.6, 60.2)]
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await put_territory(tx, msgspec.structs.replace(NORTH, area=far_away))

        with pytest.raises(OutsideEveryTerritory):
            await make_order(tx)


async def test_an_order_is_for_premises_of_its_own_account(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        theirs, mine = await make_premises(tx), await make_account(tx)

        with pytest.raises(PremisesOfAnotherAccount):
            await make_order(tx, premises_id=theirs.id, account_id=mine.id)


async def test_a_dispatcher_sees_the_orders_of_the_own_territories_only(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        other = await make_territory(tx, code="ESP", latitude=60.20, longitude=24.65)
        mine = await make_order(tx, ("PHONE", 1))
        place = await make_premises(tx, territory_id=other.id)
        theirs = await make_order(tx, ("PHONE", 1), premises_id=place.id, account_id=place.account_id)
        dispatcher = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({mine.territory_id}))

        page = await service.see_orders(tx, dispatcher, page_size=50, cursor=None)

        assert [order.id for order in page.items] == [mine.id]
        with pytest.raises(UnknownOrder):
            await service.see_order(tx, dispatcher, theirs.id)


async def test_orders_come_in_pages_and_by_account(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        made = [await make_order(tx, ("PHONE", 1)) for _ in range(3)]

        first = await service.see_orders(tx, AGENT, page_size=2, cursor=None)
        rest = await service.see_orders(tx, AGENT, page_size=2, cursor=first.next_cursor)
        own = await service.see_orders(tx, AGENT, account_id=made[1].account_id, page_size=2, cursor=None)

    assert [order.id for order in [*first.items, *rest.items]] == [order.id for order in made]
    assert rest.next_cursor is None
    assert [order.id for order in own.items] == [made[1].id]


async def test_goods_are_shipped_when_nobody_comes_who_could_bring_them(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        alone = await make_order(tx, ("MESH", 1))
        brought = await make_order(tx, ("FIBRE-500", 1), ("MESH", 1))

    assert [item.fulfilment for item in alone.items] == [FulfilmentMethod.SHIPMENT]
    assert {item.fulfilment for item in brought.items} == {FulfilmentMethod.TECHNICIAN}


async def test_goods_cannot_come_with_a_technician_when_none_comes(database: Database):
    by_hand = OrderedOffering(offering_code="MESH", fulfilment=FulfilmentMethod.TECHNICIAN)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        place = await make_premises(tx)

        with pytest.raises(NobodyComes):
            await service.place(
                tx, AGENT, PlaceOrder(account_id=place.account_id, premises_id=place.id, items=[by_hand])
            )
