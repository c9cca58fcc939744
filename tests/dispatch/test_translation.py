"""What the planner is told of a territory's day."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest

from backend.dispatch import service
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.placings import Placing, without_clashes
from backend.dispatch.schemas import TimeView
from backend.dispatch.translation import Situation, Translation, local_midnight
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.workforce.schemas import GrantSkill
from scheduling import Lock, Problem, Window, great_circle_matrix
from scheduling.policy import Policy
from scheduling.reference import solve
from scheduling.stop import Iterations
from sync.operations import EnRoute, Start
from tests.factories.dispatch import make_jobs, make_team, plan
from tests.factories.jobs import do
from tests.factories.workforce import make_shift, make_technician
from tests.fakes import MONDAY, FixedClock

TODAY = MONDAY.date()
HOUR = 3600
NINE = 9 * HOUR  # MONDAY on the clock of Helsinki, in seconds from midnight there


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


async def read(database: Database, territory_id: UUID) -> Situation:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.read_situation(tx, territory_id, [TODAY], backlog=True)


def problem(situation: Situation, *, fixed: bool = False) -> Problem:
    translation = Translation(situation)
    return translation.problem(great_circle_matrix(translation.places), fixed=fixed)


@pytest.mark.anyio
async def test_a_day_begins_at_local_midnight_and_places_are_told_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 3)
        await make_jobs(tx, team[0].territory_id, 2)

    asked = problem(await read(database, team[0].territory_id))

    [shift] = asked.technicians[0].shifts
    assert (shift.start_s, shift.end_s) == (8 * HOUR, 16 * HOUR)
    assert (shift.breaks[0].earliest_s, shift.breaks[0].latest_s) == (11 * HOUR, 13 * HOUR - 1800)
    assert asked.now_s == NINE
    assert len(asked.places) == 3  # all live in the same house, and there are two customers


@pytest.mark.anyio
async def test_a_promise_is_a_window_and_a_broken_one_is_lateness(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        end = MONDAY + hours(2)
        await jobs.promise_window(tx, job.id, start=MONDAY, end=end, zone="Europe/Helsinki", local="9-11")
        await plan(tx, job, eero, hours=1)
    in_time = problem(await read(database, eero.territory_id)).jobs[0]
    clock.advance(3 * HOUR)
    late = problem(await read(database, eero.territory_id)).jobs[0]

    assert (in_time.windows, in_time.due_s, in_time.promised) == (
        (Window(start_s=NINE, end_s=NINE + 2 * HOUR),),
        None,
        True,
    )
    assert (late.windows, late.due_s, late.promised) == ((), NINE + 2 * HOUR, True)


@pytest.mark.anyio
async def test_a_job_that_is_promised_for_another_day_is_not_asked_about(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        start = MONDAY + timedelta(days=1)
        await jobs.promise_window(tx, job.id, start=start, end=start + hours(2), zone="Europe/Helsinki", local="9-11")

    assert problem(await read(database, eero.territory_id)).jobs == ()


@pytest.mark.anyio
async def test_a_certificate_that_ends_today_counts_today_and_not_tomorrow(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        skill = GrantSkill(code="FIBRE", level=3, expires_on=TODAY)
        brief = await make_technician(tx, eero.territory_id, skills=[skill])
        await make_shift(tx, brief.id)
        await make_jobs(tx, eero.territory_id, 1)

    asked = problem(await read(database, eero.territory_id))

    assert asked.technicians[1].skills[0].valid_until_s == 24 * HOUR


@pytest.mark.anyio
async def test_held_time_is_a_job_that_nobody_may_move(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        taken = await service.take_time(
            tx,
            technician_id=eero.id,
            job_id=job.id,
            kind=TimeKind.HOLD,
            subject_id=tx.new_id(),
            starts_at=MONDAY + hours(2),
            ends_at=MONDAY + hours(3.5),
        )

    asked = problem(await read(database, eero.territory_id))

    assert [(one.id, one.lock, one.duration_s) for one in asked.jobs] == [(f"hold:{taken.id}", Lock.BOTH, 5400)]
    assert solve(asked, Policy(), seed=1, stop=Iterations(1)).unserved == ()


@pytest.mark.anyio
async def test_for_slots_everything_planned_stays_where_it_is(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        planned, _ = await make_jobs(tx, eero.territory_id, 2)
        await plan(tx, planned, eero, hours=2)

    asked = problem(await read(database, eero.territory_id), fixed=True)

    assert [(one.id, one.lock) for one in asked.jobs] == [(str(planned.id), Lock.BOTH)]


@pytest.mark.anyio
async def test_work_under_way_is_a_fact_with_its_real_beginning(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        await plan(tx, job, eero, hours=1)
        await jobs.dispatch(tx, job.id)
    clock.advance(0.5 * HOUR)
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, job.id, eero.id, EnRoute(), Start())

    [fact] = problem(await read(database, eero.territory_id)).jobs

    assert fact.frozen is not None
    assert (fact.frozen.start_s, fact.duration_s) == (NINE + 0.5 * HOUR, 5400)


@pytest.mark.anyio
async def test_jobs_of_a_technician_whose_shift_is_gone_are_open_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        eero, sick = await make_team(tx, 2)
        [job] = await make_jobs(tx, eero.territory_id, 1)
        await plan(tx, job, sick, hours=2)
    situation = await read(database, eero.territory_id)
    shifts = tuple(shift for shift in situation.shifts if shift.technician_id != sick.id)

    asked = problem(replace(situation, shifts=shifts))

    assert [one.id for one in asked.jobs] == [str(job.id)]
    assert asked.previous is not None
    assert asked.previous.routes == ()


def test_a_day_of_the_change_has_23_or_25_hours():
    spring, autumn = (
        local_midnight(day + timedelta(days=1), "Europe/Helsinki") - local_midnight(day, "Europe/Helsinki")
        for day in (date(2026, 3, 29), date(2026, 10, 25))
    )

    assert (spring, autumn) == (hours(23), hours(25))


EERO, AINO, FIRST, SECOND, THIRD = (UUID(int=n) for n in range(5))


def taken(job_id: UUID, technician_id: UUID, start: float, end: float, kind: TimeKind = TimeKind.JOB) -> TimeView:
    return TimeView(
        id=UUID(int=99),
        technician_id=technician_id,
        job_id=job_id,
        kind=kind,
        subject_id=job_id,
        starts_at=MONDAY + hours(start),
        ends_at=MONDAY + hours(end),
    )


def to(job_id: UUID, technician_id: UUID, start: float, end: float) -> Placing:
    return to_crew(job_id, (technician_id,), start, end)


def to_crew(job_id: UUID, crew: tuple[UUID, ...], start: float, end: float) -> Placing:
    return Placing(job_id=job_id, crew=crew, starts_at=MONDAY + hours(start), ends_at=MONDAY + hours(end))


def test_two_jobs_may_change_places():
    times = [taken(FIRST, EERO, 1, 2), taken(SECOND, AINO, 1, 2)]
    wanted = [to(FIRST, AINO, 1, 2), to(SECOND, EERO, 1, 2)]

    assert without_clashes(times, wanted) == (wanted, [])


def test_who_moves_onto_a_job_that_cannot_move_is_refused_with_all_that_follow():
    times = [taken(FIRST, EERO, 1, 2), taken(SECOND, AINO, 1, 2), taken(THIRD, AINO, 3, 4, TimeKind.HOLD)]
    onto_a_hold = to(SECOND, AINO, 3, 4)
    onto_the_one_who_stays = to(FIRST, AINO, 1, 2)

    assert without_clashes(times, [onto_a_hold, onto_the_one_who_stays]) == ([], [onto_a_hold, onto_the_one_who_stays])


def test_of_two_moves_to_the_same_time_the_first_is_done():
    first, second = to(FIRST, EERO, 1, 2), to(SECOND, EERO, 1.5, 3)

    assert without_clashes([], [first, second]) == ([first], [second])


def test_a_crew_goes_as_a_whole_or_not_at_all():
    for_two, onto_the_helper = to_crew(FIRST, (EERO, AINO), 1, 2), to(SECOND, AINO, 1.5, 3)

    assert without_clashes([], [for_two, onto_the_helper]) == ([for_two], [onto_the_helper])
    assert without_clashes([taken(THIRD, AINO, 1, 3)], [for_two]) == ([], [for_two])


def test_a_job_that_nobody_shall_have_is_in_nobodys_way():
    nobody = Placing(job_id=FIRST, crew=(), starts_at=None, ends_at=None)
    onto_its_time = to(SECOND, EERO, 1, 2)

    assert without_clashes([taken(FIRST, EERO, 1, 2)], [nobody, onto_its_time]) == ([nobody, onto_its_time], [])
