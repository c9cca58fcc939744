"""Where technicians were last known to be is told with how it is known, and since when."""

from datetime import timedelta
from typing import Any

import pytest

from backend.dispatch.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.operations import Arrive, EnRoute, NotDone, Start
from tests.factories.callers import calling
from tests.factories.dispatch import make_jobs, make_team, plan
from tests.factories.jobs import SUPERVISOR, do
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio


async def test_a_place_is_the_home_then_the_job_and_after_it_the_job_that_was_left(
    database: Database, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        first, second = await make_jobs(tx, eero.territory_id, 2)
        await plan(tx, first, eero, hours=0.5)
        await plan(tx, second, eero, hours=3)
        await jobs.dispatch_day(tx, eero.territory_id, MONDAY.date())
    url = f"/api/v1/territories/{eero.territory_id}/days/{MONDAY.date()}/whereabouts"
    told: list[tuple[Any, ...]] = []

    async def after(*done: Any, at: Any) -> None:
        if done:
            async with database.transaction(SYSTEM, "test") as tx:
                await do(tx, at.id, eero.id, *done)
        async with calling(database, ROUTES, SUPERVISOR) as http:
            [item] = (await http.get(url)).json()["items"]
        told.append((item["source"], item["job_id"], item["at"], item["heading_to"]))
        clock.advance(600)

    def minute(minutes: int) -> str:
        return (MONDAY + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")

    await after(at=None)
    await after(EnRoute(), at=first)
    await after(Arrive(), Start(), at=first)
    await after(NotDone(reason="no_access.nobody_home"), at=first)
    await after(EnRoute(), at=second)

    assert told == [
        ("home", None, None, None),
        ("home", None, None, str(first.id)),
        ("at_job", str(first.id), minute(20), None),
        ("left_job", str(first.id), minute(30), None),
        ("left_job", str(first.id), minute(30), str(second.id)),
    ]
    stranger = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset())
    async with calling(database, ROUTES, stranger) as http:
        assert (await http.get(url)).status_code == 404
