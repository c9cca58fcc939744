"""Accounts and premises over HTTP."""

from typing import Any
from uuid import uuid4

import pytest

from backend.customers.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.callers import calling
from tests.factories.orders import AGENT

pytestmark = pytest.mark.anyio

AINO = {"name": "Aino Laine", "email": "aino@example.com", "phone": "+358401234567"}
HOME = {"street": "Liisankatu 12", "postcode": "00170", "city": "Helsinki", "latitude": 60.17, "longitude": 24.95}


async def test_an_account_and_its_premises_are_made_and_read_back(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        account = (await http.post("/api/v1/accounts", json=AINO)).json()
        premises = (await http.post(f"/api/v1/accounts/{account['id']}/premises", json=HOME)).json()

        assert (await http.get(f"/api/v1/accounts/{account['id']}")).json() == account
        assert (await http.get(f"/api/v1/premises/{premises['id']}")).json() == premises
        assert (await http.get("/api/v1/accounts")).json()["items"] == [account]


async def test_a_request_that_is_sent_again_makes_one_account(database: Database):
    again = {"Idempotency-Key": "one"}
    async with calling(database, ROUTES, AGENT) as http:
        first = await http.post("/api/v1/accounts", json=AINO, headers=again)
        second = await http.post("/api/v1/accounts", json=AINO, headers=again)

        assert first.json() == second.json()
        assert len((await http.get("/api/v1/accounts")).json()["items"]) == 1


async def test_a_patch_changes_what_it_sends_and_null_clears(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        account = (await http.post("/api/v1/accounts", json=AINO)).json()

        changed = await http.patch(f"/api/v1/accounts/{account['id']}", json={"email": None})

    assert changed.status_code == 200
    assert (changed.json()["email"], changed.json()["phone"]) == (None, AINO["phone"])


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "A", "phone": "0401234567"},
        {"name": "A", "nickname": "B"},
        {"name": 7},
        {},
    ],
)
async def test_an_account_that_cannot_be_meant_is_refused(database: Database, wrong: dict[str, Any]):
    async with calling(database, ROUTES, AGENT) as http:
        answer = await http.post("/api/v1/accounts", json=wrong)

        assert answer.status_code == 400
        assert (await http.get("/api/v1/accounts")).json()["items"] == []


async def test_an_unknown_account_is_a_precise_not_found(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        answers = [
            await http.get(f"/api/v1/accounts/{uuid4()}"),
            await http.patch(f"/api/v1/accounts/{uuid4()}", json={}),
            await http.post(f"/api/v1/accounts/{uuid4()}/premises", json=HOME),
        ]

    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(404, "unknown_account")}


async def test_an_auditor_reads_and_does_not_write(database: Database):
    async with calling(database, ROUTES, Principal(actor=SYSTEM, role=Role.AUDITOR)) as http:
        assert (await http.get("/api/v1/accounts")).status_code == 200
        assert (await http.post("/api/v1/accounts", json=AINO)).status_code == 403


async def test_what_a_visitor_has_to_know_is_changed_field_by_field(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        account = (await http.post("/api/v1/accounts", json=AINO)).json()
        place = (await http.post(f"/api/v1/accounts/{account['id']}/premises", json=HOME)).json()

        changed = await http.patch(f"/api/v1/premises/{place['id']}", json={"access_notes": "Key at 14."})
        wrong = await http.patch(f"/api/v1/premises/{place['id']}", json={"street": "Elsewhere 1"})

    assert (changed.status_code, wrong.status_code) == (200, 400)
    assert changed.json() == place | {"access_notes": "Key at 14.", "version": place["version"] + 1}


async def test_a_place_is_found_by_its_customer(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        account = (await http.post("/api/v1/accounts", json=AINO)).json()
        place = (await http.post(f"/api/v1/accounts/{account['id']}/premises", json=HOME)).json()

        found = await http.get("/api/v1/premises", params={"q": "aino"})
        too_short = await http.get("/api/v1/premises", params={"q": "a"})

    assert [(one["id"], one["customer"]) for one in found.json()["items"]] == [(place["id"], AINO["name"])]
    assert too_short.status_code == 400
