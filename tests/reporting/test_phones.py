"""The office's list of phones: when each was last heard of, and what waited there then."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.identity import devices
from backend.identity.principal import Principal, Role
from backend.identity.service import add_organisation
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.offline.contacts import Contact, Contacts
from backend.reporting.routes import ROUTES
from tests.factories.callers import calling
from tests.factories.identity import make_phone, make_user
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

DISPATCHER = Principal(actor=SYSTEM, role=Role.DISPATCHER)
PATH = "/api/v1/reports/phones"


async def make_phone_of(tx: Transaction, *, company: UUID | None = None) -> UUID:
    """The phone of a new technician, who works for this contractor or for the operator."""
    role = Role.CONTRACTOR_TECHNICIAN if company else Role.TECHNICIAN
    user = await make_user(tx, role, **({"organisation_id": company} if company else {}))
    return (await make_phone(tx, user)).tokens.device_id


async def hear(database: Database, device_id: UUID, **told: Any) -> None:
    contacts = Contacts(database)
    contacts.note(Contact(device_id=device_id, heard_at=database.clock.now(), schema=1, **told))
    await contacts.close()


async def listed(database: Database, principal: Principal = DISPATCHER, **query: Any) -> list[dict[str, Any]]:
    async with calling(database, ROUTES, principal) as http:
        return (await http.get(PATH, params=query)).json()["items"]


async def test_a_phone_is_listed_with_what_it_told_last(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        away, new = await make_phone_of(tx), await make_phone_of(tx)
    await hear(database, away, synced_at=MONDAY - timedelta(hours=1), app="technician 1.0", waiting=37)
    clock.advance(26 * 3600)

    heard, silent = await listed(database)

    assert (heard["id"], heard["silent_seconds"], heard["waiting"]) == (str(away), 26 * 3600, 37)
    assert (heard["app"], heard["schema"], heard["synced_at"]) == ("technician 1.0", 1, "2026-06-01T05:00:00Z")
    assert (silent["id"], silent["heard_at"], silent["silent_seconds"]) == (str(new), None, 26 * 3600)


async def test_only_those_that_were_silent_for_so_long_are_asked_for(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        away, near, new = [await make_phone_of(tx) for _ in range(3)]
    await hear(database, away)
    clock.advance(25 * 3600)
    await hear(database, near)
    clock.advance(3600)

    found = {hours: {one["id"] for one in await listed(database, silent_hours=hours)} for hours in (0, 1, 2, 26, 27)}

    assert found[0] == found[1] == {str(away), str(near), str(new)}
    assert found[2] == found[26] == {str(away), str(new)}
    assert found[27] == set()


async def test_phones_that_were_ended_are_not_in_use(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        lost, kept = await make_phone_of(tx), await make_phone_of(tx)
        await devices.revoke(tx, Principal(actor=SYSTEM, role=Role.SUPERVISOR), lost)

    assert [one["id"] for one in await listed(database)] == [str(kept)]


async def test_a_contractors_manager_sees_the_phones_of_the_own_company(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        company = await add_organisation(tx, "Fibre Friends", is_contractor=True)
        theirs, _ = await make_phone_of(tx, company=company), await make_phone_of(tx)
    manager = Principal(actor=SYSTEM, role=Role.CONTRACTOR_MANAGER, organisation_id=company)

    assert [one["id"] for one in await listed(database, manager)] == [str(theirs)]


async def test_the_list_comes_in_pages(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        phones = [str(await make_phone_of(tx)) for _ in range(3)]

    async with calling(database, ROUTES, DISPATCHER) as http:
        first = (await http.get(PATH, params={"page_size": 2})).json()
        second = (await http.get(PATH, params={"page_size": 2, "cursor": first["next_cursor"]})).json()
        wrong = [await http.get(PATH, params=query) for query in ({"cursor": "x"}, {"silent_hours": -1})]

    assert [one["id"] for one in first["items"] + second["items"]] == phones
    assert second["next_cursor"] is None
    assert [one.status_code for one in wrong] == [422, 400]
