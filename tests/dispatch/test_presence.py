"""Two dispatchers with one job open know of each other, for as long as their pages say so."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from backend.dispatch import service as dispatch
from backend.dispatch.documents import render
from backend.dispatch.presence import LASTS
from backend.dispatch.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.jobs.documents import render_jobs
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database
from backend.kernel.feed import documents_in
from tests.factories.callers import calling
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.identity import make_user
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

PRESENCE = "/api/v1/presence"


async def on_the_board(database: Database, territory_id: UUID) -> list[tuple[str, UUID]]:
    """Names and jobs, as boards of the territory hold them."""
    async with database.snapshot(SYSTEM, "test") as tx:
        held = [id_ for kind, id_, _ in await documents_in(tx, f"territory:{territory_id}") if kind == "presence"]
        return sorted((one.name, one.job_id) for one in (await render(tx, held)).values())


async def say(http: httpx.AsyncClient, job_id: UUID | None) -> int:
    return (await http.put(PRESENCE, json={"job_id": str(job_id) if job_id else None})).status_code


async def test_whoever_has_a_job_open_is_seen_there_until_it_is_closed(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        [technician] = await make_team(tx, 1)
        first, second = await make_jobs(tx, technician.territory_id, 2)
        vera, olli = [await make_user(tx, Role.SUPERVISOR, name=name) for name in ("Vera Suo", "Olli Oja")]
    callers = [Principal(actor=SYSTEM, role=Role.SUPERVISOR, user_id=one.id) for one in (vera, olli)]

    async with calling(database, ROUTES, callers[0]) as veras, calling(database, ROUTES, callers[1]) as ollis:
        assert [await say(veras, first.id), await say(ollis, first.id)] == [204, 204]
        assert [job for _, job in await on_the_board(database, technician.territory_id)] == [first.id] * 2
        await say(veras, second.id)  # another one takes the place of the first
        assert sorted(job for _, job in await on_the_board(database, technician.territory_id)) == [first.id, second.id]
        await say(veras, None)
        assert await on_the_board(database, technician.territory_id) == [(olli.name, first.id)]
        clock.advance(LASTS.total_seconds() + 1)
        await say(veras, second.id)  # who fell silent is gone as soon as anybody speaks
        assert await on_the_board(database, technician.territory_id) == [(vera.name, second.id)]


async def test_nobody_is_on_a_job_that_is_not_there(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        vera = await make_user(tx, Role.SUPERVISOR)

    async with calling(database, ROUTES, Principal(actor=SYSTEM, role=Role.SUPERVISOR, user_id=vera.id)) as veras:
        assert await say(veras, vera.id) == 404


async def test_whoever_changes_a_plan_by_hand_is_named_on_it_on_every_board(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        vera, olli = [await make_user(tx, Role.SUPERVISOR, name=name) for name in ("Vera Suo", "Olli Oja")]
    veras_hand, ollis_hand = (
        Principal(actor=Actor(kind="user", id=one.id), role=Role.SUPERVISOR, user_id=one.id) for one in (vera, olli)
    )

    async def planned_by() -> UUID | None:
        async with database.snapshot(SYSTEM, "test") as tx:
            return (await render_jobs(tx, [job.id]))[job.id].planned_by

    assert await planned_by() is None
    async with calling(database, ROUTES, veras_hand) as veras, calling(database, ROUTES, ollis_hand) as ollis:
        body = {"technician_id": str(eero.id), "start": (MONDAY + timedelta(hours=1)).isoformat()}
        await veras.post(f"/api/v1/jobs/{job.id}/assignment", json=body)
        assert await planned_by() == vera.id
        await ollis.put(f"/api/v1/jobs/{job.id}/duration", json={"duration_seconds": 3600})
        assert await planned_by() == olli.id
        await veras.put(f"/api/v1/jobs/{job.id}/lock", json={"lock": "both"})
        assert await planned_by() == vera.id
        await ollis.delete(f"/api/v1/jobs/{job.id}/assignment")
        assert await planned_by() == olli.id
    async with database.transaction(SYSTEM, "test") as tx:
        await dispatch.plan_job(tx, job.id, technician_id=eero.id, start=MONDAY + timedelta(hours=1))
    assert await planned_by() is None
