"""A customer asks to be notified in the browser: after the second proof alone, and in one browser at a time."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random

import httpx
import pytest

from backend.identity.principal import Principal
from backend.kernel.db import Database
from backend.notifications.keys import PushKeys
from backend.settings import Settings
from backend.tracking.routes import ROUTES
from tests.factories.callers import calling
from tests.factories.push_service import PushService
from tests.factories.tracking import Agreed, make_agreed, proved

pytestmark = pytest.mark.anyio

PAGE = "/api/v1/tracking"
MINE = f"{PAGE}/push-subscription"
THERE = PushService().subscription | {"endpoint": "https://push.example.test/wpush/1"}


@pytest.fixture
async def agreed(database: Database) -> Agreed:
    return await make_agreed(database)


@asynccontextmanager
async def page(database: Database, customer: Principal, *, has_key: bool = True) -> AsyncGenerator[httpx.AsyncClient]:
    keys = PushKeys(database, "nobody guesses this", random_bytes=Random(1).randbytes) if has_key else None
    async with calling(database, ROUTES, customer, settings=Settings(), push_keys=keys) as http:
        yield http


async def test_the_browser_that_asked_last_is_told_until_it_wants_no_more(database: Database, agreed: Agreed) -> None:
    async with page(database, proved(agreed.customer)) as http:
        first = await http.put(MINE, json=THERE)
        second = await http.put(MINE, json=THERE | {"endpoint": "https://push.example.test/wpush/2"})
        seen = (await http.get(PAGE)).json()["details"]["notified_browser"]
        ended = await http.delete(MINE)

    assert first.json()["details"]["notified_browser"] == THERE["endpoint"]
    assert seen == second.json()["details"]["notified_browser"] == "https://push.example.test/wpush/2"
    assert (ended.status_code, ended.json()["details"]["notified_browser"]) == (200, None)


async def test_the_link_alone_turns_no_notifications_on_or_off(database: Database, agreed: Agreed) -> None:
    async with page(database, proved(agreed.customer)) as http:
        await http.put(MINE, json=THERE)
    async with page(database, agreed.customer) as http:
        stolen = [await http.put(MINE, json=THERE | {"endpoint": "https://evil.test/1"}), await http.delete(MINE)]
    async with page(database, proved(agreed.customer)) as http:
        seen = (await http.get(PAGE)).json()["details"]["notified_browser"]

    assert [(answer.status_code, answer.json()["code"]) for answer in stolen] == [(403, "proof_needed")] * 2
    assert seen == THERE["endpoint"]


@pytest.mark.parametrize(("field", "value"), [("endpoint", "http://push.example.test/1"), ("p256dh", "AAAA")])
async def test_what_no_browser_gives_is_refused(database: Database, agreed: Agreed, field: str, value: str) -> None:
    async with page(database, proved(agreed.customer)) as http:
        answer = await http.put(MINE, json=THERE | {field: value})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_push_subscription")
    assert answer.json()["params"] == {"field": field}


async def test_where_nobody_is_notified_the_page_is_told_so(database: Database, agreed: Agreed) -> None:
    async with page(database, proved(agreed.customer), has_key=False) as http:
        answer = await http.put(MINE, json=THERE)

    assert (answer.status_code, answer.json()["code"]) == (404, "no_push")
