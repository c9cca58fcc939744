"""The vans are filled for the jobs that come: only for those, and only for what is still to be done."""

import pytest

from backend.catalogue.schemas import CpeModel
from backend.catalogue.service import add_cpe_model
from backend.identity.principal import Principal, Role
from backend.inventory import service as inventory
from backend.inventory.routes import ROUTES as INVENTORY_ROUTES
from backend.jobs import service
from backend.jobs.models import Job
from backend.jobs.routes import ROUTES
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.callers import calling
from tests.factories.catalogue import ONT
from tests.factories.inventory import make_depot, make_units, make_van
from tests.factories.jobs import SUPERVISOR, make_dispatched_job, make_field

pytestmark = pytest.mark.anyio

CABLE = CpeModel(code="PATCH-2M", name="Cable", vendor="Any", serial_pattern="^.+$", is_serialised=False)
KEEPER = Principal(actor=SYSTEM, role=Role.WAREHOUSE)


async def test_a_van_gets_what_its_coming_jobs_take_beyond_what_it_has(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        depot, van = await make_depot(tx), await make_van(tx, technician.id)
        await make_units(tx, depot.id, quantity=9)
        await make_units(tx, van.id, first=100)
        jobs = [await make_dispatched_job(tx, technician) for _ in range(3)]
        for job in jobs:
            (await tx.session.get_one(Job, job.id)).parts = {ONT.code: 2}
        await service.cancel(tx, SUPERVISOR, jobs[2].id, "not wanted any more")

    async with calling(database, ROUTES, KEEPER) as http:
        answer = await http.get("/api/v1/replenishment", params={"days": 1})

    [told] = answer.json()
    assert (told["from_location_id"], told["to_location_id"]) == (str(depot.id), str(van.id))
    assert (told["model"], told["demand"], told["held"], told["quantity"], told["short"]) == (ONT.code, 4, 1, 3, 0)
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await inventory.free_quantities(tx, [ONT.code]) == {ONT.code: 9}


async def test_what_the_keeper_agrees_with_goes_to_the_van_and_what_is_not_there_is_refused_whole(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        depot, van = await make_depot(tx), await make_van(tx, technician.id)
        units = await make_units(tx, depot.id, quantity=3)
        await add_cpe_model(tx, CABLE)
        await inventory.receive_parts(tx, CABLE.code, 50, depot.id)
    way = {"from_location_id": str(depot.id), "to_location_id": str(van.id)}
    terminals, cables = way | {"model": ONT.code, "quantity": 2}, way | {"model": CABLE.code, "quantity": 20}

    async with calling(database, INVENTORY_ROUTES, KEEPER) as http:
        nothing = await http.post("/api/v1/replenishment", json={"moves": []})
        too_many = await http.post("/api/v1/replenishment", json={"moves": [cables, terminals, terminals]})
        sent = await http.post("/api/v1/replenishment", json={"moves": [terminals, cables]})

    assert (nothing.status_code, too_many.status_code, sent.status_code) == (400, 409, 201)
    assert too_many.json()["params"] == {"model": ONT.code, "wanted": 4, "available": 3}
    [paper] = sent.json()
    assert (paper["serials"], paper["parts"]) == ([one.serial for one in units[:2]], {CABLE.code: 20})
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await inventory.free_quantities(tx, [ONT.code]) == {ONT.code: 1}
