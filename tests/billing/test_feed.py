"""Billing fetches its triggers from where it has got to: each once, in order, none left behind a cursor."""

from datetime import timedelta
from typing import Any

import pytest

from backend.billing import delivery, service
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

ANALYST = Principal(actor=SYSTEM, role=Role.BILLING_ANALYST)
BILLING = Principal(actor=Actor(kind="service"), role=Role.BILLING_SYSTEM)


async def read(database: Database, after: int = 0, **params: Any) -> Any:
    async with calling(database, ROUTES, BILLING) as http:
        return (await http.post("/api/v1/billing-feed", json={"after": after} | params)).json()


async def replay(database: Database, **wanted: Any) -> Any:
    async with calling(database, ROUTES, ANALYST) as http:
        return (await http.post("/api/v1/billing-replays", json=wanted)).json()


def bodies(page: Any) -> list[Any]:
    return [item["callback"]["data"] for item in page["items"]]


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


async def test_what_is_told_once_more_by_hand_comes_behind_all_that_was_read(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        internet = await make_started_service(tx, order)
        await make_started_service(tx, order, ServiceKind.VOICE)
        await service.suspend_billing(tx, internet, VISIT + timedelta(days=1))
    first = await read(database)

    replayed = await replay(database, stream_id=str(internet))
    again = await read(database)
    behind = await read(database, first["next_after"])

    told = [(item["position"], item["callback"]["type"]) for item in behind["items"]]
    assert (replayed["triggers"], told) == (2, [(4, "billing.start"), (5, "billing.suspend")])
    assert bodies(behind) == [one for one in bodies(first) if one["service_id"] == str(internet)]
    assert again["items"] == first["items"] + behind["items"]


async def test_it_comes_once_however_often_it_is_asked_for_before_it_is_read(database: Database):
    await make_trigger(database)
    first = await read(database)

    await replay(database)
    await replay(database)
    once = await read(database, first["next_after"])
    await replay(database)
    twice = await read(database, once["next_after"])

    assert ([len(page["items"]) for page in (once, twice)], twice["next_after"]) == ([1, 1], 3)
    assert bodies(once) == bodies(twice) == bodies(first)


async def test_so_does_one_trigger_that_is_redelivered(database: Database):
    trigger = await make_trigger(database)
    first = await read(database)

    async with calling(database, ROUTES, ANALYST) as http:
        redelivered = await http.post(f"/api/v1/billing-triggers/{trigger.id}/redelivery")
    behind = await read(database, first["next_after"])

    assert redelivered.status_code == 202
    assert bodies(behind) == bodies(first)


async def test_what_nobody_has_read_yet_comes_once(database: Database):
    """It was told by webhook only; who begins to fetch gets it anyway."""
    trigger = await make_trigger(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.begin(tx, [trigger.stream_id])
    replayed = await replay(database)

    page = await read(database)

    assert replayed["triggers"] == 1
    assert [body["trigger_id"] for body in bodies(page)] == [str(trigger.id)]
