"""A hundred callers at once for the last unit: one has it, everybody else is told so, on both databases."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from backend.catalogue.schemas import CpeModel
from backend.catalogue.service import add_cpe_model
from backend.identity.principal import Principal, Role
from backend.inventory import service
from backend.inventory.models import StockMove, StockReservation
from backend.inventory.routes import ROUTES
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders.routes import ROUTES as ORDER_ROUTES
from tests.factories.callers import calling
from tests.factories.catalogue import make_catalogue
from tests.factories.customers import make_premises
from tests.factories.inventory import make_depot, make_units
from tests.factories.orders import AGENT, make_shop

pytestmark = pytest.mark.anyio

CALLERS = 100
KEEPER = Principal(actor=SYSTEM, role=Role.WAREHOUSE)


async def all_at_once(http: httpx.AsyncClient, path: str, bodies: Sequence[Any]) -> list[httpx.Response]:
    """Post them together. Who is told that the server is busy, as on a slow machine, asks again, as clients do."""

    async def ask(body: Any) -> httpx.Response:
        answer = await http.post(path, json=body)
        while answer.status_code == 503:
            answer = await http.post(path, json=body)
        return answer

    return await asyncio.gather(*(ask(body) for body in bodies))


def tally(answers: list[httpx.Response]) -> Counter[tuple[int, str | None]]:
    """How often each (status, code) was answered."""
    return Counter((answer.status_code, None if answer.is_success else answer.json()["code"]) for answer in answers)


async def test_the_last_unit_is_ordered_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=1)
        place = await make_premises(tx)
    order = {"account_id": str(place.account_id), "premises_id": str(place.id), "items": [{"offering_code": "MESH"}]}

    async with calling(database, ORDER_ROUTES, AGENT) as http:
        answers = await all_at_once(http, "/api/v1/orders", [order] * CALLERS)

    assert tally(answers) == {(201, None): 1, (409, "cannot_be_had"): CALLERS - 1}
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await tx.session.scalar(select(func.count()).select_from(StockReservation)) == 1


async def test_a_unit_is_carried_to_one_of_a_hundred_places(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        depot = await make_depot(tx)
        [unit] = await make_units(tx, depot.id)
        places = [await make_depot(tx, name=f"Depot {number}") for number in range(CALLERS)]
    wanted = [
        {"serials": [unit.serial], "from_location_id": str(depot.id), "to_location_id": str(place.id)}
        for place in places
    ]

    async with calling(database, ROUTES, KEEPER) as http:
        answers = await all_at_once(http, "/api/v1/stock-transfers", wanted)

    assert tally(answers) == {(201, None): 1, (409, "not_at_location"): CALLERS - 1}
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await tx.session.scalar(select(func.count()).select_from(StockMove)) == 2


async def test_the_last_piece_of_a_counted_part_leaves_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        cable = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)
        await add_cpe_model(tx, cable)
        depot, other = await make_depot(tx), await make_depot(tx, name="Other")
        await service.receive_parts(tx, cable.code, 1, depot.id)
    wanted = {"parts": {cable.code: 1}, "from_location_id": str(depot.id), "to_location_id": str(other.id)}

    async with calling(database, ROUTES, KEEPER) as http:
        answers = await all_at_once(http, "/api/v1/transfer-orders", [wanted] * CALLERS)

    assert tally(answers) == {(201, None): 1, (409, "out_of_stock"): CALLERS - 1}
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await service.free_quantities(tx, [cable.code])) == {cable.code: 0}
