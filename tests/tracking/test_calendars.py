"""Calendars: read by the library that calendar programs are tested with, and by whoever knows their address alone."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import icalendar
import pytest

from backend.identity import service as identity
from backend.identity.principal import Role
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.tracking.ics import Event, calendar
from tests.factories.identity import Bearer, make_phone, make_user
from tests.factories.jobs import SUPERVISOR
from tests.factories.tracking import Agreed, make_agreed

pytestmark = pytest.mark.anyio

AT = datetime(2026, 6, 2, 6, tzinfo=UTC)
AWKWARD = "Kuja 1; C, \\ takaovi\nsoita äänekkäästi " * 4


def event(**changes: Any) -> Event:
    values: dict[str, Any] = {
        "uid": "1",
        "sequence": 3,
        "stamp": AT,
        "start": AT,
        "end": AT + timedelta(hours=2),
        "summary": "Install",
        "location": AWKWARD,
    }
    return Event(**values | changes)


def events_in(text: str) -> list[Any]:
    """What a calendar program reads of it; the library types its properties too widely to ask them anything."""
    read = icalendar.Calendar.from_ical(text)
    assert read.errors == []
    return [one for one in read.walk("VEVENT") if not one.errors]


async def link_of(database: Database, agreed: Agreed) -> Bearer:
    async with database.transaction(SYSTEM, "test") as tx:
        token = await identity.issue_link(tx, agreed.job.id, tx.now + timedelta(days=1), is_proved=True)
    return Bearer(token)


@pytest.fixture
async def agreed(database: Database) -> Agreed:
    return await make_agreed(database)


def test_whatever_stands_in_an_address_comes_back_as_it_was():
    [read] = events_in(calendar("Visit", [event()]))

    assert (str(read["location"]), read["dtstart"].dt, read["dtend"].dt) == (AWKWARD, AT, AT + timedelta(hours=2))
    assert (read["sequence"], str(read["status"])) == (3, "CONFIRMED")


def test_lines_are_no_longer_than_the_standard_allows_and_break_no_letter():
    lines = calendar("Visit", [event()]).encode().split(b"\r\n")

    assert max(map(len, lines)) <= 75
    assert all(line.decode() is not None for line in lines)


async def test_the_customer_takes_the_agreed_window_into_a_calendar(
    api: httpx.AsyncClient, database: Database, agreed: Agreed
):
    answer = await api.get("/api/v1/tracking/calendar", auth=await link_of(database, agreed))

    assert answer.headers["content-type"].startswith("text/calendar")
    [read] = events_in(answer.text)
    window = agreed.appointment.window
    assert (read["dtstart"].dt, read["dtend"].dt) == (window.start, window.end)


async def test_a_subscribed_calendar_follows_the_visit_and_a_new_address_ends_the_old(
    api: httpx.AsyncClient, database: Database, agreed: Agreed
):
    customer = await link_of(database, agreed)
    first = (await api.post("/api/v1/calendar-feeds", auth=customer)).json()["path"]
    before = events_in((await api.get(first)).text)[0]["sequence"]
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, agreed.job.id, "moved_away")
    [after] = events_in((await api.get(first)).text)
    second = (await api.post("/api/v1/calendar-feeds", auth=customer)).json()["path"]

    assert (str(after["status"]), after["sequence"] > before) == ("CANCELLED", True)
    assert (await api.get(second)).status_code == 200
    gone, guessed = await api.get(first), await api.get(f"/calendars/trc_{'x' * 43}.ics")
    assert (gone.status_code, gone.content) == (404, guessed.content)


async def test_a_technician_has_the_planned_jobs(api: httpx.AsyncClient, database: Database, agreed: Agreed):
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, Role.TECHNICIAN, technician_id=agreed.eero.id)
        phone = Bearer((await make_phone(tx, user)).tokens.access_token)

    path = (await api.post("/api/v1/calendar-feeds", auth=phone)).json()["path"]

    [read] = events_in((await api.get(path)).text)
    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, agreed.job.id)
    assert (read["dtstart"].dt, read["dtend"].dt) == (job.planned_start, job.planned_end)
    assert job.number in str(read["summary"])
