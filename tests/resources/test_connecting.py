"""An access port is a leg of what the premises are really connected to; without a free one there is a clear no."""

import asyncio
from uuid import UUID

import pytest

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.customers.schemas import PremisesView
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import POOL_SIZE, Database, Transaction
from backend.orders.errors import CannotBeHad
from backend.orders.service import feasibility
from backend.resources import service
from backend.resources.routes import ROUTES
from backend.resources.schemas import ConnectPremises, NoFreeLeg
from tests.factories.callers import calling
from tests.factories.customers import make_premises
from tests.factories.orders import make_order, make_shop
from tests.factories.resources import make_splitter

pytestmark = pytest.mark.anyio

DESK = Principal(actor=SYSTEM, role=Role.PROVISIONING)
FIRST, SECOND = (UUID(f"01978f6a-0000-7000-8000-00000000d00{n}") for n in (1, 2))


async def make_connected(tx: Transaction, code: str) -> PremisesView:
    home = await make_premises(tx)
    await service.connect(tx, home.id, ConnectPremises(distribution_point=code))
    return home


async def reserve_port(tx: Transaction, home: PremisesView, order_item_id: UUID) -> str:
    [port] = await service.reserve(
        tx,
        pool_kind=PoolKind.PORT,
        quantity=1,
        order_item_id=order_item_id,
        territory_id=None,
        expires_at=None,
        premises_id=home.id,
    )
    return port.value


async def test_a_port_is_a_leg_of_the_splitter_and_none_of_another(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_splitter(tx, "SP-1", port=1, legs=8)
        await make_splitter(tx, "SP-12", port=12, legs=1)
        home = await make_connected(tx, "SP-12")

        port = await reserve_port(tx, home, FIRST)
        with pytest.raises(NoFreeLeg) as refused:
            await reserve_port(tx, home, SECOND)

    assert port == "olt9/1/12/1"
    assert refused.value.params == {
        "pool_kind": PoolKind.PORT,
        "wanted": 1,
        "available": 0,
        "distribution_point": "SP-12",
        "group": "olt9/1/12",
    }


async def test_of_a_hundred_homes_one_gets_the_last_leg_of_their_splitter(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_splitter(tx, "SP-6", port=6, legs=1)
        homes = [await make_connected(tx, "SP-6") for _ in range(100)]
    at_once = asyncio.Semaphore(POOL_SIZE)  # who waits for a connection for too long would be refused for that

    async def ask(number: int) -> str | NoFreeLeg:
        async with at_once:
            try:
                async with database.transaction(SYSTEM, "test") as tx:
                    return await reserve_port(tx, homes[number], UUID(int=number))
            except NoFreeLeg as refused:
                return refused

    answers = await asyncio.gather(*map(ask, range(100)))

    lost = [one for one in answers if isinstance(one, NoFreeLeg)]
    assert [one for one in answers if not isinstance(one, NoFreeLeg)] == ["olt9/1/6/1"]
    assert {(one.params["distribution_point"], one.params["available"]) for one in lost} == {("SP-6", 0)}
    async with database.snapshot(SYSTEM, "test") as tx:
        [left] = await service.pools(tx)
    assert (left.size, left.reserved) == (1, 1)


async def test_an_order_for_premises_without_a_free_leg_is_refused_with_the_splitter_named(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_splitter(tx, "SP-2", port=2, legs=1)
        home = await make_connected(tx, "SP-2")
        await reserve_port(tx, home, FIRST)

        asked = await feasibility(tx, "FIBRE-500", 1, premises_id=home.id)
        with pytest.raises(CannotBeHad) as refused:
            await make_order(tx, premises_id=home.id, account_id=home.account_id)

    assert [(one.what, one.available) for one in asked.needs if not one.is_met and one.kind == "resource"] == [
        ("port", 0)
    ]
    [missing] = refused.value.params["missing"]
    assert (missing["what"], missing["available"], missing["at"]) == ("port", 0, "SP-2")


async def test_the_trace_names_every_element_from_the_premises_to_the_port(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_splitter(tx, "SP-3", port=3, legs=4)
        home = await make_connected(tx, "SP-3")
        await reserve_port(tx, home, FIRST)
        await service.design_service(
            tx, kind=ServiceKind.ACCESS, account_id=home.account_id, premises_id=home.id, order_item_id=FIRST
        )

        [traced] = await service.trace(tx, home.id)

    [port] = traced.resources
    assert [(one.kind, one.name) for one in port.path] == [
        ("drop", "SP-3"),
        ("splitter", "SP-3"),
        ("leg", "olt9/1/3/1"),
        ("port", "olt9/1/3"),
        ("card", "olt9/1"),
        ("node", "olt9"),
    ]


async def test_the_desk_writes_down_what_premises_are_connected_to(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_splitter(tx, "SP-4", port=4, legs=3)
        home = await make_premises(tx)
    path = f"/api/v1/premises/{home.id}/drop"

    async with calling(database, ROUTES, DESK) as http:
        unknown = await http.get(path)
        nowhere = await http.put(path, json={"distribution_point": "SP-5"})
        there = await http.put(path, json={"distribution_point": "SP-4"})
        body = {"code": "SP-4", "kind": "tap", "node": "olt9", "card": 1, "port": 4}
        twice = await http.post("/api/v1/distribution-points", json=body)

    assert unknown.json() is None
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "unknown_distribution_point")
    point = there.json()["distribution_point"]
    assert (point["code"], point["legs"], point["free"]) == ("SP-4", 3, 3)
    assert (twice.status_code, twice.json()["code"]) == (409, "distribution_point_known")
