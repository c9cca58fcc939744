"""Workforce over HTTP."""

import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.workforce.routes import ROUTES
from tests.factories.callers import calling
from tests.factories.orders import AGENT
from tests.factories.workforce import make_shift, make_technician

pytestmark = pytest.mark.anyio


async def test_technicians_territories_and_the_shifts_of_a_day_are_read(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_technician(tx)
        shift = await make_shift(tx, technician.id)
        await make_shift(tx, technician.id, days_ahead=1)

    async with calling(database, ROUTES, AGENT) as http:
        technicians = (await http.get("/api/v1/technicians")).json()["items"]
        territories = (await http.get("/api/v1/territories")).json()
        shifts = (await http.get("/api/v1/shifts", params={"day": "2026-06-01"})).json()

    assert [one["id"] for one in technicians] == [str(technician.id)]
    assert [one["id"] for one in territories] == [str(technician.territory_id)]
    assert [one["id"] for one in shifts] == [str(shift.id)]


@pytest.mark.parametrize("params", [{}, {"day": "tomorrow"}, {"day": "2026-02-30"}])
async def test_shifts_are_asked_by_a_real_day(database: Database, params: dict[str, str]):
    async with calling(database, ROUTES, AGENT) as http:
        answer = await http.get("/api/v1/shifts", params=params)

    assert answer.status_code == 400
