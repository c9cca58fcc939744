"""What a technician's step is to a job that the office, or another technician, has moved meanwhile."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.jobs import service
from backend.jobs.errors import JobOvertaken, UnknownJob
from backend.jobs.models import JobFact
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.workforce import service as workforce
from sync import operations
from sync.operations import Acknowledge, Arrive, Complete, EnRoute, NotDone, Outcome, Start, Suspend
from tests.factories.jobs import (
    SUPERVISOR,
    cards,
    do,
    everything_required,
    give,
    make_dispatched_job,
    make_field,
    visits,
)
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

FULL = Complete(outcome=Outcome.FULL)


async def test_nobody_arrives_twice(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        first = tx.now - timedelta(minutes=5)
        await do(tx, job.id, technician.id, Arrive(), at=first)

        assert await do(tx, job.id, technician.id, Arrive()) == ["merged"]

        (visit,) = await visits(tx, job.id)
        assert visit.arrived_at == first


@pytest.mark.parametrize("late", [EnRoute(), Arrive(), Start()])
@pytest.mark.parametrize("ending", [Start(), NotDone(reason="refused")])
async def test_a_step_that_comes_late_never_takes_a_job_back(database: Database, late, ending):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, ending)
        state = (await service.job_view(tx, job.id)).state

        answers = await do(tx, job.id, technician.id, late, at=tx.now - timedelta(hours=1))

        assert (answers, (await service.job_view(tx, job.id)).state) == (["merged"], state)


async def test_work_on_a_job_that_was_cancelled_meanwhile_is_recorded_for_review(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await service.cancel(tx, SUPERVISOR, job.id, "customer called")

        answers = await do(tx, job.id, technician.id, EnRoute(), Arrive(), Start(), FULL)

        seen = await service.see_job(tx, SUPERVISOR, job.id)
        (visit,) = await visits(tx, job.id)
        (card,) = await cards(tx, job.id)
    assert answers == ["job_cancelled"] * 4
    assert (seen.state, seen.needs_review, visit.outcome) == ("cancelled", True, "completed")
    assert (card.kind, card.reason, card.subject) == ("conflict", "job_cancelled", job.number)


async def handed_on(tx: Transaction) -> tuple[UUID, UUID, UUID]:
    """A job that was given to one technician and then to another: its id, and theirs."""
    technician = await make_field(tx)
    other = await make_technician(tx, technician.territory_id)
    job = await make_dispatched_job(tx, technician)
    await give(tx, job.id, other)
    return job.id, technician.id, other.id


async def test_who_works_has_the_job_until_another_has_begun(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        job_id, first, second = await handed_on(tx)
        await do(tx, job_id, second, EnRoute())

        answers = await do(tx, job_id, first, EnRoute(), Arrive(), *everything_required(), FULL)

        job = await service.job_view(tx, job_id)
        kept = {visit.technician_id: (visit.outcome, visit.is_beside) for visit in await visits(tx, job_id)}
        assert (answers[:2], answers[-1], await cards(tx, job_id)) == (["merged", "merged"], "merged", [])
    assert (job.state, job.technician_id, job.needs_review) == ("completed", first, False)
    assert kept == {first: ("completed", False), second: ("cancelled", False)}


async def test_the_times_of_who_takes_a_job_back_are_those_of_the_visit(database: Database, clock: FixedClock):
    left, arrived, started, _ = [clock.advance(600) for _ in range(4)]
    async with database.transaction(SYSTEM, "test") as tx:
        job_id, first, _ = await handed_on(tx)

        for operation, at in ((EnRoute(), left), (Arrive(), arrived), (Start(), started)):
            await do(tx, job_id, first, operation, at=at)

        facts = await tx.session.scalars(select(JobFact).where(JobFact.subject_id == job_id))
        (visit,) = await visits(tx, job_id)
        assert {fact.command: fact.occurred_at for fact in facts} == {"en_route": left, "start": started}
    assert (visit.en_route_at, visit.arrived_at, visit.started_at) == (left, arrived, started)


async def test_being_at_another_s_job_changes_nothing_about_it(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        job_id, first, second = await handed_on(tx)
        await do(tx, job_id, second, Start())

        answers = await do(tx, job_id, first, EnRoute(), Arrive(), Start())

        job = await service.job_view(tx, job_id)
        assert (answers, await cards(tx, job_id)) == (["merged"] * 3, [])
        assert (job.state, job.technician_id) == ("started", second)
        assert (await service.work_began(tx, [job_id])).keys() == {job_id}


@pytest.mark.parametrize("ending", [FULL, NotDone(reason="refused"), Suspend(reason="rain")])
async def test_an_end_of_a_job_that_another_has_begun_is_kept_as_a_second_visit(database: Database, ending):
    async with database.transaction(SYSTEM, "test") as tx:
        job_id, first, second = await handed_on(tx)
        await do(tx, job_id, second, Start())

        answers = await do(tx, job_id, first, Start(), ending)

        job = await service.job_view(tx, job_id)
        (beside,) = [visit for visit in await visits(tx, job_id) if visit.is_beside]
        (card,) = await cards(tx, job_id)
    assert answers == ["merged", "job_reassigned"]
    assert (job.state, job.technician_id, job.needs_review) == ("started", second, True)
    assert (beside.technician_id, beside.outcome is not None) == (first, True)
    assert (card.reason, card.technician_id) == ("job_reassigned", first)


async def test_a_visit_beside_a_job_keeps_nobody_from_working(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        job_id, first, second = await handed_on(tx)
        technician = await workforce.technician(tx, first)
        next_job = await make_dispatched_job(tx, technician)
        await do(tx, job_id, second, Start())
        await do(tx, job_id, first, Start())

        assert await do(tx, next_job.id, first, Start()) == [None]


async def test_a_job_that_went_to_another_is_not_acknowledged(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        other = await make_technician(tx, technician.territory_id)
        job = await make_dispatched_job(tx, technician)
        await give(tx, job.id, other)

        with pytest.raises(JobOvertaken):
            await do(tx, job.id, technician.id, Acknowledge())


@pytest.mark.parametrize("operation", [Acknowledge(), EnRoute(), FULL, operations.Note(text="hello")])
async def test_a_technician_who_never_had_the_job_does_not_find_it(database: Database, operation):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        stranger = await make_technician(tx, technician.territory_id)
        job = await make_dispatched_job(tx, technician)

        with pytest.raises(UnknownJob):
            await do(tx, job.id, stranger.id, operation)
