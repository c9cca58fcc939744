"""Every step of a dispatcher's hand can be taken back and done again, as long as the day has not gone on."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from backend.dispatch import service as dispatch
from backend.dispatch.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.operations import EnRoute
from tests.factories.callers import calling
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.identity import make_user
from tests.factories.jobs import SUPERVISOR, do
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

STEPS = "/api/v1/manual-steps"


class Morning(NamedTuple):
    eero: UUID
    aino: UUID
    first: UUID
    second: UUID


@pytest.fixture
async def morning(database: Database) -> Morning:
    """Two technicians and two jobs that nobody has."""
    async with database.transaction(SYSTEM, "test") as tx:
        eero, aino = await make_team(tx, 2)
        first, second = await make_jobs(tx, eero.territory_id, 2)
    return Morning(eero.id, aino.id, first.id, second.id)


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR) as opened:
        yield opened


def at(technician_id: UUID, hours: float) -> dict[str, str]:
    return {"technician_id": str(technician_id), "start": (MONDAY + timedelta(hours=hours)).isoformat()}


async def resize(http: httpx.AsyncClient, job_id: UUID, hours: float) -> httpx.Response:
    return await http.put(f"/api/v1/jobs/{job_id}/duration", json={"duration_seconds": int(hours * 3600)})


async def assign(http: httpx.AsyncClient, job_id: UUID, technician_id: UUID, hours: float) -> dict[str, Any]:
    answer = await http.post(f"/api/v1/jobs/{job_id}/assignment", json=at(technician_id, hours))
    assert answer.status_code == 201, answer.text
    return answer.json()


async def steps(http: httpx.AsyncClient) -> list[dict[str, Any]]:
    return (await http.get(STEPS)).json()["items"]


async def again(http: httpx.AsyncClient, step: dict[str, Any], what: str) -> tuple[int, Any]:
    answer = await http.post(f"{STEPS}/{step['id']}/{what}")
    told = answer.json()
    return answer.status_code, told["state"] if answer.is_success else (told["code"], told["params"].get("reason"))


async def job_now(database: Database, job_id: UUID) -> JobView:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await jobs.job_view(tx, job_id)


async def test_assigning_moving_locking_and_taking_back_are_each_undone_in_turn_and_redone(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    job = morning.first
    await assign(http, job, morning.eero, 1)
    await assign(http, job, morning.aino, 2)
    await http.put(f"/api/v1/jobs/{job}/lock", json={"lock": "time"})
    taken_back = await http.delete(f"/api/v1/jobs/{job}/assignment")

    assert (taken_back.status_code, taken_back.json()["technician_id"], taken_back.json()["lock"]) == (
        200,
        None,
        "none",
    )
    done = await steps(http)
    assert [step["kind"] for step in done] == ["unassign", "lock", "move", "assign"]
    seen = list[tuple[UUID | None, Any, str]]()
    for step in done:
        assert await again(http, step, "undo") == (201, "undone")
        now = await job_now(database, job)
        seen.append((now.technician_id, now.planned_start, str(now.lock)))
    assert seen == [
        (morning.aino, MONDAY + timedelta(hours=2), "time"),
        (morning.aino, MONDAY + timedelta(hours=2), "none"),
        (morning.eero, MONDAY + timedelta(hours=1), "none"),
        (None, None, "none"),
    ]
    for step in reversed(done):
        assert await again(http, step, "redo") == (201, "done")
    assert (await job_now(database, job)).technician_id is None


async def test_a_job_made_longer_takes_that_time_and_is_as_long_as_before_when_undone(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    start = MONDAY + timedelta(hours=1)
    await assign(http, morning.first, morning.eero, 1)
    await assign(http, morning.second, morning.eero, 4)

    longer = await resize(http, morning.first, 2.5)
    too_long = await resize(http, morning.first, 3.5)

    assert longer.json()["duration_seconds"] == 9000
    assert (too_long.status_code, too_long.json()["code"]) == (409, "technician_busy")
    now = await job_now(database, morning.first)
    assert (now.planned_start, now.planned_end, now.duration_seconds) == (start, start + timedelta(hours=2.5), 9000)
    taken = await http.post(f"/api/v1/jobs/{morning.second}/assignment", json=at(morning.eero, 3))
    assert taken.json()["code"] == "technician_busy"
    step = next(step for step in await steps(http) if step["kind"] == "resize")
    assert await again(http, step, "undo") == (201, "undone")
    now = await job_now(database, morning.first)
    assert (now.planned_end, now.duration_seconds) == (start + timedelta(minutes=90), 5400)
    assert await again(http, step, "redo") == (201, "done")
    assert (await job_now(database, morning.first)).planned_end == start + timedelta(hours=2.5)


async def test_a_job_that_nobody_has_is_made_shorter_and_one_under_way_is_not(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    shorter = await resize(http, morning.first, 0.5)
    past_the_shift = await resize(http, morning.first, 13)
    await assign(http, morning.second, morning.eero, 1)
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, morning.second)
        await do(tx, morning.second, morning.eero, EnRoute())
    under_way = await resize(http, morning.second, 2)

    assert shorter.json()["duration_seconds"] == 1800
    assert past_the_shift.status_code == 400
    assert (under_way.status_code, under_way.json()["code"]) == (409, "job_underway")
    [_, step] = await steps(http)
    assert await again(http, step, "undo") == (201, "undone")
    assert (await job_now(database, morning.first)).duration_seconds == 5400


async def test_a_step_is_undone_once_and_redone_only_after_that(http: httpx.AsyncClient, morning: Morning):
    await assign(http, morning.first, morning.eero, 1)
    [step] = await steps(http)

    assert await again(http, step, "redo") == (409, ("illegal_move", None))
    assert await again(http, step, "undo") == (201, "undone")
    assert await again(http, step, "undo") == (409, ("illegal_move", None))


async def test_a_step_whose_job_was_changed_by_somebody_is_not_undone(http: httpx.AsyncClient, morning: Morning):
    await assign(http, morning.first, morning.eero, 1)
    await assign(http, morning.first, morning.aino, 2)
    moved, assigned = await steps(http)

    assert await again(http, assigned, "undo") == (409, ("day_went_on", "changed_meanwhile"))
    assert await again(http, moved, "undo") == (201, "undone")
    assert await again(http, assigned, "undo") == (201, "undone")


async def test_a_job_that_is_under_way_stays_with_its_technician(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    await assign(http, morning.first, morning.eero, 1)
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, morning.first)
        await do(tx, morning.first, morning.eero, EnRoute())
    [step] = await steps(http)

    assert await again(http, step, "undo") == (409, ("day_went_on", "job_underway"))
    refused = await http.delete(f"/api/v1/jobs/{morning.first}/assignment")
    assert (refused.status_code, refused.json()["code"]) == (409, "job_underway")
    assert (await job_now(database, morning.first)).technician_id == morning.eero


async def test_time_that_went_to_another_job_is_not_taken_back(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    await assign(http, morning.first, morning.eero, 1)
    await assign(http, morning.first, morning.aino, 1)
    moved, _ = await steps(http)
    async with database.transaction(SYSTEM, "test") as tx:
        start = MONDAY + timedelta(hours=1)
        await dispatch.plan_job(tx, morning.second, technician_id=morning.eero, start=start)

    assert await again(http, moved, "undo") == (409, ("technician_busy", None))
    assert (await steps(http))[0]["state"] == "done"


async def test_a_time_that_has_passed_is_not_gone_back_to(http: httpx.AsyncClient, morning: Morning, clock: FixedClock):
    await assign(http, morning.first, morning.eero, 1)
    await assign(http, morning.first, morning.eero, 3)
    moved, _ = await steps(http)
    clock.advance(2 * 3600)

    assert await again(http, moved, "undo") == (409, ("day_went_on", "start_in_the_past"))


async def test_only_what_somebody_has_is_locked_or_taken_back(http: httpx.AsyncClient, morning: Morning):
    locked = await http.put(f"/api/v1/jobs/{morning.first}/lock", json={"lock": "both"})
    taken_back = await http.delete(f"/api/v1/jobs/{morning.first}/assignment")

    assert [(one.status_code, one.json()["code"]) for one in (locked, taken_back)] == [(409, "nobody_has_it")] * 2
    assert await steps(http) == []


async def test_steps_are_each_dispatchers_own(http: httpx.AsyncClient, database: Database, morning: Morning):
    await assign(http, morning.first, morning.eero, 1)
    [step] = await steps(http)
    async with database.transaction(SYSTEM, "test") as tx:
        other = Principal(actor=SYSTEM, role=Role.SUPERVISOR, user_id=(await make_user(tx, Role.SUPERVISOR)).id)

    async with calling(database, ROUTES, other) as theirs:
        assert await steps(theirs) == []
        assert await again(theirs, step, "undo") == (404, ("unknown_step", None))


async def test_of_two_dispatchers_with_one_job_in_hand_the_second_is_told_who_was_first(
    http: httpx.AsyncClient, database: Database, morning: Morning
):
    async with database.transaction(SYSTEM, "test") as tx:
        vera = await make_user(tx, Role.SUPERVISOR)
    asked = {"technician_id": str(morning.aino), "start": (MONDAY + timedelta(hours=1)).isoformat()}
    nobodys = {"technician_id": None, "start": None}
    path = f"/api/v1/jobs/{morning.first}/assignment"

    first = Principal(actor=SYSTEM, role=Role.SUPERVISOR, user_id=vera.id)
    async with calling(database, ROUTES, first) as other:
        given = await other.post(path, json=asked | {"seen": nobodys})
    late = await http.post(path, json=asked | {"technician_id": str(morning.eero), "seen": nobodys})

    assert given.status_code == 201, given.text
    assert (late.status_code, late.json()["code"], late.json()["params"]["by"]) == (409, "planned_meanwhile", vera.name)
    assert (await job_now(database, morning.first)).technician_id == morning.aino
    now = {"technician_id": str(morning.aino), "start": given.json()["planned_start"]}
    moved = await http.post(path, json=asked | {"technician_id": str(morning.eero), "seen": now})
    assert moved.status_code == 201, moved.text
