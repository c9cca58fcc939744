"""A drop after moves that are tried out: the copy of the day answers as the day would if they were made."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from backend.dispatch.live import LiveDays
from backend.dispatch.routes import ROUTES
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.callers import calling
from tests.factories.dispatch import AirLines
from tests.factories.jobs import SUPERVISOR
from tests.factories.trying import Board, codes, drop, make_board, to, to_backlog, what_if
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date().isoformat()


@pytest.fixture
async def board(database: Database) -> Board:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_board(tx)


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR, live=LiveDays(AirLines())) as opened:
        yield opened


async def test_what_another_tried_move_has_taken_is_taken(http: httpx.AsyncClient, board: Board):
    tried = [to(board.third, board.aino, 1)]

    alone = await drop(http, to(board.fourth, board.aino, 1.5))
    after = await drop(http, to(board.fourth, board.aino, 1.5), tried)

    assert codes(alone) == []
    assert [(one["code"], one["job_id"]) for one in after["violations"]] == [("technician_busy", str(board.third))]


@pytest.mark.parametrize("away", ["to somebody else", "to the backlog"])
async def test_what_a_tried_move_has_left_is_free(http: httpx.AsyncClient, board: Board, away: str):
    tried = [to(board.first, board.aino, 1) if away == "to somebody else" else to_backlog(board.first)]

    alone = await drop(http, to(board.third, board.eero, 1))
    after = await drop(http, to(board.third, board.eero, 1), tried)

    assert codes(alone) == ["technician_busy"]
    assert codes(after) == []
    assert [one["job_id"] for one in after["route"]] == [str(board.third), str(board.second)]


async def test_a_job_that_is_tried_longer_takes_its_place_for_longer(http: httpx.AsyncClient, board: Board):
    longer = [to(board.third, board.aino, 1, duration_seconds=2 * 3600)]

    after = await drop(http, to(board.fourth, board.aino, 2.75), longer)
    moved_on = await drop(http, to(board.third, board.aino, 2), longer)

    [own] = moved_on["route"]
    assert codes(after) == ["technician_busy"]
    assert datetime.fromisoformat(own["end"]) - datetime.fromisoformat(own["start"]) == timedelta(hours=2)


async def test_who_could_take_a_job_is_told_of_the_day_with_the_moves(http: httpx.AsyncClient, board: Board):
    all_day = [to(board.third, board.aino, 1, duration_seconds=6 * 3600)]
    onto_each_other = [to(board.third, board.eero, 1.5), to(board.fourth, board.eero, 2)]

    before = (await http.get(f"/api/v1/jobs/{board.fourth}/obstacles", params={"day": TODAY})).json()
    after, again, nothing = [
        (await http.post(f"/api/v1/jobs/{board.fourth}/obstacles", json={"day": TODAY, "tried": tried})).json()
        for tried in (all_day, onto_each_other, [])
    ]

    assert before["counts"] == {}
    assert {one["technician_id"]: one["reason"] for one in after["technicians"]}[str(board.aino)] == "full"
    assert len(again["technicians"]) == 2
    assert nothing == before


async def test_a_job_that_was_tried_elsewhere_is_not_in_its_own_way(http: httpx.AsyncClient, board: Board):
    tried = [to(board.third, board.aino, 1)]

    again = await drop(http, to(board.third, board.aino, 1.5), tried)

    assert codes(again) == []
    assert abs(again["cost_delta_seconds"]) < 60  # it costs nobody who could be served


async def test_another_days_moves_are_no_matter_of_this_day(http: httpx.AsyncClient, board: Board):
    tomorrow = [to(board.third, board.aino, 25), to(board.first, board.aino, 27)]

    today = await drop(http, to(board.fourth, board.aino, 1), tomorrow)
    left = await drop(http, to(board.fourth, board.eero, 1), tomorrow)
    reached = await drop(http, to(board.fourth, board.aino, 25.5), tomorrow)

    assert codes(today) == codes(left) == []
    assert [(one["code"], one["job_id"]) for one in reached["violations"]] == [("technician_busy", str(board.third))]


async def test_trying_changes_nothing(http: httpx.AsyncClient, database: Database, board: Board):
    tried = [to(board.first, board.aino, 1), to_backlog(board.second)]

    await drop(http, to(board.third, board.eero, 1), tried)
    await what_if(http, *tried)

    async with database.snapshot(SYSTEM, "test") as tx:
        known = await jobs.jobs_by_id(tx, [board.first, board.second, board.third])
    assert known[board.first].planned_start == MONDAY + timedelta(hours=1)
    assert known[board.second].technician_id == board.eero
    assert known[board.third].technician_id is None
    assert codes(await drop(http, to(board.third, board.eero, 1))) == ["technician_busy"]
