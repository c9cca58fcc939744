"""A technician's way through a job, and what the office may have decided meanwhile."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from backend.jobs import service
from backend.jobs.errors import AlreadyTakenUp, AnotherJobStarted, CompletionRefused
from backend.jobs.models import JobFact, Visit
from backend.jobs.operations import OPERATIONS
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from sync import operations
from sync.operations import Acknowledge, Arrive, Complete, EnRoute, NotDone, Outcome, Resume, Start, Suspend
from tests.factories.jobs import (
    SUPERVISOR,
    do,
    everything_required,
    give,
    make_dispatched_job,
    make_field,
    make_job,
    visits,
)
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

FULL = Complete(outcome=Outcome.FULL)


def test_every_named_operation_has_its_use_case():
    assert set(OPERATIONS) == set(operations.OPERATIONS.values())


async def test_a_day_at_a_job_is_kept_with_both_times(database: Database, clock: FixedClock):
    left, recorded = clock.now(), clock.advance(4 * 3600)
    times = [left + timedelta(minutes=minutes) for minutes in (0, 20, 25, 100)]
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, Acknowledge(), EnRoute(), at=times[0])
        await do(tx, job.id, technician.id, Arrive(), at=times[1])
        await do(tx, job.id, technician.id, Start(), *everything_required(), at=times[2])
        await do(tx, job.id, technician.id, FULL, at=times[3])

        facts = list(await tx.session.scalars(select(JobFact).where(JobFact.subject_id == job.id)))
        (visit,) = await visits(tx, job.id)
    assert {(fact.command, fact.occurred_at) for fact in facts} == set(
        zip(("en_route", "arrive", "start", "complete"), times, strict=True)
    )
    assert {fact.recorded_at for fact in facts} == {recorded}
    assert [visit.en_route_at, visit.arrived_at, visit.started_at, visit.ended_at] == times


async def test_each_step_tells_the_others(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, EnRoute(), Arrive(), Start(), *everything_required(), FULL)

        told = set(await tx.session.scalars(select(OutboxRow.type).where(OutboxRow.subject_id == job.id)))
    assert told == {
        "job.created",
        "job.dispatched",
        "job.en_route",
        "job.arrived",
        "job.started",
        "job.completed",
    }


async def test_a_completed_job_leaves_what_others_go_on_from(database: Database, clock: FixedClock):
    arrived, done, _recorded = clock.now(), clock.advance(3600), clock.advance(3600)
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, Arrive(), *everything_required(), at=arrived)

        await do(tx, job.id, technician.id, Complete(outcome=Outcome.PARTIAL, undone=("mesh unit 2",)), at=done)

        left = await service.completed_job(tx, job.id)
    assert (left.job_id, left.technician_id, left.premises_id) == (job.id, technician.id, job.premises_id)
    assert (left.arrived_at, left.occurred_at) == (arrived, done)
    assert (left.outcome, left.undone) == ("partial", ["mesh unit 2"])


async def test_completion_is_refused_with_the_list_of_what_is_missing(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, Start())

        with pytest.raises(CompletionRefused) as refused:
            await do(tx, job.id, technician.id, FULL)

    assert refused.value.params["missing"] == [
        "checklist.drop",
        "checklist.light",
        "hazard.Laser: do not look into the fibre",
        "hazard.Dog",
        "signature",
    ]


async def test_nobody_signs_for_the_plant(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id, cause="plant", hazards=[])
        await give(tx, job.id, technician)
        required = [one for one in everything_required() if not isinstance(one, operations.Signature)]

        await do(tx, job.id, technician.id, *required, FULL)

        assert (await service.job_view(tx, job.id)).state == "completed"


async def test_a_technician_works_on_one_job_at_a_time(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        first, second = [await make_dispatched_job(tx, technician) for _ in range(2)]
        await do(tx, first.id, technician.id, Start())

        with pytest.raises(AnotherJobStarted) as refused:
            await do(tx, second.id, technician.id, Start())

    assert refused.value.params == {"job_id": str(first.id)}


async def test_the_database_itself_knows_one_started_visit_per_technician(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        jobs = [await make_dispatched_job(tx, technician) for _ in range(2)]

        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                tx.add(
                    *(
                        Visit(id=tx.new_id(), job_id=job.id, technician_id=technician.id, started_at=tx.now)
                        for job in jobs
                    )
                )


async def test_the_next_job_starts_after_the_first_has_ended(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        first, second = [await make_dispatched_job(tx, technician) for _ in range(2)]

        await do(tx, first.id, technician.id, Start(), NotDone(reason="refused"))
        await do(tx, second.id, technician.id, Start())

        assert (await service.job_view(tx, second.id)).state == "started"


async def test_a_forgotten_button_is_no_forgotten_step(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, *everything_required(), FULL)

        commands = await tx.session.scalars(select(JobFact.command).where(JobFact.subject_id == job.id))
        assert sorted(commands) == ["complete", "en_route", "start"]


async def test_a_finished_job_cannot_be_started_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, NotDone(reason="no_access"))

        with pytest.raises(IllegalMove):
            await do(tx, job.id, technician.id, Start())


async def test_a_job_that_was_not_sent_cannot_be_taken(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)
        start = tx.now
        await service.assign(
            tx, job.id, technician_id=technician.id, planned_start=start, planned_end=start + timedelta(hours=1)
        )

        with pytest.raises(IllegalMove):
            await do(tx, job.id, technician.id, EnRoute())


async def test_a_job_that_was_not_done_says_why(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, Arrive(), NotDone(reason="no_access.dog_loose", note="Big dog."))

        seen = await service.see_job(tx, SUPERVISOR, job.id)
    assert (seen.state, seen.reason, [note.text for note in seen.notes]) == (
        "notDone",
        "no_access.dog_loose",
        ["Big dog."],
    )


async def test_a_suspended_job_is_followed_by_a_pending_one(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, Start(), Suspend(reason="parts.missing"))

        (follower,) = await service.backlog(tx, technician.territory_id)
        assert (await service.job_view(tx, job.id)).state == "suspended"
    assert (follower.follows_job_id, follower.work_order_id) == (job.id, job.work_order_id)


async def test_a_resumed_job_needs_no_follower(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, Start(), Suspend(reason="rain"))

        await do(tx, job.id, technician.id, Resume(), *everything_required(), FULL)

        assert await service.backlog(tx, technician.territory_id) == []
        assert len(await visits(tx, job.id)) == 2
        assert (await service.job_view(tx, job.id)).state == "completed"


async def test_a_job_may_be_suspended_twice(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, Start(), Suspend(reason="rain"), Resume(), Suspend(reason="rain"))

        assert len(await service.backlog(tx, technician.territory_id)) == 1


async def test_a_job_that_another_took_up_cannot_be_resumed(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        other = await make_technician(tx, technician.territory_id)
        job = await make_dispatched_job(tx, technician)
        await do(tx, job.id, technician.id, Start(), Suspend(reason="rain"))
        (follower,) = await service.backlog(tx, technician.territory_id)
        await give(tx, follower.id, other)
        await do(tx, follower.id, other.id, EnRoute())

        with pytest.raises(AlreadyTakenUp):
            await do(tx, job.id, technician.id, Resume())


@pytest.mark.parametrize(("hours", "expected"), [(-1, "arrived_at"), (+1, "now")])
async def test_a_wrong_clock_does_not_turn_a_visit_round(database: Database, hours: int, expected: str):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        arrived_at: datetime = tx.now - timedelta(minutes=10)
        await do(tx, job.id, technician.id, Arrive(), at=arrived_at)

        await do(tx, job.id, technician.id, Start(), at=tx.now + timedelta(hours=hours))

        (visit,) = await visits(tx, job.id)
        assert visit.started_at == {"arrived_at": arrived_at, "now": tx.now}[expected]
