"""Orders over HTTP: placed, submitted, cancelled, and every way to be refused."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.identity.principal import Principal, Role
from backend.inventory import routes as inventory_routes
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders.placing import RESERVED_FOR
from backend.orders.routes import ROUTES
from tests.factories.callers import calling
from tests.factories.catalogue import BUNDLE
from tests.factories.customers import make_premises
from tests.factories.orders import AGENT, make_shop
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

GIVE_UP = {"accept": True, "reason": "The customer moves abroad."}


@pytest.fixture
async def wanted(database: Database) -> dict[str, Any]:
    """The body of an order of the bundle, in a shop with three of everything."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=3)
        place = await make_premises(tx)
    items = [{"offering_code": BUNDLE}]
    return {"account_id": str(place.account_id), "premises_id": str(place.id), "items": items}


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_an_order_is_placed_submitted_and_read(database: Database, wanted: dict[str, Any]):
    async with calling(database, ROUTES, AGENT) as http:
        placed = await http.post("/api/v1/orders", json=wanted)
        url = f"/api/v1/orders/{placed.json()['id']}"
        submitted = await http.post(f"{url}/submission")
        read = await http.get(url)
        listed = await http.get("/api/v1/orders", params={"account_id": wanted["account_id"]})

    assert (placed.status_code, submitted.status_code) == (201, 201)
    assert len(placed.json()["reservations"]) == 4
    assert [line["code"] for line in submitted.json()["charge_lines"]] == ["F1", "P1", "L1", "P2", "F2"]
    assert read.json() == submitted.json()
    assert [order["number"] for order in listed.json()["items"]] == ["O-100001"]


async def test_a_request_that_is_sent_again_reserves_once(database: Database, wanted: dict[str, Any]):
    again = {"Idempotency-Key": "one"}
    async with calling(database, ROUTES, AGENT) as http:
        first = await http.post("/api/v1/orders", json=wanted, headers=again)
        second = await http.post("/api/v1/orders", json=wanted, headers=again)

        assert second.json() == first.json()
        assert len((await http.get("/api/v1/orders")).json()["items"]) == 1


async def test_what_cannot_be_had_is_a_conflict_with_the_list(database: Database, wanted: dict[str, Any]):
    async with calling(database, ROUTES, AGENT) as http:
        answer = await http.post("/api/v1/orders", json=wanted | {"items": [{"offering_code": "MESH", "quantity": 4}]})

        assert told(answer) == (409, "cannot_be_had")
        assert answer.json()["params"]["missing"] == [
            {"offering_code": "MESH", "kind": "goods", "what": "MESH-W6", "wanted": 4, "available": 3}
        ]
        assert (await http.get("/api/v1/orders")).json()["items"] == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"items": []}, (400, "malformed")),
        ({"items": [{"offering_code": BUNDLE, "quantity": 0}]}, (400, "malformed")),
        ({"items": [{"offering_code": BUNDLE, "quantity": "1"}]}, (400, "malformed")),
        ({"coupon": "FREE"}, (400, "malformed")),
        ({"items": [{"offering_code": "NOPE"}]}, (404, "unknown_offering")),
        ({"account_id": str(uuid4())}, (404, "unknown_account")),
        ({"premises_id": str(uuid4())}, (404, "unknown_premises")),
    ],
)
async def test_an_order_that_cannot_be_meant_is_refused(
    database: Database, wanted: dict[str, Any], change: dict[str, Any], expected: tuple[int, str]
):
    async with calling(database, ROUTES, AGENT) as http:
        answer = await http.post("/api/v1/orders", json=wanted | change)

    assert told(answer) == expected


async def test_commands_that_come_at_the_wrong_time_say_so(database: Database, wanted: dict[str, Any]):
    async with calling(database, ROUTES, AGENT) as http:
        url = f"/api/v1/orders/{(await http.post('/api/v1/orders', json=wanted)).json()['id']}"
        await http.post(f"{url}/submission")

        assert told(await http.post(f"{url}/submission")) == (409, "illegal_move")
        assert told(await http.post(f"{url}/cancellation-decision", json=GIVE_UP)) == (409, "illegal_move")
        assert (await http.post(f"{url}/cancellation")).json()["state"] == "cancelled"
        assert told(await http.post(f"{url}/cancellation")) == (409, "illegal_move")
        assert told(await http.post(f"{url}/amendments", json={})) == (409, "illegal_move")


async def test_an_order_whose_time_is_over_is_not_submitted(
    database: Database, wanted: dict[str, Any], clock: FixedClock
):
    async with calling(database, ROUTES, AGENT) as http:
        url = f"/api/v1/orders/{(await http.post('/api/v1/orders', json=wanted)).json()['id']}"
        clock.advance(RESERVED_FOR.total_seconds())

        assert told(await http.post(f"{url}/submission")) == (409, "order_expired")


async def test_a_cancelled_order_makes_room_for_the_next(database: Database, wanted: dict[str, Any]):
    three = wanted | {"items": [{"offering_code": "MESH", "quantity": 3}]}
    async with calling(database, ROUTES, AGENT) as http:
        url = f"/api/v1/orders/{(await http.post('/api/v1/orders', json=three)).json()['id']}"
        assert told(await http.post("/api/v1/orders", json=three)) == (409, "cannot_be_had")

        cancelled = await http.post(f"{url}/cancellation")

        assert (cancelled.status_code, cancelled.json()["state"]) == (201, "cancelled")
        assert (await http.post("/api/v1/orders", json=three)).status_code == 201


async def test_a_dispatcher_of_another_territory_finds_no_such_order(database: Database, wanted: dict[str, Any]):
    async with calling(database, ROUTES, AGENT) as http:
        url = f"/api/v1/orders/{(await http.post('/api/v1/orders', json=wanted)).json()['id']}"
    dispatcher = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({uuid4()}))

    async with calling(database, ROUTES, dispatcher) as http:
        assert told(await http.get(url)) == (404, "unknown_order")
        assert told(await http.post("/api/v1/orders", json=wanted)) == (403, "not_allowed")


async def test_the_warehouse_ships_and_takes_the_delivery_notice(database: Database, wanted: dict[str, Any]):
    keeper = Principal(actor=SYSTEM, role=Role.WAREHOUSE)
    parcels = wanted | {"items": [{"offering_code": "MESH", "fulfilment": "shipment"}]}
    async with calling(database, ROUTES, AGENT) as http:
        order = (await http.post("/api/v1/orders", json=parcels)).json()
        await http.post(f"/api/v1/orders/{order['id']}/submission")
    async with calling(database, [*ROUTES, *inventory_routes.ROUTES], keeper) as http:
        depot = (await http.get("/api/v1/stock-locations", params={"kind": "depot"})).json()["items"][0]
        waiting = (await http.get("/api/v1/goods-to-fulfil", params={"method": "shipment"})).json()["items"]
        label = {"carrier": "Posti", "tracking_reference": "JJFI1"}
        serials = [unit["serial"] for unit in waiting[0]["reserved"]]
        body = {"from_location_id": depot["id"], "serials": serials, **label}
        sent = await http.post(f"/api/v1/orders/{order['id']}/shipments", json=body)
        notice = {"notice": "DN-1", "received_by": "A. Aalto", "occurred_at": MONDAY.isoformat()}
        delivered = await http.post(f"/api/v1/consignments/{sent.json()['id']}/delivery", json=notice)
        again = await http.post(f"/api/v1/consignments/{sent.json()['id']}/delivery", json=notice)

    assert (sent.json()["state"], delivered.json()["state"]) == ("inTransit", "handedOver")
    assert waiting[0]["goods"] == {"MESH-W6": 1}
    assert told(again) == (409, "illegal_move")
