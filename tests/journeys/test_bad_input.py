"""Whatever is sent to whichever route, the answer is a precise refusal, and nothing has changed.

The routes are the application's own, the bad requests are made from what each declares (see `hostile`).
"""

import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from backend.identity.access import Route
from backend.kernel.db import Database
from tests.factories.files import CHUNK, TUS
from tests.factories.routes import guarded, row_of
from tests.fakes import FixedClock
from tests.journeys.hostile import (
    JSON,
    KINDS,
    UNKNOWN_ID,
    VALUES,
    WORDS,
    broken_contents,
    example,
    is_declared,
    twisted,
)
from tests.journeys.town import Town, make_town

PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
GOOD_CHUNK = TUS | CHUNK | {"upload-offset": "0", "x-http-method-override": "PATCH"}
NO_PAGES = {
    "page_size": ("0", "-1", "201", str(10**30), "1.5", "all"),
    "cursor": ("x", "ä", "\0", "A" * 23, UNKNOWN_ID),
}

SHARES = 3
"""All bodies take minutes: each third of them meets all routes and most of their parts, and the others are drills."""

a_share = pytest.mark.parametrize("share", [0, *(pytest.param(n, marks=pytest.mark.drill) for n in range(1, SHARES))])
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def town(database: Database, clock: FixedClock) -> Town:
    return await make_town(database, clock)


class Trial:
    """Sends bad requests and notes every answer that is not as it must be."""

    def __init__(self, api: httpx.AsyncClient, town: Town) -> None:
        self.api, self.town = api, town
        self.troubles: dict[Route, list[str]] = {}

    async def send(
        self,
        route: Route,
        what: Any,
        *,
        path: Mapping[str, str] | None = None,
        must_refuse: bool = True,
        **request: Any,
    ) -> httpx.Response:
        """path: values of path parameters, the known ones if not given. must_refuse: a success is a trouble, too."""
        auth = self.town.caller_of(row_of(route))
        answer = await self.api.request(route[0], self.address(route, path or {}), auth=auth, **request)
        is_refused = 400 <= answer.status_code < 500 and is_problem(route, answer)
        if not is_refused and (must_refuse or answer.status_code >= 400):
            self.troubles.setdefault(route, []).append(f"{str(what)[:200]}: {answer.status_code} {answer.text[:200]}")
        return answer

    def address(self, route: Route, path: Mapping[str, str]) -> str:
        return PARAMETER.sub(
            lambda found: quote(path.get(found[1], self.town.known_in(route, found[1])), safe=""), route[1]
        )


def is_problem(route: Route, answer: httpx.Response) -> bool:
    """Whether the answer says what is wrong, by a stable code."""
    if route[0] == "HEAD":
        return True  # without a body there is no problem document
    if answer.headers.get("content-type") != "application/problem+json":
        return False
    problem = answer.json()
    return problem["status"] == answer.status_code and bool(re.fullmatch("[a-z0-9_]+", problem["code"]))


@pytest.fixture
async def trial(api: httpx.AsyncClient, town: Town) -> AsyncIterator[Trial]:
    """A trial after which there were no troubles."""
    made = Trial(api, town)
    yield made
    assert made.troubles == {}


def with_bodies(app: Litestar) -> Iterator[tuple[Route, Any]]:
    """Routes that take JSON, with its declared type."""
    for route, handler in guarded(app):
        if handler.parsed_data_field is not None:
            yield route, handler.parsed_data_field.annotation


def bodies(app: Litestar, values: Sequence[Any], share: int) -> Iterator[tuple[Route, Any, Any]]:
    """(route, declared type, body with something else in it): every third of all, from `share` on."""
    all_of_them = (
        (route, declared, body) for route, declared in with_bodies(app) for body in twisted(example(declared), values)
    )
    return islice(all_of_them, share, None, SHARES)


def good_body(handler: HTTPRouteHandler) -> dict[str, Any]:
    declared = handler.parsed_data_field
    return {} if declared is None else {"json": example(declared.annotation)}


def good_request(route: Route, handler: HTTPRouteHandler) -> dict[str, Any]:
    """A body that can be meant, or where tus is spoken, headers."""
    return {"headers": GOOD_CHUNK} if route[1].startswith("/files/") else good_body(handler)


# --- Bodies -----------------------------------------------------------------------------------------------------------


@on_sqlite  # nothing of it reaches a database
async def test_a_body_that_is_no_good_json_is_refused(app: Litestar, trial: Trial) -> None:
    before = await trial.town.row_counts()

    for route, declared in with_bodies(app):
        for what, content, headers in broken_contents(example(declared)):
            await trial.send(route, what, content=content, headers=headers)

    assert await trial.town.row_counts() == before


@a_share
@on_sqlite  # nor does this
async def test_a_body_of_another_shape_is_refused(app: Litestar, trial: Trial, share: int) -> None:
    before = await trial.town.row_counts()

    for route, declared, body in bodies(app, KINDS, share):
        if not is_declared(body, declared):
            await trial.send(route, body, content=json.dumps(body), headers={"content-type": JSON})

    assert await trial.town.row_counts() == before


@a_share
async def test_a_body_of_the_right_shape_is_taken_or_refused_but_never_our_mistake(
    app: Litestar, trial: Trial, share: int
) -> None:
    """Numbers at the edge of what a column holds, instants beyond the calendar, texts that mean something to SQL."""
    counted = await trial.town.row_counts()

    for route, declared, body in bodies(app, VALUES, share):
        if is_declared(body, declared):
            answer = await trial.send(
                route, body, must_refuse=False, content=json.dumps(body), headers={"content-type": JSON}
            )
            before, counted = counted, await trial.town.row_counts()
            assert answer.is_success or counted == before, (route, body)


# --- Addresses --------------------------------------------------------------------------------------------------------


async def test_an_id_that_nobody_has_is_not_found(app: Litestar, trial: Trial) -> None:
    before = await trial.town.row_counts()
    routes = [(route, handler) for route, handler in guarded(app) if "{" in route[1]]

    answers = {
        route: (
            await trial.send(
                route, "unknown", path=unknown(route), params=required_queries(handler), **good_request(route, handler)
            )
        ).status_code
        for route, handler in routes
    }

    assert {route: status for route, status in answers.items() if status != 404} == {}
    assert await trial.town.row_counts() == before


def unknown(route: Route) -> dict[str, str]:
    values = {"uuid": UNKNOWN_ID, "str": "0" * 64, "date": "2026-06-01", "int": "99"}
    return {name: values[kind] for name, kind in PARAMETER.findall(route[1])}


async def test_an_address_with_nonsense_in_it_is_no_mistake_of_ours(app: Litestar, trial: Trial) -> None:
    before = await trial.town.row_counts()

    for route, handler in guarded(app):
        for name, _ in PARAMETER.findall(route[1]):
            for word in WORDS:
                await trial.send(
                    route,
                    word,
                    path={name: word},
                    must_refuse=False,
                    params=required_queries(handler),
                    **good_request(route, handler),
                )

    assert await trial.town.row_counts() == before


async def test_a_query_with_nonsense_in_it_is_no_mistake_of_ours(app: Litestar, trial: Trial) -> None:
    before = await trial.town.row_counts()

    for route, handler in guarded(app):
        good = required_queries(handler)
        for name in queries(handler):
            for word in WORDS:
                await trial.send(route, f"{name}={word}", must_refuse=False, params=good | {name: word})

    assert await trial.town.row_counts() == before


@on_sqlite
@pytest.mark.parametrize("name", NO_PAGES)
async def test_a_page_that_nobody_can_turn_to_is_refused(app: Litestar, trial: Trial, name: str) -> None:
    paged = [(route, handler) for route, handler in guarded(app) if name in queries(handler)]

    for route, handler in paged:
        for value in NO_PAGES[name]:
            await trial.send(route, f"{name}={value}", params=required_queries(handler) | {name: value})

    assert len(paged) > 5


@on_sqlite
async def test_an_idempotency_key_that_is_none_is_refused(app: Litestar, trial: Trial) -> None:
    before = await trial.town.row_counts()

    for route, handler in guarded(app):
        if {"once", "request_key"} & handler.parsed_fn_signature.parameters.keys():
            await trial.send(route, "long key", headers={"idempotency-key": "k" * 129}, **good_body(handler))
            await trial.send(route, "no key", headers={"idempotency-key": ""}, **good_body(handler))

    assert await trial.town.row_counts() == before


def queries(handler: HTTPRouteHandler) -> dict[str, Any]:
    """Name in the address → whether it must be given."""
    given = [provide.parsed_fn_signature for provide in handler.resolve_dependencies().values()]
    found = dict(handler.parsed_fn_signature.parameters)
    for signature in given:
        found |= signature.parameters
    named = {name: field for name, field in found.items() if isinstance(field.kwarg_definition, QueryParameter)}
    return {str(field.kwarg_definition.name or name): not field.has_default for name, field in named.items()}  # type: ignore[union-attr]


def required_queries(handler: HTTPRouteHandler) -> dict[str, str]:
    good = {
        "from": "2026-06-01",
        "day": "2026-06-01",
        "outbox": "x",
        "premises_id": UNKNOWN_ID,
        "territory_id": UNKNOWN_ID,
        "method": "shipment",
        "offering_code": "MESH",
        "q": "street",
    }
    good |= {"since": "2026-06-01T00:00:00Z", "until": "2026-06-02T00:00:00Z"}
    good |= {"by": "day", "first_day": "2026-06-01", "last_day": "2026-06-02"}
    return {name: good[name] for name, is_required in queries(handler).items() if is_required}
