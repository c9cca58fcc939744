"""How many windows of a day are given away, and promises that are taken back."""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from backend.booking.routes import ROUTES
from backend.dispatch import service as dispatch
from backend.dispatch.live import LiveDays
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.booking import make_appointment, make_hold, window
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date().isoformat()


class Town(NamedTuple):
    territory_id: UUID
    work: str
    job_ids: list[UUID]

    @property
    def quota(self) -> str:
        return f"/api/v1/territories/{self.territory_id}/booking-quotas/{self.work}"


@pytest.fixture
async def town(database: Database) -> Town:
    """Three technicians, three jobs of one kind, and today's and tomorrow's shifts."""
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 3, days=2)
        made = await make_jobs(tx, team[0].territory_id, 3)
    return Town(team[0].territory_id, made[0].work, [job.id for job in made])


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR, live=LiveDays(AirLines())) as opened:
        yield opened


async def slots(http: httpx.AsyncClient, job_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Day → its windows."""
    answer = await http.get(f"/api/v1/jobs/{job_id}/slots", params={"from": TODAY, "days": 2})
    found = dict[str, list[dict[str, Any]]]()
    for slot in answer.json()["slots"]:
        found.setdefault(slot["day"], []).append(slot)
    return found


def body(hour: int) -> dict[str, str]:
    wanted = window(hour)
    return {"window_start": wanted.window_start.isoformat(), "window_end": wanted.window_end.isoformat()}


async def test_a_full_day_is_closed_with_its_reason_and_the_next_one_is_open(
    http: httpx.AsyncClient, database: Database, town: Town
):
    first, second, third = town.job_ids
    put = await http.put(town.quota, json={"daily_limit": 2})
    await make_appointment(database, first, window(10))
    await make_hold(database, second, window(10))

    today, tomorrow = (await slots(http, third)).values()

    assert put.json() == {"items": [{"work": town.work, "daily_limit": 2, "given": None}]}
    assert [(slot["state"], slot["reasons"]) for slot in today] == [("closed", {"quota": 0})] * 5
    assert {slot["state"] for slot in tomorrow} == {"open", "closed"}


async def test_nobody_gets_in_past_a_full_day_but_who_has_a_place_may_change_it(
    http: httpx.AsyncClient, database: Database, town: Town
):
    first, second, _ = town.job_ids
    await http.put(town.quota, json={"daily_limit": 1})
    await make_appointment(database, first, window(10))

    refused = await http.post(f"/api/v1/jobs/{second}/holds", json=body(12))
    moved = await http.post(f"/api/v1/jobs/{first}/holds", json=body(12))

    assert (refused.status_code, refused.json()["code"]) == (409, "quota_full")
    assert refused.json()["params"] == {"day": TODAY, "work": town.work, "daily_limit": 1}
    assert moved.status_code == 201


async def test_a_hold_that_ends_gives_its_place_back(http: httpx.AsyncClient, database: Database, town: Town):
    first, second, _ = town.job_ids
    await http.put(town.quota, json={"daily_limit": 1})
    held = await make_hold(database, first, window(10))
    assert {slot["state"] for slot in (await slots(http, second))[TODAY]} == {"closed"}

    await http.delete(f"/api/v1/holds/{held.id}")

    assert "open" in {slot["state"] for slot in (await slots(http, second))[TODAY]}


async def test_a_bound_is_taken_away_again(http: httpx.AsyncClient, town: Town):
    await http.put(town.quota, json={"daily_limit": 0})
    assert {slot["state"] for slot in (await slots(http, town.job_ids[0]))[TODAY]} == {"closed"}

    gone = await http.put(town.quota, json={"daily_limit": None})

    assert gone.json() == {"items": []}
    assert "open" in {slot["state"] for slot in (await slots(http, town.job_ids[0]))[TODAY]}
    unknown = await http.put(town.quota + "X", json={"daily_limit": 1})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_work")


async def test_a_promise_that_is_taken_back_leaves_the_job_to_be_done_and_the_time_free(
    http: httpx.AsyncClient, database: Database, town: Town
):
    [first, *_] = town.job_ids
    promised = await make_appointment(database, first, window(10))
    url = f"/api/v1/appointments/{promised.id}"

    cancelled = await http.post(f"{url}/cancellation", json={"reason": "customer_away"})
    again = await http.post(f"{url}/cancellation", json={"reason": "customer_away"})

    assert (cancelled.status_code, cancelled.json()["state"], cancelled.json()["reason"]) == (
        201,
        "cancelled",
        "customer_away",
    )
    assert (again.status_code, again.json()["code"]) == (409, "illegal_move")
    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, first)
        situation = await dispatch.read_situation(tx, town.territory_id, [MONDAY.date()])
    assert (job.state, job.technician_id, job.window) == ("pending", None, None)
    assert situation.times == ()


async def test_an_appointment_moves_by_holding_and_confirming_another_window(
    http: httpx.AsyncClient, database: Database, town: Town, clock: FixedClock
):
    [first, *_] = town.job_ids
    old = await make_appointment(database, first, window(10))

    held = await http.post(f"/api/v1/jobs/{first}/holds", json=body(12))
    kept = (await http.get(f"/api/v1/appointments/{old.id}")).json()
    new = await http.post(f"/api/v1/holds/{held.json()['id']}/confirmation")

    assert kept["state"] == "confirmed"  # until the other one is sure
    gone = (await http.get(f"/api/v1/appointments/{old.id}")).json()
    assert (gone["state"], gone["reason"]) == ("cancelled", "rescheduled")
    assert new.json()["window"]["local"].endswith("12:00–14:00")


async def test_a_day_shows_how_much_of_its_bounds_is_given_away(
    http: httpx.AsyncClient, database: Database, town: Town
):
    await http.put(town.quota, json={"daily_limit": 2})
    await make_hold(database, town.job_ids[0], window(12))
    await make_appointment(database, town.job_ids[1], window(12))

    url = town.quota.rpartition("/")[0]
    [today] = (await http.get(url, params={"day": TODAY})).json()["items"]
    [tomorrow] = (await http.get(url, params={"day": "2026-06-02"})).json()["items"]
    [unasked] = (await http.get(url)).json()["items"]

    assert (today["given"], today["daily_limit"]) == (2, 2)
    assert (tomorrow["given"], unasked["given"]) == (0, None)
