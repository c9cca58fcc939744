"""Every route has a row that says which roles may call it, and the application keeps to the table."""

import re
from contextlib import nullcontext
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from anyio import CancelScope
from litestar import Litestar, get
from litestar.types import Message, Receive, Scope, Send

from backend.app import create_app
from backend.identity.access import ACCESS, Route
from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.identity import credential_of
from tests.factories.routes import guarded, row_of
from tests.fakes import FixedClock
from tests.identity.ownership import OWNERSHIP, Owner

REFUSALS = {(401, "unauthenticated"), (403, "not_allowed")}
LAST = ("DELETE", "/api/v1/session")  # after it the credential is gone
VALUES = {"uuid": str(UUID(int=7)), "int": "7", "date": "2026-06-01", "str": "a" * 64, "path": "a"}
PARAMETER = re.compile(r"\{\w+:(\w+)\}")

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # who may call is no matter of dialects


@pytest.fixture(scope="module")
def still_app() -> Litestar:
    """The application as it is put together, not running."""
    return create_app(cast(Any, nullcontext))


# --- The tables -------------------------------------------------------------------------------------------------------


def test_every_route_has_a_row_and_every_row_a_route(still_app: Litestar) -> None:
    routes = {row_of(route) for route, _ in guarded(still_app)}

    assert sorted(routes - ACCESS.keys()) == []
    assert sorted(ACCESS.keys() - routes) == []


def test_every_route_has_one_address_and_one_handler(still_app: Litestar) -> None:
    """The guard finds the row by the handler's only path."""
    found = guarded(still_app)

    assert [route for route, handler in found if handler.paths != {route[1]}] == []
    assert len({route for route, _ in found}) == len(found)


def test_every_route_that_names_a_row_says_whose_it_may_be(still_app: Litestar) -> None:
    naming = {row_of(route) for route, _ in guarded(still_app) if "{" in route[1]}

    assert sorted(naming - OWNERSHIP.keys()) == []
    assert sorted(OWNERSHIP.keys() - naming) == []


@pytest.mark.parametrize("route", OWNERSHIP, ids=" ".join)
def test_a_row_of_the_table_states_every_owner_or_why_there_is_none(route: Route) -> None:
    cells = OWNERSHIP[route]

    assert len(cells) > 20 if isinstance(cells, str) else set(cells) == set(Owner)


# --- The application keeps to them ------------------------------------------------------------------------------------


def client_of(app: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


@pytest.fixture
async def hasty(app: Litestar) -> httpx.AsyncClient:
    """A client that reads no further than the first headers of an endless stream."""

    async def until_it_streams(scope: Scope, receive: Receive, send: Send) -> None:
        with CancelScope() as reading:

            async def pass_on(message: Message) -> None:
                if reading.cancel_called:  # the stream goes on until it notices
                    return
                await send(message)
                if message["type"] == "http.response.start" and is_stream(message):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                    reading.cancel()

            await app(scope, receive, pass_on)

    return client_of(until_it_streams)


def is_stream(start: Message) -> bool:
    headers = dict(cast(Any, start)["headers"])
    return headers.get(b"content-type", b"").startswith(b"text/event-stream")


async def answer_to(client: httpx.AsyncClient, route: Route, auth: httpx.Auth | None) -> tuple[int, str]:
    """Status and code of the answer to a request that says nothing."""
    method, path = route[0], PARAMETER.sub(lambda found: VALUES[found[1]], route[1])
    body: dict[str, Any] = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
    answer = await client.request(method, path, auth=auth, **body)
    if answer.headers.get("content-type") != "application/problem+json" or method == "HEAD":
        return answer.status_code, ""
    return answer.status_code, answer.json()["code"]


def is_refusal(route: Route, status: int, code: str) -> bool:
    """Whether the guard said no; a service may refuse with 403 too, under a code of its own."""
    return status in (401, 403) if route[0] == "HEAD" else (status, code) in REFUSALS


@on_sqlite
@pytest.mark.parametrize("role", Role)
async def test_a_role_is_let_in_exactly_where_its_row_says(
    app: Litestar, hasty: httpx.AsyncClient, database: Database, clock: FixedClock, role: Role
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        auth = await credential_of(tx, clock, role)
    routes = sorted((route for route, _ in guarded(app)), key=lambda route: route == LAST)

    answers = {route: await answer_to(hasty, route, auth) for route in routes}

    let_in = {route for route, answer in answers.items() if not is_refusal(route, *answer)}
    assert let_in == {route for route in routes if role in ACCESS.get(row_of(route), ())}
    assert {route: answer for route, answer in answers.items() if answer[0] >= 500} == {}


@on_sqlite
@pytest.mark.parametrize("role", [Role.ANONYMOUS, Role.ADMINISTRATOR])
async def test_a_route_without_a_row_is_refused_to_everyone(
    app: Litestar, database: Database, clock: FixedClock, role: Role
) -> None:
    @get("/api/v1/forgotten")
    async def forgotten() -> str:
        return "seen"

    async with database.transaction(SYSTEM, "test") as tx:
        auth = await credential_of(tx, clock, role)
    another = create_app(lambda: nullcontext(app.state.parts))
    another.register(forgotten)

    async with another.lifespan(), client_of(another) as http:
        answer = await answer_to(http, ("GET", "/api/v1/forgotten"), auth)

    assert answer in REFUSALS
