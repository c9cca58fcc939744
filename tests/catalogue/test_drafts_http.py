"""Drafts over HTTP: written and tried by the product manager, looked at for what can be delivered, published by date."""

from datetime import timedelta
from typing import Any

import pytest

from backend.catalogue.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders.routes import ROUTES as ORDERS
from tests.factories.callers import calling
from tests.factories.orders import AGENT, make_shop
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

PRODUCT = Principal(actor=SYSTEM, role=Role.PRODUCT_MANAGER)
DRAFTS = "/api/v1/catalogue-drafts"
NEXT_WEEK = (MONDAY + timedelta(days=7)).isoformat()

MESH_PRO: dict[str, Any] = {
    "code": "MESH-PRO",
    "name": "Mesh, two at once",
    "specification": {
        "goods": [{"model": "MESH-W6", "quantity": 2}],
        "work": "HANG-UP",
        "charges": [{"code": "F1", "kind": "fulfilment", "description": "Two units", "model": "MESH-W6"}],
    },
    "prices": {"F1": {"amount_minor": 12900, "currency": "EUR"}},
}
HANG_UP = {
    "code": "HANG-UP",
    "name": "Hang up units",
    "duration_seconds": 1800,
    "parts": [{"model": "ONT-G1", "quantity": 1}],
}
DRAFT = {"name": "Summer", "catalogue": {"work": [HANG_UP], "offerings": [MESH_PRO]}}


@pytest.fixture(autouse=True)
async def shop(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx, quantity=3)


async def test_a_draft_is_tried_and_then_holds_from_its_day_on(database: Database):
    day = {"effective_from": NEXT_WEEK}
    async with calling(database, ROUTES, PRODUCT) as http:
        draft = (await http.post(DRAFTS, json=DRAFT)).json()
        url = f"{DRAFTS}/{draft['id']}"
        trial = await http.post(f"{url}/publication", json=day | {"is_trial": True})
        published = await http.post(f"{url}/publication", json=day)
        again = await http.post(f"{url}/publication", json=day)
        now = await http.get("/api/v1/catalogue")
        then = await http.get("/api/v1/catalogue", params={"at": NEXT_WEEK})
        listed = (await http.get(DRAFTS)).json()["items"]

    changes = [("work", "HANG-UP", "added"), ("offerings", "MESH-PRO", "added")]
    for answer in (trial, published):
        assert [(one["section"], one["key"], one["change"]) for one in answer.json()["changes"]] == changes
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
    assert [("MESH-PRO" in {one["code"] for one in a.json()["offerings"]}) for a in (now, then)] == [False, True]
    assert [(one["state"], one["effective_from"]) for one in listed] == [("published", "2026-06-08T06:00:00Z")]


async def test_what_is_at_fault_is_told_row_by_row(database: Database):
    wrong = {"name": "Wrong", "catalogue": {"offerings": [MESH_PRO, MESH_PRO | {"code": "X", "prices": {}}]}}
    async with calling(database, ROUTES, PRODUCT) as http:
        draft = (await http.post(DRAFTS, json=wrong)).json()
        refused = await http.post(f"{DRAFTS}/{draft['id']}/publication", json={})
        kept = (await http.get(f"{DRAFTS}/{draft['id']}")).json()

    assert (refused.status_code, refused.json()["code"]) == (422, "rows_at_fault")
    faults = refused.json()["params"]["faults"]
    assert [(one["row"], one["key"], one["reason"]) for one in faults] == [
        (1, "MESH-PRO", "unknown_work"),
        (2, "X", "bad_offering"),
    ]
    assert kept["state"] == "open"


async def test_a_catalogue_never_holds_from_the_past(database: Database, clock: FixedClock):
    async with calling(database, ROUTES, PRODUCT) as http:
        draft = (await http.post(DRAFTS, json=DRAFT)).json()
        clock.advance(60)
        refused = await http.post(f"{DRAFTS}/{draft['id']}/publication", json={"effective_from": MONDAY.isoformat()})

    assert (refused.status_code, refused.json()["code"]) == (422, "effective_in_the_past")


async def test_nobody_writes_over_what_somebody_else_wrote(database: Database):
    async with calling(database, ROUTES, PRODUCT) as http:
        draft = (await http.post(DRAFTS, json=DRAFT)).json()
        url, change = f"{DRAFTS}/{draft['id']}", {"version": draft["version"], "name": "Autumn", "catalogue": {}}
        written = await http.put(url, json=change)
        late = await http.put(url, json=change | {"name": "Winter"})

    assert (written.status_code, written.json()["name"]) == (200, "Autumn")
    assert (late.status_code, late.json()["code"]) == (409, "draft_was_changed")


async def test_a_discarded_draft_is_not_published(database: Database):
    async with calling(database, ROUTES, PRODUCT) as http:
        draft = (await http.post(DRAFTS, json=DRAFT)).json()
        gone = await http.delete(f"{DRAFTS}/{draft['id']}")
        refused = await http.post(f"{DRAFTS}/{draft['id']}/publication", json={})

    assert (gone.status_code, refused.status_code) == (204, 409)


async def test_an_offering_is_withdrawn_by_date_unless_a_bundle_sells_it(database: Database):
    async with calling(database, ROUTES, PRODUCT) as http:
        bundle = await http.post(
            "/api/v1/offerings/FIBRE-500-PHONE-MESH/withdrawal", json={"effective_from": NEXT_WEEK}
        )
        too_early = await http.post("/api/v1/offerings/MESH/withdrawal", json={})
        mesh = await http.post("/api/v1/offerings/MESH/withdrawal", json={"effective_from": NEXT_WEEK})
        unknown = await http.post("/api/v1/offerings/NOPE/withdrawal", json={})
        now = (await http.get("/api/v1/offerings")).json()["items"]
        then = (await http.get("/api/v1/offerings", params={"at": NEXT_WEEK})).json()["items"]

    assert [bundle.status_code, too_early.status_code, mesh.status_code, unknown.status_code] == [204, 409, 204, 404]
    assert too_early.json()["code"] == "member_not_on_sale"
    assert (len(now), {one["code"] for one in then}) == (4, {"FIBRE-500", "PHONE"})


async def test_a_draft_is_held_against_stock_people_and_pools(database: Database):
    async with calling(database, [*ROUTES, *ORDERS], PRODUCT) as http:
        draft = (await http.post(DRAFTS, json=DRAFT)).json()
        [found] = (await http.get(f"{DRAFTS}/{draft['id']}/feasibility", params={"quantity": 2})).json()

    needs = [(one["kind"], one["what"], one["wanted"], one["available"]) for one in found["needs"]]
    # The parts of the work come once, with the one visit; three of each model are in stock, and nobody works here.
    assert needs == [("goods", "MESH-W6", 4, 3), ("goods", "ONT-G1", 1, 3), ("crew", "HANG-UP", 1, 0)]
    assert (found["offering_code"], found["is_deliverable"]) == ("MESH-PRO", False)


async def test_only_the_product_desk_writes_drafts(database: Database):
    async with calling(database, ROUTES, AGENT) as http:
        refused = await http.post(DRAFTS, json=DRAFT)

    assert refused.status_code == 403
