"""Master data as it is: what is listed is what an import takes, so that it can be changed and put back."""

from typing import Any

import msgspec
import pytest

from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.masterdata import listing, service
from backend.masterdata.routes import ROUTES
from backend.masterdata.schemas import ROWS, ImportMasterData, MasterData, MasterDataImport
from tests.factories.callers import calling
from tests.masterdata.test_importing import SMALL, document

pytestmark = pytest.mark.anyio

ADMINISTRATOR = Principal(actor=SYSTEM, role=Role.ADMINISTRATOR)


async def take(database: Database, data: MasterData) -> MasterDataImport:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.import_master_data(tx, ImportMasterData(master_data=data))


async def everything(database: Database) -> dict[str, list[Any]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return {section: getattr(await listing.listed(tx, section), section) for section in listing.LISTS}


async def test_what_was_taken_in_is_listed_as_it_was_given(database: Database):
    given = document()
    await take(database, given)

    found = await everything(database)

    assert found["users"] == sorted(given.users, key=lambda row: row.email)
    assert found["technician_skills"] == given.technician_skills
    assert found["locations"] == sorted(given.locations, key=lambda row: row.name)
    assert found["pools"] == given.pools
    assert ROWS.keys() - found.keys() == {"rosters", "absences"}


async def test_what_is_listed_changes_nothing_when_it_is_put_back(database: Database):
    await take(database, document())

    again = await take(database, MasterData(**await everything(database)))

    assert again.changes == []


async def test_a_listed_user_is_disabled_by_putting_the_row_back(database: Database):
    await take(database, document())
    [dispatcher] = [row for row in (await everything(database))["users"] if row.role == "dispatcher"]

    await take(database, MasterData(users=[msgspec.structs.replace(dispatcher, is_active=False)]))

    assert [row.is_active for row in (await everything(database))["users"] if row.role == "dispatcher"] == [False]


async def test_over_http_a_section_that_is_none_is_not_found(database: Database):
    await take(database, document())
    async with calling(database, ROUTES, ADMINISTRATOR) as http:
        skills = (await http.get("/api/v1/master-data/skills")).json()
        rosters = await http.get("/api/v1/master-data/rosters")
    async with calling(database, ROUTES, Principal(actor=SYSTEM, role=Role.DISPATCHER)) as http:
        refused = await http.get("/api/v1/master-data/users")

    assert skills["skills"] == SMALL["skills"]
    assert skills["users"] == []
    assert (rosters.status_code, rosters.json()["code"]) == (404, "unknown_section")
    assert refused.status_code == 403
