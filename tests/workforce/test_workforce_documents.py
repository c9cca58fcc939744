"""The document "technician" follows the technician, the skills and the shifts into the territory's feed."""

from uuid import UUID

import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import FeedEntry, changes_since
from backend.workforce.documents import render
from backend.workforce.schemas import GrantSkill
from tests.factories.workforce import make_shift, make_skill, make_technician

pytestmark = pytest.mark.anyio


async def entries_of(database: Database, territory_id: UUID) -> list[FeedEntry]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await changes_since(tx, f"territory:{territory_id}", after=0, limit=10)


async def test_a_new_technician_appears_in_the_own_territory(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_technician(tx)

    entries = await entries_of(database, technician.territory_id)

    assert [(entry.kind, entry.id, entry.op) for entry in entries] == [("technician", technician.id, "put")]


async def test_a_new_shift_is_a_newer_version_of_the_document(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_technician(tx)
    before = (await entries_of(database, technician.territory_id))[0]

    async with database.transaction(SYSTEM, "test") as tx:
        await make_shift(tx, technician.id)
    after = (await entries_of(database, technician.territory_id))[0]

    assert after.version > before.version
    assert after.seq > before.seq


async def test_the_document_shows_company_skills_and_the_shifts_to_come(database: Database, clock):
    async with database.transaction(SYSTEM, "test") as tx:
        skill = await make_skill(tx)
        technician = await make_technician(tx, skills=[GrantSkill(code=skill, level=2)])
        await make_shift(tx, technician.id)
        coming = await make_shift(tx, technician.id, days_ahead=4)
        await make_shift(tx, technician.id, days_ahead=60)
    clock.advance(3 * 24 * 3600)

    async with database.snapshot(SYSTEM, "test") as tx:
        document = (await render(tx, [technician.id]))[technician.id]

    assert document.organisation == "Northbank Fibre"
    assert [(skill.code, skill.level) for skill in document.skills] == [("FIBRE", 2)]
    assert document.shifts == [coming]
