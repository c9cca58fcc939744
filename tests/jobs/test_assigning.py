"""Promises, plans, and how a job reaches a phone."""

from datetime import date, timedelta, timezone
from uuid import UUID

import pytest

from backend.jobs import service
from backend.jobs.errors import BadPlan, JobUnderway
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from sync.operations import Acknowledge, EnRoute
from tests.factories.jobs import do, give, make_dispatched_job, make_field, make_job
from tests.factories.workforce import make_technician

pytestmark = pytest.mark.anyio


async def plan(tx: Transaction, job_id: UUID, technician_id: UUID, *, hours: float = 1, **changes) -> None:
    start = tx.now + timedelta(hours=hours)
    await service.assign(
        tx, job_id, technician_id=technician_id, planned_start=start, planned_end=start + timedelta(hours=1), **changes
    )


async def test_a_promise_gives_the_job_its_local_day(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)
        start = tx.now + timedelta(hours=15, minutes=30)  # 00:30 of Tuesday in Helsinki, 21:30 of Monday in UTC

        await service.promise_window(
            tx, job.id, start=start, end=start + timedelta(hours=2), zone="Europe/Helsinki", local="Tue 00:30-02:30"
        )

        promised = await service.job_view(tx, job.id)
    assert promised.service_day == date(2026, 6, 2)
    assert promised.window is not None
    assert (promised.window.start, promised.window.zone) == (start, "Europe/Helsinki")


async def test_a_window_that_ends_before_it_starts_is_refused(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)

        with pytest.raises(BadPlan):
            await service.promise_window(tx, job.id, start=tx.now, end=tx.now, zone="Europe/Helsinki", local="")


async def test_an_assigned_job_knows_its_technician_and_company(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)

        await plan(tx, job.id, technician.id)

        assigned = await service.job_view(tx, job.id)
    assert (assigned.assignment, assigned.technician_id) == ("assigned", technician.id)
    assert assigned.organisation_id == technician.organisation_id
    assert assigned.service_day == date(2026, 6, 1)


async def test_a_plan_is_told_in_utc_whatever_offset_it_was_made_in(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)
        start = (tx.now + timedelta(hours=1)).astimezone(timezone(timedelta(hours=11)))
        end = start + timedelta(hours=1)

        await service.assign(tx, job.id, technician_id=technician.id, planned_start=start, planned_end=end)

        planned = await service.job_view(tx, job.id)
    assert (planned.planned_start, planned.planned_end) == (start, end)
    assert {str(planned.planned_start)[-6:], str(planned.planned_end)[-6:]} == {"+00:00"}


async def test_a_tentative_job_is_not_dispatched(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)
        await plan(tx, job.id, technician.id, by=service.AssignBy.TENTATIVE)

        sent = await service.dispatch_day(tx, technician.territory_id, date(2026, 6, 1))

        assert sent == []
        with pytest.raises(IllegalMove):
            await service.dispatch(tx, job.id)


async def test_a_day_is_dispatched_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        today, tomorrow = [await make_job(tx, technician.territory_id) for _ in range(2)]
        await plan(tx, today.id, technician.id)
        await plan(tx, tomorrow.id, technician.id, hours=25)

        first = await service.dispatch_day(tx, technician.territory_id, date(2026, 6, 1))
        second = await service.dispatch_day(tx, technician.territory_id, date(2026, 6, 1))

        assert (first, second) == ([today.id], [])


async def test_another_time_for_the_same_technician_needs_no_new_dispatch(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, Acknowledge())

        await plan(tx, job.id, technician.id, hours=3)

        moved = await service.job_view(tx, job.id)
        assert (moved.assignment, moved.planned_start) == ("acknowledged", tx.now + timedelta(hours=3))


async def test_another_technician_must_be_sent_the_job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        other = await make_technician(tx, technician.territory_id)
        job = await make_dispatched_job(tx, technician)

        await plan(tx, job.id, other.id)

        assert (await service.job_view(tx, job.id)).assignment == "assigned"


async def test_a_job_that_is_taken_back_is_in_the_backlog(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await service.unassign(tx, job.id)

        (waiting,) = await service.backlog(tx, technician.territory_id)
        assert (waiting.id, waiting.technician_id, waiting.service_day) == (job.id, None, None)


async def test_a_job_that_is_underway_is_not_planned_any_more(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        other = await make_technician(tx, technician.territory_id)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, EnRoute())

        with pytest.raises(JobUnderway):
            await give(tx, job.id, other)
