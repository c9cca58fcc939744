"""Jobs that wait for others: said over HTTP, never in a circle."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest

from backend.jobs import service
from backend.jobs.routes import ROUTES
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import scope_states
from tests.factories.callers import calling
from tests.factories.jobs import SUPERVISOR, make_field, make_job

pytestmark = pytest.mark.anyio


@pytest.fixture
async def row(database: Database) -> list[JobView]:
    """Three jobs: plant, home, splice."""
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        return [await make_job(tx, technician.territory_id) for _ in range(3)]


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR) as opened:
        yield opened


async def wait(http: httpx.AsyncClient, job: JobView, *others: UUID) -> httpx.Response:
    return await http.put(f"/api/v1/jobs/{job.id}/waits", json={"waits_for": [str(other) for other in others]})


async def test_a_job_waits_for_others_until_it_is_said_otherwise(http: httpx.AsyncClient, row: list[JobView]) -> None:
    plant, home, splice = row

    said = await wait(http, splice, plant.id, home.id)
    changed = await wait(http, splice, home.id)
    seen = (await http.get(f"/api/v1/jobs/{home.id}/waits")).json()

    assert set(said.json()["waits_for"]) == {str(plant.id), str(home.id)}
    assert changed.json()["waits_for"] == [str(home.id)]
    assert (seen["waits_for"], seen["followed_by"]) == ([], [str(splice.id)])


async def test_no_job_waits_for_itself_by_way_of_others(http: httpx.AsyncClient, row: list[JobView]) -> None:
    plant, home, splice = row
    await wait(http, home, plant.id)
    await wait(http, splice, home.id)

    circles = [await wait(http, plant, other) for other in (plant.id, home.id, splice.id)]

    assert [(answer.status_code, answer.json()["code"]) for answer in circles] == [(409, "circular_wait")] * 3


async def test_only_what_has_not_begun_is_made_to_wait_and_only_for_what_there_is(
    http: httpx.AsyncClient, database: Database, row: list[JobView]
) -> None:
    plant, home, _ = row
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, SUPERVISOR, home.id, "customer_away")

    begun = await wait(http, home, plant.id)
    nothing = await wait(http, plant, UUID(int=1))

    assert (begun.status_code, begun.json()["code"]) == (409, "job_underway")
    assert (nothing.status_code, nothing.json()["code"]) == (404, "unknown_job")


async def test_the_feed_tells_that_the_order_changed(
    http: httpx.AsyncClient, database: Database, row: list[JobView]
) -> None:
    plant, home, _ = row
    scope = f"territory:{plant.territory_id}"
    async with database.snapshot(SYSTEM, "test") as tx:
        before = (await scope_states(tx, [scope]))[scope].seq

    await wait(http, home, plant.id)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await scope_states(tx, [scope]))[scope].seq == before + 2
