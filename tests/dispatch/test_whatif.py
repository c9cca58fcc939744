"""What if: the price of moves that are tried out together, and which of them do not fit."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from backend.dispatch import service as dispatch
from backend.dispatch.live import LiveDays
from backend.dispatch.preview_schemas import MOST_TRIED
from backend.dispatch.routes import ROUTES
from backend.dispatch.schemas import AssignByHand
from backend.dispatch.whatif import MOST_DAYS
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.operations import EnRoute, Start
from tests.factories.callers import calling
from tests.factories.crews import make_day
from tests.factories.dispatch import AirLines, make_jobs
from tests.factories.jobs import SUPERVISOR, do
from tests.factories.trying import Board, broken, codes, cost, drop, make_board, place, to, to_backlog, what_if
from tests.factories.workforce import make_technician, make_territory
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

NOBODY = UUID(int=0)


@pytest.fixture
async def board(database: Database) -> Board:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_board(tx)


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR, live=LiveDays(AirLines())) as opened:
        yield opened


# The price of all of them


async def test_one_move_costs_what_its_drop_costs(http: httpx.AsyncClient, board: Board):
    for move in (to(board.third, board.aino, 1), to(board.second, board.aino, 3), to(board.second, board.eero, 5)):
        seen = await drop(http, move)
        whole = await what_if(http, move)

        assert whole["cost_delta_seconds"] == pytest.approx(seen["cost_delta_seconds"])
        assert whole["travel_delta_seconds"] == seen["travel_delta_seconds"]


async def test_the_price_of_a_second_move_is_what_the_price_of_the_whole_grows_by(
    http: httpx.AsyncClient, board: Board
):
    earlier = [to(board.third, board.aino, 1)]
    for move in (
        to(board.fourth, board.aino, 3.5),
        to(board.second, board.aino, 3.5),
        to(board.third, board.eero, 5.5),
    ):
        step = await drop(http, move, earlier)

        grown = await cost(http, *earlier, move) - await cost(http, *earlier)

        assert grown == pytest.approx(step["cost_delta_seconds"])


async def test_moves_that_concern_each_other_do_not_cost_what_each_would_alone(http: httpx.AsyncClient, board: Board):
    near = [to(board.third, board.aino, 1), to(board.fourth, board.aino, 3)]

    together = await cost(http, *near)

    assert together < await cost(http, near[0]) + await cost(http, near[1])  # there is one way out and home


async def test_a_job_that_was_moved_and_put_back_costs_nothing(http: httpx.AsyncClient, board: Board):
    there, back = to(board.first, board.aino, 1), to(board.first, board.eero, 1)

    whole = await what_if(http, there, back)

    assert (whole["cost_delta_seconds"], whole["travel_delta_seconds"]) == (0, 0)
    assert broken(whole) == {str(board.first): []}
    assert (await drop(http, back, [there]))["cost_delta_seconds"] == pytest.approx(-await cost(http, there))


async def test_a_move_that_is_taken_out_of_the_middle_leaves_what_the_others_cost(
    http: httpx.AsyncClient, board: Board
):
    one, two, three = to(board.first, board.aino, 1), to(board.third, board.eero, 1), to(board.fourth, board.aino, 3)
    before = await cost(http, one, three)

    await what_if(http, one, two, three)

    assert await cost(http, one, three) == before


async def test_the_price_is_held_against_the_day_as_it_is_now(
    http: httpx.AsyncClient, database: Database, board: Board
):
    moves = [to(board.third, board.aino, 1)]
    before = await cost(http, *moves)
    async with database.transaction(SYSTEM, "test") as tx:
        start = MONDAY + timedelta(hours=3)
        await dispatch.assign_by_hand(tx, SUPERVISOR, board.fourth, AssignByHand(technician_id=board.aino, start=start))

    now = await cost(http, *moves)

    assert now < before  # she comes by there anyway


async def test_what_goes_back_to_the_backlog_costs_what_leaving_it_does(http: httpx.AsyncClient, board: Board):
    assert await cost(http, to_backlog(board.second)) > 0
    assert await cost(http, to_backlog(board.third)) == 0


async def test_a_job_that_goes_to_tomorrow_costs_the_ways_of_both_days(http: httpx.AsyncClient, board: Board):
    whole = await what_if(http, to(board.second, board.eero, 27))

    away, there = await what_if(http, to_backlog(board.second)), await drop(http, to(board.second, board.eero, 27))
    assert whole["travel_delta_seconds"] == away["travel_delta_seconds"] + there["travel_delta_seconds"]
    assert broken(whole) == {str(board.second): []}


# What does not fit


async def test_of_each_tried_move_it_is_told_what_it_breaks_beside_the_others(http: httpx.AsyncClient, board: Board):
    whole = await what_if(
        http,
        to(board.first, board.aino, 1),
        to(board.third, board.eero, 1),
        to(board.fourth, board.eero, 2),
    )

    assert broken(whole) == {
        str(board.first): [],
        str(board.third): ["technician_busy"],
        str(board.fourth): ["technician_busy", "technician_busy"],  # it lies on the third and on the second
    }


async def test_a_place_that_is_freed_by_a_later_move_can_be_taken(http: httpx.AsyncClient, board: Board):
    whole = await what_if(http, to(board.first, board.eero, 3.25), to(board.second, board.aino, 1))

    assert broken(whole) == {str(board.first): [], str(board.second): []}


async def test_two_jobs_do_not_change_places_as_moves_are_taken_over_one_by_one(http: httpx.AsyncClient, board: Board):
    there, back = to(board.first, board.eero, 3.25), to(board.second, board.eero, 1)

    whole = await what_if(http, there, back, to(board.third, board.aino, 1))

    assert codes(await drop(http, back, [there])) == []
    assert broken(whole) == {
        str(board.first): ["places_exchanged"],
        str(board.second): ["places_exchanged"],
        str(board.third): [],
    }


async def test_rules_are_told_of_tried_moves_with_their_values(
    http: httpx.AsyncClient, database: Database, board: Board
):
    async with database.transaction(SYSTEM, "test") as tx:
        opens = MONDAY + timedelta(hours=1)
        window = {"start": opens, "end": opens + timedelta(hours=2), "zone": "Europe/Helsinki", "local": "10–12"}
        await jobs.promise_window(tx, board.third, **window)
        guest = await make_technician(tx, (await make_territory(tx, code="HEL-S")).id)

    whole = await what_if(http, to(board.third, board.aino, 4), to(board.fourth, guest.id, 1))
    late = await what_if(http, to(board.fourth, board.aino, 6), to(board.third, board.eero, 6))

    assert broken(whole) == {str(board.third): ["window"], str(board.fourth): ["no_shift"]}
    assert broken(late) == {str(board.fourth): ["after_shift"], str(board.third): ["window", "after_shift"]}


async def test_what_waits_for_a_tried_job_waits_for_it_where_it_is_tried(
    http: httpx.AsyncClient, database: Database, board: Board
):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.set_waits(tx, SUPERVISOR, board.third, [board.first])
    early = to(board.third, board.aino, 3)

    alone = await drop(http, early)
    behind = await drop(http, early, [to(board.first, board.eero, 5.5)])
    whole = await what_if(http, early, to_backlog(board.first))

    assert codes(alone) == []
    assert "after_too_soon" in codes(behind)
    assert broken(whole)[str(board.first)] == ["out_of_order"]


async def test_a_crew_is_tried_with_everybody(http: httpx.AsyncClient, database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        pair, [first, second] = await make_day(tx, 2)
    lead, helper, other = pair.lead.id, pair.helper.id, pair.other.id
    crew = to(first.id, lead, 1, helper_ids=[str(helper)])

    onto_the_helper = await drop(http, to(second.id, other, 1.5, helper_ids=[str(helper)]), [crew])
    whole = await what_if(http, crew, to(second.id, other, 3, helper_ids=[str(helper)]))
    half = await what_if(http, to(first.id, lead, 1))

    assert codes(onto_the_helper) == ["technician_busy"]
    assert broken(whole) == {str(first.id): [], str(second.id): []}
    assert broken(half) == {str(first.id): ["needs_crew"]}


# What the day has overtaken


async def test_a_job_that_a_colleague_has_moved_stays_where_the_colleague_put_it(
    http: httpx.AsyncClient, database: Database, board: Board
):
    seen = {"technician_id": str(board.eero), "start": (MONDAY + timedelta(hours=1)).isoformat()}
    tried = to(board.first, board.aino, 5) | {"seen": seen}
    assert broken(await what_if(http, tried)) == {str(board.first): []}
    async with database.transaction(SYSTEM, "test") as tx:
        start = MONDAY + timedelta(hours=2.5)
        await dispatch.assign_by_hand(tx, SUPERVISOR, board.first, AssignByHand(technician_id=board.aino, start=start))

    whole = await what_if(http, tried)
    onto_it = await drop(http, to(board.third, board.aino, 2.5), [tried])
    where_it_was_tried = await drop(http, to(board.third, board.aino, 5), [tried])

    assert broken(whole) == {str(board.first): ["planned_meanwhile"]}
    assert whole["cost_delta_seconds"] == 0
    assert codes(onto_it) == ["technician_busy"]
    assert codes(where_it_was_tried) == []


async def test_work_that_has_begun_stays_where_it_is(http: httpx.AsyncClient, database: Database, board: Board):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, board.first)
        await do(tx, board.first, board.eero, EnRoute(), Start())

    whole = await what_if(http, to(board.first, board.aino, 5), to(board.third, board.aino, 1))

    assert broken(whole) == {str(board.first): ["job_underway"], str(board.third): []}
    assert whole["cost_delta_seconds"] == await cost(http, to(board.third, board.aino, 1))


# What is refused


async def test_a_job_or_technician_that_is_not_there_is_an_error(http: httpx.AsyncClient, board: Board):
    for bad, code in (
        (to(NOBODY, board.aino, 1), "unknown_job"),
        (to(board.third, NOBODY, 1), "unknown_technician"),
        (to(board.third, board.aino, 1, helper_ids=[str(NOBODY)]), "unknown_technician"),
    ):
        whole = await http.post("/api/v1/what-if", json={"tried": [bad]})
        path, body = f"/api/v1/jobs/{board.fourth}/drop-preview", place(board.aino, 1)
        one = await http.post(path, json=body | {"tried": [bad]})

        assert [(answer.status_code, answer.json()["code"]) for answer in (whole, one)] == [(404, code)] * 2
        assert whole.json()["params"] == {"id": str(NOBODY)}


async def test_another_territorys_jobs_and_people_are_nobodys_to_try(database: Database, board: Board):
    async with database.transaction(SYSTEM, "test") as tx:
        south = await make_territory(tx, code="HEL-S")
        guest = await make_technician(tx, south.id)
        [own] = await make_jobs(tx, south.id, 1)
    dispatcher = Principal(actor=SUPERVISOR.actor, role=Role.DISPATCHER, territory_ids=frozenset({south.id}))

    async with calling(database, ROUTES, dispatcher, live=LiveDays(AirLines())) as http:
        theirs = await http.post("/api/v1/what-if", json={"tried": [to(board.third, guest.id, 1)]})
        them = await http.post("/api/v1/what-if", json={"tried": [to(own.id, board.aino, 1)]})

    assert (theirs.status_code, theirs.json()["code"]) == (404, "unknown_job")
    assert (them.status_code, them.json()["code"]) == (404, "unknown_technician")


async def test_moves_are_bounded_in_number_and_in_days(http: httpx.AsyncClient, database: Database, board: Board):
    too_many = [to(board.third, board.aino, 1)] * (MOST_TRIED + 1)
    async with database.transaction(SYSTEM, "test") as tx:
        more = await make_jobs(tx, board.territory_id, MOST_DAYS + 1)
    wide = [to(job.id, board.aino, 24 * day + 1) for day, job in enumerate(more)]

    many = await http.post("/api/v1/what-if", json={"tried": too_many})
    days = await http.post("/api/v1/what-if", json={"tried": wide})

    assert many.status_code == 400
    assert (days.status_code, days.json()["code"]) == (422, "tried_too_wide")
    assert (await what_if(http))["moves"] == []
