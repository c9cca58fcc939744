"""Booking over HTTP: from the slots to the appointment, and every way to be refused."""

from uuid import uuid4

import httpx
import pytest

from backend.booking.routes import ROUTES
from backend.dispatch.live import LiveDays
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team
from tests.factories.orders import AGENT

pytestmark = pytest.mark.anyio


@pytest.fixture
async def urls(database: Database) -> list[str]:
    """The addresses of two jobs for one technician."""
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        return [f"/api/v1/jobs/{job.id}" for job in await make_jobs(tx, eero.territory_id, 2)]


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def first_open(http: httpx.AsyncClient, url: str) -> dict[str, str]:
    answer = await http.get(f"{url}/slots", params={"from": "2026-06-01", "days": 1})
    slot = next(slot for slot in answer.json()["slots"] if slot["state"] == "open")
    return {"window_start": slot["window"]["start"], "window_end": slot["window"]["end"]}


async def test_a_window_is_found_held_confirmed_and_read(database: Database, urls: list[str]):
    roads = AirLines()
    async with calling(database, ROUTES, AGENT, live=LiveDays(roads)) as http:
        held = await http.post(f"{urls[0]}/holds", json=await first_open(http, urls[0]))
        confirmed = await http.post(f"/api/v1/holds/{held.json()['id']}/confirmation")
        read = await http.get(f"/api/v1/appointments/{confirmed.json()['id']}")

    assert (held.status_code, confirmed.status_code) == (201, 201)
    assert confirmed.json()["state"] == "confirmed"
    assert read.json() == confirmed.json()
    assert roads.asked == 1  # for the slots of the day, which the hold still finds in memory


async def test_a_hold_that_is_asked_for_again_is_the_same_hold(database: Database, urls: list[str]):
    again = {"Idempotency-Key": "one"}
    async with calling(database, ROUTES, AGENT, live=LiveDays(AirLines())) as http:
        wanted = await first_open(http, urls[0])
        first = await http.post(f"{urls[0]}/holds", json=wanted, headers=again)
        second = await http.post(f"{urls[0]}/holds", json=wanted, headers=again)

    assert second.json() == first.json()


async def test_a_window_that_another_customer_holds_is_taken(database: Database, urls: list[str]):
    late = {"window_start": "2026-06-01T11:00:00Z", "window_end": "2026-06-01T13:00:00Z"}
    async with calling(database, ROUTES, AGENT, live=LiveDays(AirLines())) as http:
        held = await http.post(f"{urls[0]}/holds", json=late)
        assert told(await http.post(f"{urls[1]}/holds", json=late)) == (409, "slot_taken")

        released = await http.delete(f"/api/v1/holds/{held.json()['id']}")

        assert (released.status_code, released.json()["state"]) == (200, "released")
        assert (await http.post(f"{urls[1]}/holds", json=late)).status_code == 201


async def test_what_cannot_be_meant_is_refused(database: Database, urls: list[str]):
    odd = {"window_start": "2026-06-01T10:30:00Z", "window_end": "2026-06-01T12:30:00Z"}
    async with calling(database, ROUTES, AGENT, live=LiveDays(AirLines())) as http:
        assert told(await http.post(f"{urls[0]}/holds", json=odd)) == (422, "not_a_window")
        assert told(await http.post(f"{urls[0]}/holds", json={"window_start": "2026-06-01"})) == (400, "malformed")
        assert told(await http.post(f"/api/v1/jobs/{uuid4()}/holds", json=odd)) == (404, "unknown_job")
        assert told(await http.post(f"/api/v1/holds/{uuid4()}/confirmation")) == (404, "unknown_hold")
        assert told(await http.get(f"/api/v1/appointments/{uuid4()}")) == (404, "unknown_appointment")
        assert (await http.get(f"{urls[0]}/slots", params={"from": "2026-06-01", "days": 15})).status_code == 400
        assert (await http.get(f"{urls[0]}/slots")).status_code == 400


async def test_how_far_a_booking_is_can_be_looked_at(database: Database, urls: list[str]):
    async with calling(database, ROUTES, AGENT, live=LiveDays(AirLines())) as http:
        nothing = await http.get(f"{urls[0]}/booking")
        held = await http.post(f"{urls[0]}/holds", json=await first_open(http, urls[0]))
        while_held = await http.get(f"{urls[0]}/booking")
        confirmed = await http.post(f"/api/v1/holds/{held.json()['id']}/confirmation")
        promised = await http.get(f"{urls[0]}/booking")

    assert (nothing.json()["hold"], nothing.json()["appointment"]) == (None, None)
    assert (while_held.json()["hold"], while_held.json()["appointment"]) == (held.json(), None)
    assert (promised.json()["hold"], promised.json()["appointment"]) == (None, confirmed.json())
