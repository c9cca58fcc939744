"""What a drop by hand would break and cost, while it is dragged; and why nobody has a job."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest

from backend.dispatch import service as dispatch
from backend.dispatch.live import LiveDays
from backend.dispatch.routes import ROUTES
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines, make_jobs, make_team, plan
from tests.factories.jobs import SUPERVISOR
from tests.factories.workforce import make_shift, make_technician
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date().isoformat()


class Board(NamedTuple):
    """Eero has two jobs, an hour and a bit more than three hours from now; a third waits. Novice has no skill, Idle no shift."""

    eero: UUID
    aino: UUID
    novice: UUID
    idle: UUID
    first: UUID
    second: UUID
    third: UUID


@pytest.fixture
async def board(database: Database) -> Board:
    async with database.transaction(SYSTEM, "test") as tx:
        eero, aino = await make_team(tx, 2)
        novice = await make_technician(tx, eero.territory_id)
        await make_shift(tx, novice.id)
        idle = await make_technician(tx, eero.territory_id)
        first, second, third = await make_jobs(tx, eero.territory_id, 3)
        await plan(tx, first, eero, hours=1)
        await plan(tx, second, eero, hours=3.25)
    return Board(eero.id, aino.id, novice.id, idle.id, first.id, second.id, third.id)


@pytest.fixture
def roads() -> AirLines:
    return AirLines()


@pytest.fixture
async def http(database: Database, roads: AirLines) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR, live=LiveDays(roads)) as opened:
        yield opened


async def drop(http: httpx.AsyncClient, job_id: UUID, technician_id: UUID, hours: float, **more: int) -> dict[str, Any]:
    body = {"technician_id": str(technician_id), "start": (MONDAY + timedelta(hours=hours)).isoformat()}
    answer = await http.post(f"/api/v1/jobs/{job_id}/drop-preview", json=body | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(view: dict[str, Any]) -> list[str]:
    return [one["code"] for one in view["violations"]]


def starts(view: dict[str, Any]) -> dict[str, datetime]:
    return {one["job_id"]: datetime.fromisoformat(one["start"]) for one in view["route"]}


async def test_a_drop_into_a_gap_breaks_nothing_and_saves_what_leaving_it_would_cost(
    http: httpx.AsyncClient, board: Board
):
    view = await drop(http, board.third, board.aino, 1)

    assert codes(view) == []
    assert starts(view) == {str(board.third): MONDAY + timedelta(hours=1)}
    assert view["cost_delta_seconds"] < 0 < view["travel_delta_seconds"]


async def test_a_drop_between_two_jobs_moves_the_rest_of_the_route_as_far_as_it_must(
    http: httpx.AsyncClient, board: Board
):
    view = await drop(http, board.third, board.eero, 2)

    told = starts(view)
    assert list(told) == [str(board.first), str(board.third), str(board.second)]
    assert told[str(board.first)] == MONDAY + timedelta(hours=1)
    assert told[str(board.third)] > MONDAY + timedelta(hours=2.5)
    assert told[str(board.second)] > told[str(board.third)] + timedelta(hours=1.5)


async def test_a_drop_onto_other_work_says_onto_which_as_it_would_be_refused(
    http: httpx.AsyncClient, database: Database, board: Board
):
    view = await drop(http, board.third, board.eero, 2)

    assert [(one["code"], one["job_id"]) for one in view["violations"]] == [
        ("technician_busy", str(board.first)),
        ("technician_busy", str(board.second)),
    ]


async def test_a_job_made_longer_is_checked_at_its_place(http: httpx.AsyncClient, board: Board):
    longer = await drop(http, board.first, board.eero, 1, duration_seconds=6300)
    far_too_long = await drop(http, board.first, board.eero, 1, duration_seconds=3 * 3600)
    past_the_shift = await drop(http, board.second, board.eero, 3.25, duration_seconds=8 * 3600)

    [own, _] = longer["route"]
    assert datetime.fromisoformat(own["end"]) == MONDAY + timedelta(hours=2.75)
    assert codes(longer) == []
    assert codes(far_too_long)[0] == "technician_busy"
    assert "after_shift" in codes(past_the_shift)


async def test_jobs_that_are_not_pushed_keep_the_times_that_people_were_told(http: httpx.AsyncClient, board: Board):
    view = await drop(http, board.third, board.eero, 5)

    told = starts(view)
    assert told[str(board.first)] == MONDAY + timedelta(hours=1)
    assert told[str(board.second)] == MONDAY + timedelta(hours=3.25)
    assert told[str(board.third)] == MONDAY + timedelta(hours=5)


async def test_what_a_drop_breaks_is_told_by_rule_with_its_values(
    http: httpx.AsyncClient, database: Database, board: Board
):
    async with database.transaction(SYSTEM, "test") as tx:
        opens = MONDAY + timedelta(hours=1)
        window = {"start": opens, "end": opens + timedelta(hours=2), "zone": "Europe/Helsinki", "local": "10–12"}
        await jobs.promise_window(tx, board.third, **window)

    too_late = await drop(http, board.third, board.aino, 4)
    unskilled = await drop(http, board.third, board.novice, 1)
    off_duty = await drop(http, board.third, board.idle, 1)
    past = await drop(http, board.third, board.aino, -1)

    [outside] = too_late["violations"]
    assert (outside["code"], outside["job_id"]) == ("window", str(board.third))
    assert datetime.fromisoformat(outside["params"]["found"]) == MONDAY + timedelta(hours=4)
    assert codes(unskilled) == ["skill"]
    assert unskilled["violations"][0]["params"]["skill"] == "FIBRE"
    assert (codes(off_duty), off_duty["cost_delta_seconds"]) == (["no_shift"], None)
    assert "start_in_the_past" in codes(past)


async def test_a_planned_job_is_dragged_away_from_its_own_route(http: httpx.AsyncClient, board: Board):
    moved = await drop(http, board.second, board.aino, 3)
    later = await drop(http, board.second, board.eero, 4)

    assert codes(moved) == codes(later) == []
    assert list(starts(moved)) == [str(board.second)]
    assert starts(later)[str(board.second)] == MONDAY + timedelta(hours=4)


async def test_the_roads_are_asked_once_while_a_day_changes_until_time_passes(
    http: httpx.AsyncClient, database: Database, board: Board, roads: AirLines, clock: FixedClock
):
    for _ in range(3):
        await drop(http, board.third, board.eero, 2)
    assert roads.asked == 1

    async with database.transaction(SYSTEM, "test") as tx:
        await dispatch.unassign_by_hand(tx, SUPERVISOR, board.first)
    changed = await drop(http, board.third, board.eero, 5)
    assert roads.asked == 1
    assert str(board.first) not in starts(changed)
    clock.advance(61)
    await drop(http, board.third, board.eero, 2)
    assert roads.asked == 2


async def test_a_drop_after_which_nobody_is_home_in_time_says_by_how_much(http: httpx.AsyncClient, board: Board):
    view = await drop(http, board.third, board.aino, 6)

    [late] = view["violations"]
    assert late["code"] == "after_shift"
    assert late["params"]["late_s"] > 0


async def test_a_drop_changes_nothing(http: httpx.AsyncClient, database: Database, board: Board):
    await drop(http, board.third, board.eero, 2)

    async with database.snapshot(SYSTEM, "test") as tx:
        known = await jobs.jobs_by_id(tx, [board.second, board.third])
    assert known[board.second].planned_start == MONDAY + timedelta(hours=3.25)
    assert known[board.third].technician_id is None


async def test_why_nobody_has_a_job_is_told_of_each_technician(
    http: httpx.AsyncClient, database: Database, board: Board
):
    answer = await http.get(f"/api/v1/jobs/{board.third}/obstacles", params={"day": TODAY})
    found = {one["technician_id"]: one for one in answer.json()["technicians"]}

    assert found[str(board.novice)]["reason"] == "skill"
    assert found[str(board.aino)]["reason"] is None
    assert found[str(board.aino)]["start"] is not None
    assert answer.json()["counts"] == {"skill": 1}
    assert answer.json()["nearest"] == "cost"
