"""Dispatch over HTTP: assigning by hand, sending the day, asking the optimiser, and every way to be refused."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import httpx
import pytest

from backend.dispatch import tasks
from backend.dispatch.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import changes_since
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team, solve_here
from tests.factories.jobs import SUPERVISOR
from tests.factories.workforce import make_shift, make_technician
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date().isoformat()


class Field(NamedTuple):
    technician_id: UUID
    novice_id: UUID
    territory_id: UUID
    job_ids: list[UUID]


@pytest.fixture
async def field(database: Database) -> Field:
    """A technician, one without skills, and two jobs."""
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        novice = await make_technician(tx, eero.territory_id)
        await make_shift(tx, novice.id)
        made = await make_jobs(tx, eero.territory_id, 2)
    return Field(eero.id, novice.id, eero.territory_id, [job.id for job in made])


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def wanted(technician_id: UUID, hours: float) -> dict[str, str]:
    return {"technician_id": str(technician_id), "start": (MONDAY + timedelta(hours=hours)).isoformat()}


async def test_a_day_that_is_sent_reaches_the_phones(database: Database, field: Field):
    first, _ = field.job_ids
    async with calling(database, ROUTES, SUPERVISOR) as http:
        assigned = await http.post(f"/api/v1/jobs/{first}/assignment", json=wanted(field.technician_id, 1))
        sent = await http.post(f"/api/v1/territories/{field.territory_id}/days/{TODAY}/dispatch")

    assert (assigned.status_code, assigned.json()["assignment"]) == (201, "assigned")
    assert sent.json()["job_ids"] == [str(first)]
    async with database.snapshot(SYSTEM, "test") as tx:
        on_phone = await changes_since(tx, f"technician:{field.technician_id}", after=0, limit=10)
    assert [(entry.kind, entry.id, entry.op) for entry in on_phone] == [("job", first, "put")]


async def test_what_speaks_against_an_assignment_is_named(database: Database, field: Field):
    first, second = field.job_ids
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.promise_window(
            tx,
            second,
            start=MONDAY + timedelta(hours=1),
            end=MONDAY + timedelta(hours=3),
            zone="Europe/Helsinki",
            local="10:00-12:00",
        )
    url = "/api/v1/jobs/{}/assignment".format
    async with calling(database, ROUTES, SUPERVISOR) as http:
        await http.post(url(first), json=wanted(field.technician_id, 1))

        assert told(await http.post(url(second), json=wanted(field.technician_id, 2))) == (409, "technician_busy")
        assert told(await http.post(url(second), json=wanted(field.technician_id, 4))) == (409, "outside_window")
        assert told(await http.post(url(second), json=wanted(field.technician_id, 6))) == (409, "outside_shift")
        assert told(await http.post(url(second), json=wanted(field.novice_id, 1))) == (409, "technician_lacks_skill")
        assert told(await http.post(url(second), json=wanted(field.technician_id, -1))) == (422, "start_in_the_past")
        assert told(await http.post(url(second), json=wanted(uuid4(), 1))) == (404, "unknown_technician")
        assert told(await http.post(url(uuid4()), json=wanted(field.technician_id, 1))) == (404, "unknown_job")


async def test_a_refused_assignment_leaves_the_old_one(database: Database, field: Field):
    first, second = field.job_ids
    url = "/api/v1/jobs/{}/assignment".format
    async with calling(database, ROUTES, SUPERVISOR) as http:
        await http.post(url(first), json=wanted(field.technician_id, 1))
        await http.post(url(second), json=wanted(field.technician_id, 3))
        assert told(await http.post(url(second), json=wanted(field.technician_id, 2))) == (409, "technician_busy")

        moved = await http.post(url(first), json=wanted(field.technician_id, 1.25))

    assert moved.status_code == 201
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await jobs.job_view(tx, second)).planned_start == MONDAY + timedelta(hours=3)


async def test_a_run_is_asked_for_solved_accepted_and_rolled_back(database: Database, field: Field):
    request = {"territory_id": str(field.territory_id), "day": TODAY, "seconds": 1}
    async with calling(database, ROUTES, SUPERVISOR) as http:
        asked = await http.post("/api/v1/optimisation-runs", json=request)
        url = f"/api/v1/optimisation-runs/{asked.json()['id']}"
        await tasks.solve(database, AirLines(), solve_here, UUID(asked.json()["id"]))
        proposed = await http.get(url)
        accepted = await http.post(f"{url}/acceptance", json={"move_ids": None})
        undone = await http.post(f"{url}/rollback")
        again = await http.post(f"{url}/discard")

    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert (proposed.json()["state"], len(proposed.json()["moves"])) == ("proposed", 2)
    assert (accepted.status_code, accepted.json()["state"]) == (201, "applied")
    assert (undone.status_code, undone.json()["state"]) == (201, "rolledBack")
    assert told(again) == (409, "illegal_move")


async def test_searches_are_bounded_and_other_territories_unknown(database: Database, field: Field):
    request = {"territory_id": str(field.territory_id), "day": TODAY}
    stranger = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({uuid4()}))
    async with calling(database, ROUTES, SUPERVISOR) as http:
        assert told(await http.post("/api/v1/optimisation-runs", json=request | {"seconds": 61})) == (400, "malformed")
    async with calling(database, ROUTES, stranger) as http:
        assert told(await http.post("/api/v1/optimisation-runs", json=request)) == (404, "unknown_territory")
        sent = await http.post(f"/api/v1/territories/{field.territory_id}/days/{TODAY}/dispatch")
        assert told(sent) == (404, "unknown_territory")
        assigned = await http.post(f"/api/v1/jobs/{field.job_ids[0]}/assignment", json=wanted(field.technician_id, 1))
        assert told(assigned) == (404, "unknown_job")
