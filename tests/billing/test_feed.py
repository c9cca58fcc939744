"""Billing fetches its triggers from where it has got to: each once, in order, none left behind a cursor."""

from datetime import timedelta
from typing import Any

import pytest

from backend.billing import service
from backend.billing.lifecycle import TriggerState
from backend.billing.routes import ROUTES
from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database
from clients.billing.messages import Kind
from tests.factories.billing import VISIT, all_triggers, make_started_service, make_trigger
from tests.factories.callers import calling
from tests.factories.orders import make_shop, make_submitted_order

pytestmark = pytest.mark.anyio

BILLING = Principal(actor=Actor(kind="service"), role=Role.BILLING_SYSTEM)


async def read(database: Database, after: int = 0, **params: Any) -> Any:
    async with calling(database, ROUTES, BILLING) as http:
        return (await http.post("/api/v1/billing-feed", json={"after": after} | params)).json()


async def test_billing_reads_on_from_its_cursor_and_again_the_same(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        internet = await make_started_service(tx, order)
        await make_started_service(tx, order, ServiceKind.VOICE)
        await service.suspend_billing(tx, internet, VISIT + timedelta(days=1))

    first = await read(database, page_size=2)
    again = await read(database, page_size=2)
    second = await read(database, first["next_after"], page_size=2)
    end = await read(database, second["next_after"])

    told = [(item["position"], item["callback"]["type"]) for item in first["items"] + second["items"]]
    assert told == [(1, "billing.start"), (2, "billing.start"), (3, "billing.suspend")]
    assert (first["has_more"], second["has_more"], again) == (True, False, first)
    assert end == {"items": [], "next_after": 3, "has_more": False}


async def test_what_was_read_is_corrected_by_name(database: Database):
    trigger = await make_trigger(database)
    assert trigger.service_id is not None
    first = await read(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.start_billing(tx, trigger.service_id, VISIT - timedelta(hours=1))
    [item] = (await read(database, first["next_after"]))["items"]

    correction = item["callback"]["data"]
    assert (correction["kind"], correction["supersedes"]) == (Kind.CORRECT, str(trigger.id))
    assert [one.state for one in await all_triggers(database)] == [TriggerState.SENT] * 2


async def test_what_was_superseded_before_anybody_read_it_is_not_in_the_feed(database: Database):
    trigger = await make_trigger(database)
    assert trigger.service_id is not None
    async with database.transaction(SYSTEM, "test") as tx:
        await service.start_billing(tx, trigger.service_id, VISIT - timedelta(hours=1))

    [item] = (await read(database))["items"]

    assert (item["callback"]["data"]["kind"], item["callback"]["data"]["sequence"]) == (Kind.START, 1)
