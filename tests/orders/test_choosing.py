"""A resource chosen by hand is one that the premises of the item's order can use; the last one goes to one."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from backend.catalogue.schemas import PoolKind
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders import service as orders
from backend.orders.models import OrderItem
from backend.orders.routes import ROUTES
from backend.orders.schemas import OrderView
from backend.resources import service as resources
from backend.resources.schemas import ConnectPremises
from tests.factories.callers import calling
from tests.factories.customers import make_premises
from tests.factories.orders import AGENT, make_order, make_shop
from tests.factories.resources import make_pool, make_splitter
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

DESK = Principal(actor=SYSTEM, role=Role.PROVISIONING)
PATH = "/api/v1/resource-reservations"


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, DESK) as client:
        yield client


async def make_order_at(tx: Transaction, splitter: str) -> OrderView:
    """An access at premises whose drop ends at this splitter."""
    home = await make_premises(tx)
    await resources.connect(tx, home.id, ConnectPremises(distribution_point=splitter))
    return await make_order(tx, ("FIBRE-500", 1), premises_id=home.id, account_id=home.account_id)


async def make_items(tx: Transaction, quantity: int) -> list[UUID]:
    """So many items of one order."""
    [first] = (await make_order(tx, ("MESH", 1))).items
    row = await tx.session.get_one(OrderItem, first.id)
    same = ("order_id", "offering_code", "quantity", "fulfilment", "point_of_no_return", "state")
    values = {name: getattr(row, name) for name in same}
    more = [OrderItem(id=tx.new_id(), goods={}, bundle_code=None, work=None, **values) for _ in range(quantity)]
    tx.add(*more)
    return [item.id for item in more]


def port(order: OrderView, value: str | None = None) -> dict[str, str | None]:
    return {"kind": "port", "order_item_id": str(order.items[0].id), "value": value}


async def ports_of(database: Database, order: OrderView) -> list[str]:
    async with database.snapshot(SYSTEM, "test") as tx:
        held = await resources.reserved(tx, [order.items[0].id])
    return [one.value for one in held[order.items[0].id] if one.pool_kind is PoolKind.PORT]


async def test_a_port_by_value_is_a_leg_of_the_splitter_of_the_drop(database: Database, desk: httpx.AsyncClient):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_splitter(tx, "SP-1", port=1, legs=4)
        await make_splitter(tx, "SP-11", port=11, legs=4)
        order = await make_order_at(tx, "SP-1")

    foreign = await desk.post(PATH, json=port(order, "olt9/1/11/2"))
    nowhere = await desk.post(PATH, json=port(order, "olt9/1/12/1"))
    own = await desk.post(PATH, json=port(order, "olt9/1/1/3"))
    taken = await desk.post(PATH, json=port(order, "olt9/1/1/3"))

    assert (foreign.status_code, foreign.json()["code"]) == (409, "not_a_leg")
    assert foreign.json()["params"] == {"value": "olt9/1/11/2", "distribution_point": "SP-1", "group": "olt9/1/1"}
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_resource")
    assert (own.status_code, own.json()["value"]) == (201, "olt9/1/1/3")
    assert (taken.status_code, taken.json()["code"]) == (409, "resource_taken")
    assert await ports_of(database, order) == ["olt9/1/1/3"]


async def test_a_port_that_is_not_named_is_a_leg_of_it_too(database: Database, desk: httpx.AsyncClient):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_splitter(tx, "SP-1", port=1, legs=2)
        order = await make_order_at(tx, "SP-1")

    another = await desk.post(PATH, json=port(order))

    assert another.json()["value"] == "olt9/1/1/2"


async def test_premises_of_which_no_drop_is_known_take_any_port(database: Database, desk: httpx.AsyncClient):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_splitter(tx, "SP-1", port=1, legs=1)
        order = await make_order(tx, ("FIBRE-500", 1))

    chosen = await desk.post(PATH, json=port(order, "olt9/1/1/1"))

    assert chosen.status_code == 201
    assert await ports_of(database, order) == ["olt9/1/1/1"]


async def test_what_only_the_territory_of_the_order_has_is_there_for_it(database: Database, desk: httpx.AsyncClient):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=1)
        order = await make_order(tx, ("FIBRE-500", 1))  # takes the one tag that there is everywhere
        await make_pool(tx, PoolKind.VLAN, code="LOCAL", values=["3999"], territory_id=order.territory_id)

    chosen = await desk.post(PATH, json={"kind": "vlan", "order_item_id": str(order.items[0].id)})

    assert (chosen.status_code, chosen.json().get("value")) == (201, "3999")


async def test_an_item_that_nobody_knows_or_that_is_over_gets_nothing(
    database: Database, desk: httpx.AsyncClient, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_order(tx, ("FIBRE-500", 1))
        await orders.cancel(tx, AGENT, order.id)

    over = await desk.post(PATH, json={"kind": "number", "order_item_id": str(order.items[0].id)})
    unknown = await desk.post(PATH, json={"kind": "number", "order_item_id": str(order.id)})

    assert {(one.status_code, one.json()["code"]) for one in (over, unknown)} == {(404, "unknown_order_item")}
    assert unknown.json()["params"] == {"item_id": str(order.id)}


@pytest.mark.parametrize("kind", [PoolKind.NUMBER, PoolKind.PORT])
async def test_of_a_hundred_who_ask_for_the_last_one_gets_it_and_the_others_are_told(
    database: Database, desk: httpx.AsyncClient, kind: PoolKind
):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=1)
        items = await make_items(tx, 100)

    async def ask(item_id: UUID) -> httpx.Response:
        wanted = {"kind": kind, "order_item_id": str(item_id)}
        while (answer := await desk.post(PATH, json=wanted)).status_code == 503:
            pass  # a hundred at once is more than the connections that there are: come again
        return answer

    answers = await asyncio.gather(*map(ask, items))

    won = [answer.json()["value"] for answer in answers if answer.status_code == 201]
    lost = [answer.json() for answer in answers if answer.status_code != 201]
    assert len(won) == 1
    assert {(one["status"], one["code"], one["params"]["available"]) for one in lost} == {(409, "pool_exhausted", 0)}
    async with database.snapshot(SYSTEM, "test") as tx:
        [left] = [pool for pool in await resources.pools(tx) if pool.kind is kind]
    assert (left.size, left.reserved) == (1, 1)
