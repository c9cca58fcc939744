"""A phone's browser asks for our key, and says where it is reached."""

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import select

from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.notifications.models import PushSubscription
from tests.factories.identity import Bearer, make_phone, make_user
from tests.factories.push_service import AUTH, PushService, base64url, raw_of

pytestmark = pytest.mark.anyio

KEY, MINE = "/api/v1/push-key", "/api/v1/push-subscription"
THERE = PushService().subscription | {"endpoint": "https://push.example.test/wpush/1"}


@pytest.fixture
async def phone(database: Database) -> Bearer:
    async with database.transaction(SYSTEM, "test") as tx:
        return Bearer((await make_phone(tx, await make_user(tx, Role.TECHNICIAN))).tokens.access_token)


async def endpoints(database: Database) -> list[str]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(PushSubscription.endpoint)))


async def test_a_browser_gets_the_key_for_which_it_subscribes(api: httpx.AsyncClient, phone: Bearer) -> None:
    first = (await api.get(KEY, auth=phone)).json()
    second = (await api.get(KEY, auth=phone)).json()

    assert raw_of(first["public_key"])[:1] == b"\x04"
    assert second == first


async def test_a_phone_has_one_address_the_last_one(api: httpx.AsyncClient, phone: Bearer, database: Database) -> None:
    await api.put(MINE, json=THERE, auth=phone)
    answer = await api.put(MINE, json=THERE | {"endpoint": "https://push.example.test/wpush/2"}, auth=phone)

    assert answer.status_code == 204
    assert await endpoints(database) == ["https://push.example.test/wpush/2"]


async def test_a_phone_may_want_to_hear_no_more(api: httpx.AsyncClient, phone: Bearer, database: Database) -> None:
    await api.put(MINE, json=THERE, auth=phone)

    assert (await api.delete(MINE, auth=phone)).status_code == 204
    assert await endpoints(database) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "http://push.example.test/wpush/1"),
        ("endpoint", "ftp://push.example.test/wpush/1"),
        ("endpoint", "https:///wpush/1"),
        ("endpoint", "https://[half/wpush/1"),
        ("endpoint", "https://push.example.test/wpüsh"),
        ("p256dh", "AAAA"),
        ("p256dh", base64url(bytes(65))),
        ("auth", base64url(AUTH[:-1])),
        ("auth", "*" * 22),
        ("auth", "ä" * 22),
    ],
)
async def test_what_no_browser_gives_is_refused(
    api: httpx.AsyncClient, phone: Bearer, database: Database, field: str, value: str
) -> None:
    answer = await api.put(MINE, json=THERE | {field: value}, auth=phone)

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_push_subscription")
    assert answer.json()["params"] == {"field": field}
    assert await endpoints(database) == []


async def test_where_nobody_is_notified_a_browser_is_told_so(
    api: httpx.AsyncClient, app: Litestar, phone: Bearer
) -> None:
    app.state.push_keys = None

    answers = [await api.get(KEY, auth=phone), await api.put(MINE, json=THERE, auth=phone)]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "no_push")] * 2
