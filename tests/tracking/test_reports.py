"""What the office asks of the customer's side: how the told times hold, and where fields come from."""

from datetime import timedelta

import httpx
import pytest

from backend.dispatch import alerts, estimates
from backend.dispatch.delays import read_pack
from backend.dispatch.live import LiveDays
from backend.identity.principal import Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.dispatch import AirLines
from tests.factories.identity import make_session, make_user
from tests.factories.tracking import make_agreed
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio


async def test_the_share_of_arrivals_inside_what_was_told_is_reported(
    api: httpx.AsyncClient, database: Database, clock: FixedClock
):
    agreed = await make_agreed(database)
    clock.advance(timedelta(hours=3, minutes=10).total_seconds())  # the visit is planned for two hours later
    await alerts.look_ahead(database, LiveDays(AirLines()), agreed.territory_id, read_pack("standard"))
    async with database.transaction(SYSTEM, "test") as tx:
        await estimates.note_arrival(tx, agreed.job.id, agreed.appointment.window.start)
        office = await make_session(tx, await make_user(tx, Role.SUPERVISOR))

    answer = await api.get(
        "/api/v1/reports/arrivals", auth=office, params={"since": "2026-06-01", "until": "2026-06-02"}
    )

    report = answer.json()
    assert (answer.status_code, report["arrivals"], report["inside"], report["share_inside"]) == (200, 1, 1, 1.0)
    assert report["median_width_minutes"] >= 0


async def test_every_field_has_a_source_that_can_be_asked_for(api: httpx.AsyncClient, database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        office = await make_session(tx, await make_user(tx, Role.AGENT))

    fields = (await api.get("/api/v1/sources-of-truth", auth=office)).json()["items"]

    found = {(one["table"], one["field"]): one["truth"] for one in fields}
    assert (found["account", "language"], found["service", "active_since"]) == ("customer", "network")
