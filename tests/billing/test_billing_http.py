"""What billing was told and what was earned, over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from backend.billing.routes import ROUTES
from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders.schemas import OrderView
from tests.factories.billing import make_started_service
from tests.factories.callers import calling
from tests.factories.orders import make_shop, make_submitted_order

pytestmark = pytest.mark.anyio

ANALYST = Principal(actor=SYSTEM, role=Role.BILLING_ANALYST)
TRIGGERS, EARNED = "/api/v1/billing-triggers", "/api/v1/earned-triggers"


@pytest.fixture
async def two_orders(database: Database) -> list[OrderView]:
    """Of the first internet and voice are started, of the second internet."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        first, second = [await make_submitted_order(tx) for _ in range(2)]
        await make_started_service(tx, first)
        await make_started_service(tx, first, ServiceKind.VOICE)
        await make_started_service(tx, second)
    return [first, second]


async def read(database: Database, url: str, **params: Any) -> Any:
    async with calling(database, ROUTES, ANALYST) as http:
        return (await http.get(url, params=params)).json()


async def test_triggers_come_in_pages_in_the_order_in_which_they_were_made(
    database: Database, two_orders: list[OrderView]
):
    first = await read(database, TRIGGERS, page_size=2)
    second = await read(database, TRIGGERS, page_size=2, cursor=first["next_cursor"])

    assert [one["charge_code"] for one in first["items"] + second["items"]] == ["P1", "P2", "P1"]
    assert second["next_cursor"] is None


async def test_triggers_can_be_asked_for_by_order_and_state(database: Database, two_orders: list[OrderView]):
    of_order = await read(database, TRIGGERS, order_id=str(two_orders[1].id))
    pending = await read(database, TRIGGERS, state="pending")
    applied = await read(database, TRIGGERS, state="applied")

    assert [one["order_number"] for one in of_order["items"]] == [two_orders[1].number]
    assert (len(pending["items"]), len(applied["items"])) == (3, 0)


async def test_what_was_earned_is_shown_with_its_proof(database: Database, two_orders: list[OrderView]):
    earned = await read(database, EARNED, order_id=str(two_orders[1].id))

    [one] = earned["items"]
    assert (one["obligation"], one["state"], one["evidence"]["order_id"]) == (
        "service",
        "earned",
        str(two_orders[1].id),
    )


@pytest.mark.parametrize("params", [{"state": "unheard"}, {"page_size": 0}, {"page_size": 201}, {"order_id": "x"}])
async def test_filters_that_mean_nothing_are_refused(database: Database, params: dict[str, Any]):
    async with calling(database, ROUTES, ANALYST) as http:
        assert (await http.get(TRIGGERS, params=params)).status_code == 400


async def test_only_known_triggers_are_told_again(database: Database, two_orders: list[OrderView]):
    known = (await read(database, TRIGGERS))["items"][0]["id"]
    async with calling(database, ROUTES, ANALYST) as http:
        again = await http.post(f"{TRIGGERS}/{known}/redelivery")
        unknown = await http.post(f"{TRIGGERS}/{uuid4()}/redelivery")

    assert (again.status_code, again.json()["state"]) == (202, "pending")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_billing_trigger")
