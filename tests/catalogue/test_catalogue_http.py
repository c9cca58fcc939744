"""The catalogue over HTTP."""

from datetime import timedelta

import pytest

from backend.catalogue.routes import ROUTES
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.callers import calling
from tests.factories.catalogue import make_catalogue, make_price
from tests.factories.orders import AGENT
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

NEXT_WEEK = MONDAY + timedelta(days=7)


@pytest.fixture(autouse=True)
async def catalogue(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        await make_price(tx, "PHONE", "P2", 1290, valid_from=NEXT_WEEK)


async def test_offerings_show_the_price_of_now_or_of_the_asked_instant(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        now = (await http.get("/api/v1/offerings")).json()["items"]
        later = (await http.get("/api/v1/offerings", params={"at": NEXT_WEEK.isoformat()})).json()["items"]

    def phone(items: list) -> int:
        return next(item["charges"][0]["price"]["amount_minor"] for item in items if item["code"] == "PHONE")

    assert (phone(now), phone(later)) == (990, 1290)


@pytest.mark.parametrize(
    "wrong",
    [{"at": "soon"}, {"page_size": "0"}, {"page_size": "201"}, {"page_size": "many"}],
)
async def test_a_question_that_cannot_be_meant_is_a_bad_request(database: Database, wrong: dict[str, str]):
    async with calling(database, ROUTES, AGENT) as http:
        answer = await http.get("/api/v1/offerings", params=wrong)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("at", ["2026-06-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00-14:00"])
async def test_an_instant_that_names_no_moment_is_refused(database: Database, at: str):
    async with calling(database, ROUTES, AGENT) as http:
        answer = await http.get("/api/v1/offerings", params={"at": at})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_instant")


async def test_a_cursor_that_we_did_not_make_is_refused(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        answer = await http.get("/api/v1/offerings", params={"cursor": "here"})

    assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")


async def test_models_are_listed(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        models = (await http.get("/api/v1/cpe-models")).json()

    assert [model["code"] for model in models] == ["GW-W6", "MESH-W6", "ONT-G1"]
