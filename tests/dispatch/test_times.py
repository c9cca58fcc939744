"""A technician is never in two places."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from backend.dispatch import service, times
from backend.dispatch.errors import TechnicianBusy
from backend.dispatch.exclusion import OVERLAP
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.models import TechnicianTime
from backend.jobs import service as jobs
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from sync.operations import Complete, EnRoute, Outcome, Start
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.jobs import SUPERVISOR, do, everything_required
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

Field = tuple[list[UUID], list[UUID]]


@pytest.fixture
async def field(database: Database) -> Field:
    """Two technicians and four jobs."""
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 2)
        jobs = await make_jobs(tx, team[0].territory_id, 4)
    return [technician.id for technician in team], [job.id for job in jobs]


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


async def take(tx: Transaction, technician_id: UUID, job_id: UUID, start: float, end: float) -> None:
    await times.take_time(
        tx,
        technician_id=technician_id,
        job_id=job_id,
        kind=TimeKind.JOB,
        subject_id=job_id,
        starts_at=at(start),
        ends_at=at(end),
    )


async def test_time_that_overlaps_is_refused_and_nothing_else_is_lost(database: Database, field: Field):
    (eero, _), (first, second, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await take(tx, eero, first, 1, 3)

        with pytest.raises(TechnicianBusy):
            await take(tx, eero, second, 2.5, 4)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert [taken.job_id for taken in await times.times_between(tx, [eero], at(0), at(9))] == [first]


async def test_times_that_touch_do_not_overlap(database: Database, field: Field):
    (eero, _), (first, second, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await take(tx, eero, first, 1, 3)
        await take(tx, eero, second, 3, 4)

        assert len(await times.times_between(tx, [eero], at(0), at(9))) == 2


async def test_two_technicians_can_work_at_the_same_time(database: Database, field: Field):
    (eero, aino), (first, second, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await take(tx, eero, first, 1, 3)
        await take(tx, aino, second, 1, 3)

        assert len(await times.times_between(tx, [eero, aino], at(0), at(9))) == 2


async def test_time_that_was_given_back_can_be_taken_again(database: Database, field: Field):
    (eero, _), (first, second, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await take(tx, eero, first, 1, 3)
        await times.release_time(tx, first)
        await take(tx, eero, second, 2, 4)

        assert [taken.job_id for taken in await times.times_between(tx, [eero], at(0), at(9))] == [second]


async def test_a_job_moves_within_its_own_time(database: Database, field: Field):
    (eero, _), (first, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await take(tx, eero, first, 1, 3)
        await times.move_time(tx, first, [eero], starts_at=at(2), ends_at=at(4))

        [taken] = await times.times_between(tx, [eero], at(0), at(9))
        assert (taken.starts_at, taken.ends_at) == (at(2), at(4))


async def test_a_row_that_is_changed_behind_the_service_is_refused_by_the_database(database: Database, field: Field):
    (eero, _), (first, second, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await take(tx, eero, first, 1, 3)
        await take(tx, eero, second, 3, 4)

    async def tamper() -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            row = (await tx.session.scalars(select(TechnicianTime).where(TechnicianTime.job_id == second))).one()
            row.starts_at = at(2)

    with pytest.raises(DBAPIError, match=OVERLAP):
        await tamper()


async def test_time_cannot_run_backwards(database: Database, field: Field):
    (eero, _), (first, *_) = field
    with pytest.raises(DBAPIError):
        async with database.transaction(SYSTEM, "test") as tx:
            await take(tx, eero, first, 3, 1)


async def test_work_that_ended_early_frees_the_rest_of_its_time(database: Database, field: Field):
    (eero, _), (first, second, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await take(tx, eero, first, 1, 3)
        await times.end_time(tx, first, at(2))
        await take(tx, eero, second, 2, 3)

        assert len(await times.times_between(tx, [eero], at(0), at(9))) == 2


async def test_of_many_who_want_the_same_time_at_once_one_gets_it(database: Database, field: Field):
    (eero, _), jobs = field

    async def race(job_id: UUID) -> bool:
        try:
            async with database.transaction(SYSTEM, "race") as tx:
                await take(tx, eero, job_id, 1, 3)
        except TechnicianBusy:
            return False
        return True

    won = await asyncio.gather(*(race(job_id) for job_id in jobs))

    assert sum(won) == 1
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(func.count()).select_from(TechnicianTime))).one() == 1


@pytest.mark.parametrize("state", ["cancelled", "completed"])
async def test_time_of_a_job_that_ended_before_it_was_due_is_free_again(database: Database, field: Field, state: str):
    (eero, _), (first, *_) = field
    async with database.transaction(SYSTEM, "test") as tx:
        await service.plan_job(tx, first, technician_id=eero, start=at(1))
        if state == "cancelled":
            await jobs.cancel(tx, SUPERVISOR, first, "Not wanted any more")
        else:
            await jobs.dispatch(tx, first)
            await do(tx, first, eero, EnRoute(), Start(), *everything_required(), Complete(outcome=Outcome.FULL))
    async with database.transaction(SYSTEM, "test") as tx:
        event = outbox.Event(
            id=tx.new_id(), type=f"job.{state}", version=1, subject_id=first, occurred_at=tx.now, recorded_at=tx.now
        )
        await service.follow_job(tx, event)

        assert await times.times_between(tx, [eero], at(0), at(9)) == []
