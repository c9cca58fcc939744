"""Work for two: planned, accepted, moved by hand and taken back with both of them or not at all."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from backend.dispatch import alerts, service, tasks
from backend.dispatch.delays import read_pack
from backend.dispatch.lifecycle import MoveState, RunState, TimeKind
from backend.dispatch.live import LiveDays
from backend.dispatch.models import TechnicianTime
from backend.dispatch.routes import ROUTES
from backend.dispatch.schemas import AcceptMoves, RequestRun, RunView
from backend.dispatch.translation import Situation, Translation
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.workforce.models import Shift
from scheduling import Plan, check, great_circle_matrix
from scheduling.plan import crews
from sync.operations import EnRoute, Start
from tests.factories.callers import calling
from tests.factories.crews import Pair, make_day
from tests.factories.dispatch import AirLines, solve_here
from tests.factories.jobs import SUPERVISOR, do
from tests.factories.workforce import make_technician, make_territory
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

TODAY = MONDAY.date()


class Day(NamedTuple):
    """Three technicians with a shift, and two pulls that nobody has yet."""

    pair: Pair
    first: UUID
    second: UUID

    @property
    def crew(self) -> tuple[UUID, UUID]:
        return self.pair.lead.id, self.pair.helper.id


@pytest.fixture
async def day(database: Database) -> Day:
    async with database.transaction(SYSTEM, "test") as tx:
        pair, [first, second] = await make_day(tx, 2)
    return Day(pair, first.id, second.id)


@pytest.fixture
async def http(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(database, ROUTES, SUPERVISOR, live=LiveDays(AirLines())) as opened:
        yield opened


async def plan(database: Database, day: Day, job_id: UUID, *, hours: float, crew: tuple[UUID, ...] = ()) -> None:
    lead_id, *helper_ids = crew or day.crew
    async with database.transaction(SYSTEM, "test") as tx:
        start = MONDAY + timedelta(hours=hours)
        await service.plan_job(tx, job_id, technician_id=lead_id, helper_ids=helper_ids, start=start)


async def propose(database: Database, day: Day) -> RunView:
    async with database.transaction(SYSTEM, "test") as tx:
        wanted = RequestRun(territory_id=day.pair.territory_id, day=TODAY, seconds=1)
        run_id = (await service.request_run(tx, SUPERVISOR, wanted)).id
    await tasks.solve(database, AirLines(), solve_here, run_id)
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_run(tx, SUPERVISOR, run_id)


async def accept(database: Database, run: RunView) -> RunView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.accept(tx, SUPERVISOR, run.id, AcceptMoves())


async def job_now(database: Database, job_id: UUID) -> JobView:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await jobs.job_view(tx, job_id)


async def whose_time(database: Database, job_id: UUID) -> set[UUID]:
    async with database.snapshot(SYSTEM, "test") as tx:
        taken = select(TechnicianTime.technician_id).where(
            TechnicianTime.job_id == job_id, TechnicianTime.released_at.is_(None)
        )
        return set(await tx.session.scalars(taken))


async def take_from(database: Database, technician_id: UUID, job_id: UUID) -> None:
    """Give the technician something else to do all day."""
    async with database.transaction(SYSTEM, "test") as tx:
        await service.take_time(
            tx,
            technician_id=technician_id,
            job_id=job_id,
            kind=TimeKind.HOLD,
            subject_id=tx.new_id(),
            starts_at=MONDAY,
            ends_at=MONDAY + timedelta(hours=9),
        )


# The optimiser


async def test_a_proposal_names_the_whole_crew_and_is_accepted_for_all_of_it(database: Database, day: Day):
    run = await propose(database, day)
    accepted = await accept(database, run)

    assert (run.state, accepted.state) == (RunState.PROPOSED, RunState.APPLIED)
    assert {move.job_id for move in run.moves} == {day.first, day.second}
    for move in run.moves:
        job = await job_now(database, move.job_id)
        assert job.crew == (move.to_technician_id, *move.to_helpers)
        assert len(set(job.crew)) == 2
        assert await whose_time(database, move.job_id) == set(job.crew)


async def test_a_move_is_refused_when_the_day_has_gone_on_for_one_of_the_crew(database: Database, day: Day):
    run = await propose(database, day)
    await take_from(database, run.moves[0].to_helpers[0], day.first)

    accepted = await accept(database, run)

    states = {move.job_id: (move.state, move.refusal) for move in accepted.moves}
    assert states[run.moves[0].job_id] == (MoveState.REFUSED, "technician_busy")
    assert (await job_now(database, run.moves[0].job_id)).crew == ()
    assert await whose_time(database, run.moves[0].job_id) - {run.moves[0].to_helpers[0]} == set()


async def test_a_rolled_back_run_gives_everybodys_time_back(database: Database, day: Day):
    run = await accept(database, await propose(database, day))

    async with database.transaction(SYSTEM, "test") as tx:
        await service.roll_back(tx, SUPERVISOR, run.id)

    for job_id in (day.first, day.second):
        assert (await job_now(database, job_id)).crew == ()
        assert await whose_time(database, job_id) == set()


async def test_what_is_planned_well_stays_with_its_crew_and_its_lead(database: Database, day: Day):
    await accept(database, await propose(database, day))

    again = await propose(database, day)

    assert again.moves == []


async def test_when_one_of_the_crew_is_ill_the_job_goes_to_two_who_are_there(database: Database, day: Day):
    lead, helper = day.crew
    await plan(database, day, day.first, hours=1)
    async with database.transaction(SYSTEM, "test") as tx:
        [shift] = await tx.session.scalars(select(Shift).where(Shift.technician_id == helper))
        await tx.session.delete(shift)

    run = await accept(database, await propose(database, day))

    job = await job_now(database, day.first)
    move = next(move for move in run.moves if move.job_id == day.first)
    assert (move.from_technician_id, move.from_helpers) == (lead, [helper])
    assert set(job.crew) == {lead, day.pair.other.id} == await whose_time(database, day.first)


async def test_work_under_way_holds_both_of_its_people(database: Database, day: Day, clock: FixedClock):
    await plan(database, day, day.first, hours=0)
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, day.first)
        await do(tx, day.first, day.crew[0], EnRoute(), Start())
    clock.advance(600)

    run = await propose(database, day)

    [move] = run.moves
    assert move.to_start is not None
    assert move.job_id == day.second
    assert move.to_start >= MONDAY + timedelta(hours=1)  # of three people, two are at it till then


async def test_a_crew_of_two_territories_stays_as_it_is(database: Database, day: Day):
    async with database.transaction(SYSTEM, "test") as tx:
        south = await make_territory(tx, code="HEL-S")
        guest = await make_technician(tx, south.id)
    await plan(database, day, day.first, hours=1, crew=(day.pair.lead.id, guest.id))

    run = await propose(database, day)

    assert day.first not in {move.job_id for move in run.moves}


# The problem


async def situation_of(database: Database, day: Day) -> Situation:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.read_situation(tx, day.pair.territory_id, [TODAY], backlog=True)


async def test_a_planned_crew_is_one_job_of_the_problem_and_each_persons_own_time_in_its_gaps(
    database: Database, day: Day
):
    await plan(database, day, day.first, hours=1)
    translation = Translation(await situation_of(database, day))
    travel = great_circle_matrix(translation.places, MONDAY)

    asked, gaps = translation.problem(travel), translation.problem(travel, fixed=True)

    planned = crews(asked.previous)[str(day.first)]
    assert sorted((member.technician, member.lead) for member in planned) == sorted(
        zip(map(str, day.crew), (True, False), strict=True)
    )
    assert {job.id: job.crew_size for job in asked.jobs} == {str(day.first): 2, str(day.second): 2}
    assert {job.crew_size for job in gaps.jobs} == {1}
    assert {translation.seats.job_id(job.id) for job in gaps.jobs} == {day.first}
    assert len(gaps.jobs) == 2
    broken = {str(violation.kind) for violation in check(asked, asked.previous or Plan())}
    assert not broken & {"crew_size", "crew_lead", "crew_start", "job_twice", "job_missing"}


# By hand


def body(crew: tuple[UUID, ...], hours: float, **more: Any) -> dict[str, Any]:
    lead, *helpers = map(str, crew)
    start = (MONDAY + timedelta(hours=hours)).isoformat()
    return {"technician_id": lead, "helper_ids": helpers, "start": start, **more}


async def test_a_crew_is_named_whole_by_hand(http: httpx.AsyncClient, database: Database, day: Day):
    alone = await http.post(f"/api/v1/jobs/{day.first}/assignment", json=body(day.crew[:1], 1))
    both = await http.post(f"/api/v1/jobs/{day.first}/assignment", json=body(day.crew, 1))

    assert (alone.status_code, alone.json()["code"]) == (409, "needs_crew")
    assert alone.json()["params"] == {"job_id": str(day.first), "crew_size": 2, "named": 1}
    assert (both.json()["technician_id"], both.json()["helper_ids"]) == (str(day.crew[0]), [str(day.crew[1])])
    assert await whose_time(database, day.first) == set(day.crew)


async def test_nobodys_time_is_taken_where_one_of_the_crew_is_busy(
    http: httpx.AsyncClient, database: Database, day: Day
):
    await plan(database, day, day.second, hours=1, crew=(day.pair.other.id, day.pair.helper.id))

    refused = await http.post(f"/api/v1/jobs/{day.first}/assignment", json=body(day.crew, 1.5))

    assert (refused.status_code, refused.json()["code"]) == (409, "technician_busy")
    assert await whose_time(database, day.first) == set()


async def test_another_helper_is_a_step_that_can_be_undone_and_redone(
    http: httpx.AsyncClient, database: Database, day: Day
):
    swapped = (day.crew[0], day.pair.other.id)
    await http.post(f"/api/v1/jobs/{day.first}/assignment", json=body(day.crew, 1))
    await http.post(f"/api/v1/jobs/{day.first}/assignment", json=body(swapped, 1))
    [step, _] = (await http.get("/api/v1/manual-steps")).json()["items"]

    undone = await http.post(f"/api/v1/manual-steps/{step['id']}/undo")
    after_undo = (await job_now(database, day.first)).crew, await whose_time(database, day.first)
    redone = await http.post(f"/api/v1/manual-steps/{step['id']}/redo")
    after_redo = (await job_now(database, day.first)).crew, await whose_time(database, day.first)

    assert (undone.status_code, redone.status_code) == (201, 201)
    assert after_undo == (day.crew, set(day.crew))
    assert after_redo == (swapped, set(swapped))


async def test_a_step_is_not_undone_when_the_crew_was_changed_since(
    http: httpx.AsyncClient, database: Database, day: Day
):
    await http.post(f"/api/v1/jobs/{day.first}/assignment", json=body(day.crew, 1))
    [step] = (await http.get("/api/v1/manual-steps")).json()["items"]
    await plan(database, day, day.first, hours=1, crew=(day.crew[0], day.pair.other.id))

    undone = await http.post(f"/api/v1/manual-steps/{step['id']}/undo")

    assert (undone.status_code, undone.json()["params"]["reason"]) == (409, "changed_meanwhile")


async def test_who_saw_another_helper_is_told(http: httpx.AsyncClient, database: Database, day: Day):
    await plan(database, day, day.first, hours=1)
    seen = {"technician_id": str(day.crew[0]), "start": (MONDAY + timedelta(hours=1)).isoformat()}
    stale = {**seen, "helper_ids": [str(day.pair.other.id)]}

    refused = await http.post(f"/api/v1/jobs/{day.first}/assignment", json=body(day.crew, 2, seen=stale))

    assert (refused.status_code, refused.json()["code"]) == (409, "planned_meanwhile")


# Drops


async def preview(http: httpx.AsyncClient, job_id: UUID, crew: tuple[UUID, ...], hours: float) -> dict[str, Any]:
    answer = await http.post(f"/api/v1/jobs/{job_id}/drop-preview", json=body(crew, hours))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_drop_of_a_crew_starts_when_the_last_of_it_is_there(
    http: httpx.AsyncClient, database: Database, day: Day
):
    await plan(database, day, day.second, hours=1, crew=(day.pair.other.id, day.pair.helper.id))

    seen = await preview(http, day.first, day.crew, 1.5)

    start = next(one["start"] for one in seen["route"] if one["job_id"] == str(day.first))
    assert [one["code"] for one in seen["violations"]] == ["technician_busy"]
    assert start > (MONDAY + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


async def test_a_drop_on_half_a_crew_says_so(http: httpx.AsyncClient, day: Day):
    seen = await preview(http, day.first, day.crew[:1], 1)

    [violation] = seen["violations"]
    assert (violation["code"], violation["params"]) == ("needs_crew", {"crew_size": 2, "named": 1})


async def test_moving_the_whole_crew_breaks_nothing(http: httpx.AsyncClient, database: Database, day: Day):
    await plan(database, day, day.first, hours=1)

    later = await preview(http, day.first, day.crew, 3)
    swapped = await preview(http, day.first, (day.pair.other.id, day.crew[1]), 1)

    assert later["violations"] == swapped["violations"] == []


async def test_a_job_dropped_onto_a_helpers_time_is_one_too_many(http: httpx.AsyncClient, database: Database, day: Day):
    await plan(database, day, day.first, hours=1)

    seen = await preview(http, day.second, (day.pair.other.id, day.crew[1]), 1.25)

    start = next(one["start"] for one in seen["route"] if one["job_id"] == str(day.second))
    assert [one["code"] for one in seen["violations"]] == ["technician_busy"]
    assert start >= (MONDAY + timedelta(hours=2)).isoformat().replace("+00:00", "Z")


async def test_nobody_has_it_because_the_others_are_busy(http: httpx.AsyncClient, database: Database, day: Day):
    for technician in (day.pair.helper, day.pair.other):
        await take_from(database, technician.id, day.second)

    seen = await http.get(f"/api/v1/jobs/{day.first}/obstacles", params={"day": TODAY.isoformat()})

    assert seen.json()["nearest"] == "crew"
    assert {one["technician_id"] for one in seen.json()["technicians"] if one["reason"] is None} == {
        str(day.pair.lead.id)
    }


# Jeopardy


async def test_a_crew_is_late_when_its_helper_is(database: Database, day: Day, clock: FixedClock):
    lead, helper = day.crew
    start = MONDAY + timedelta(hours=1.5)
    await plan(database, day, day.second, hours=0.25, crew=(day.pair.other.id, helper))
    await plan(database, day, day.first, hours=2)
    async with database.transaction(SYSTEM, "test") as tx:
        window = {"start": start, "end": start + timedelta(hours=1), "zone": "Europe/Helsinki", "local": "10:30–11:30"}
        await jobs.promise_window(tx, day.first, **window)
        await jobs.dispatch(tx, day.second)
    clock.advance(1.5 * 3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, day.second, day.pair.other.id, EnRoute(), Start())

    await alerts.look_ahead(database, LiveDays(AirLines()), day.pair.territory_id, read_pack("standard"))

    async with database.snapshot(SYSTEM, "test") as tx:
        [alert] = (await service.see_alerts(tx, SUPERVISOR, day.pair.territory_id, TODAY)).items
    assert (alert.job_id, alert.technician_id) == (day.first, lead)
    assert alert.probability > 0.2
    assert all(len({one.technician_id, *one.helper_ids}) == 2 for one in alert.remedies)
