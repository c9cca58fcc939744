"""A job for two: whose it is, who sees it, and who says how it goes on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.jobs import queries, service
from backend.jobs.documents import render_jobs
from backend.jobs.errors import NeedsCrew, NotTheLead, UnknownJob
from backend.jobs.models import Job
from backend.jobs.schemas import CrewPart
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.feed import FeedEntry
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from sync.operations import (
    Acknowledge,
    Complete,
    EnRoute,
    Note,
    Operation,
    Outcome,
    Safety,
    SafetyCheckIn,
    Start,
    Suspend,
)
from tests.factories.crews import PULL, Pair, give_to_pair, make_pair, make_pull
from tests.factories.handset import make_carrier
from tests.factories.jobs import do, give, make_job, visits

pytestmark = pytest.mark.anyio

FULL = Complete(outcome=Outcome.FULL)


async def scopes(tx: Transaction, job_id: object) -> set[str]:
    held = select(FeedEntry.scope).where(FeedEntry.id == job_id, FeedEntry.kind == "job", FeedEntry.op == "put")
    return set(await tx.session.scalars(held))


async def sent(database: Database) -> tuple[Pair, Job]:
    """A pull that is on both phones."""
    async with database.transaction(SYSTEM, "test") as tx:
        pair = await make_pair(tx)
        job = await make_pull(tx, pair.territory_id)
        await give_to_pair(tx, job.id, pair.lead, pair.helper)
        return pair, await tx.get(Job, job.id, UnknownJob)


async def test_a_job_takes_as_many_people_as_its_kind_of_work(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        pair = await make_pair(tx)
        pull, install = await make_pull(tx, pair.territory_id), await make_job(tx, pair.territory_id)

    assert (pull.crew_size, install.crew_size) == (PULL.crew_size, 1)


async def test_a_crew_is_complete_or_nobody_gets_the_job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        pair = await make_pair(tx)
        job = await make_pull(tx, pair.territory_id)

        with pytest.raises(NeedsCrew) as alone:
            await give(tx, job.id, pair.lead)
        with pytest.raises(NeedsCrew):
            await give_to_pair(tx, job.id, pair.lead, pair.lead)

        assert alone.value.params == {"job_id": str(job.id), "crew_size": 2, "named": 1}
        assert (await service.job_view(tx, job.id)).crew == ()


async def test_a_job_for_one_takes_no_helper(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        pair = await make_pair(tx)
        job = await make_job(tx, pair.territory_id)

        with pytest.raises(NeedsCrew):
            await give_to_pair(tx, job.id, pair.lead, pair.helper)


async def test_the_job_is_on_every_members_phone_with_everybody_who_comes(database: Database):
    pair, job = await sent(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        held = await scopes(tx, job.id)
        document = (await render_jobs(tx, [job.id]))[job.id]
    assert held == {f"territory:{pair.territory_id}", f"technician:{pair.lead.id}", f"technician:{pair.helper.id}"}
    assert document.crew == [
        CrewPart(technician_id=pair.lead.id, name="Eero Virtanen", leads=True, acknowledged=False),
        CrewPart(technician_id=pair.helper.id, name="Liisa Koski", leads=False, acknowledged=False),
    ]


async def test_every_member_may_see_the_job_and_nobody_else(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        carriers = [await make_carrier(tx, one) for one in (pair.lead, pair.helper, pair.other)]
        seen = [await queries.visible_job(tx, carrier, job.id) is not None for carrier in carriers]

    assert seen == [True, True, False]


async def test_whoever_leaves_the_crew_loses_the_job_and_the_new_crew_is_sent_it(database: Database):
    pair, job = await sent(database)
    version = job.version

    async with database.transaction(SYSTEM, "test") as tx:
        await give_to_pair(tx, job.id, pair.lead, pair.other)

    async with database.snapshot(SYSTEM, "test") as tx:
        held = await scopes(tx, job.id)
        left = await tx.session.get(FeedEntry, (f"technician:{pair.helper.id}", "job", job.id))
        assert left is not None
        assert (left.op, left.why) == ("remove", "reassigned")
        assert (await service.job_view(tx, job.id)).version > version
    assert held == {f"territory:{pair.territory_id}", f"technician:{pair.lead.id}", f"technician:{pair.other.id}"}


async def test_another_time_for_the_same_crew_stays_on_the_phones(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        planned = await service.job_view(tx, job.id)
        assert planned.planned_end is not None
        await service.assign(
            tx,
            job.id,
            technician_id=pair.lead.id,
            helper_ids=[pair.helper.id],
            planned_start=planned.planned_end,
            planned_end=planned.planned_end + timedelta(hours=1),
        )

        assert (await service.job_view(tx, job.id)).assignment == "dispatched"


async def test_back_in_the_backlog_nobody_has_it(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.unassign(tx, job.id)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert await scopes(tx, job.id) == {f"territory:{pair.territory_id}"}
        assert (await service.job_view(tx, job.id)).crew == ()


@pytest.mark.parametrize("step", [EnRoute(), Start(), Suspend(reason="rain"), FULL], ids=lambda one: type(one).__name__)
async def test_a_helper_does_not_say_how_the_job_goes_on(database: Database, step: Operation):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(NotTheLead) as refused:
            await do(tx, job.id, pair.helper.id, step)

        assert refused.value.params == {"job_id": str(job.id), "lead_id": str(pair.lead.id)}
        assert (await service.job_view(tx, job.id)).state == "pending"
        assert await visits(tx, job.id) == []


async def test_a_helper_records_what_everybody_records(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        found = await do(tx, job.id, pair.helper.id, Note(text="Duct is wet"), SafetyCheckIn(state=Safety.OK))

        document = (await render_jobs(tx, [job.id]))[job.id]
    assert found == [None, None]
    assert [(note.text, note.technician_id) for note in document.notes] == [("Duct is wet", pair.helper.id)]


async def test_a_stranger_is_told_of_no_job(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        for operation in (Note(text="Hello"), Start(), Acknowledge()):
            with pytest.raises(UnknownJob):
                await do(tx, job.id, pair.other.id, operation)


async def test_each_member_takes_the_job_for_themselves(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        found = await do(tx, job.id, pair.helper.id, Acknowledge(), Acknowledge())
        first = (await render_jobs(tx, [job.id]))[job.id]
        await do(tx, job.id, pair.lead.id, Acknowledge())
        second = (await render_jobs(tx, [job.id]))[job.id]

    assert found == [None, "merged"]
    assert (first.assignment, [one.acknowledged for one in first.crew]) == ("dispatched", [False, True])
    assert (second.assignment, [one.acknowledged for one in second.crew]) == ("acknowledged", [True, True])


async def test_a_helper_cannot_take_what_was_not_sent(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.assign(
            tx,
            job.id,
            technician_id=pair.other.id,
            helper_ids=[pair.helper.id],
            planned_start=tx.now,
            planned_end=tx.now + timedelta(hours=1),
        )

        with pytest.raises(IllegalMove):
            await do(tx, job.id, pair.helper.id, Acknowledge())


async def test_who_led_before_and_did_the_work_leads_again_with_the_same_helper(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await give_to_pair(tx, job.id, pair.other, pair.helper)

        assert await do(tx, job.id, pair.lead.id, Start()) == ["merged"]

        assert (await service.job_view(tx, job.id)).crew == (pair.lead.id, pair.helper.id)


async def test_who_led_and_helps_now_swaps_with_the_lead(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await give_to_pair(tx, job.id, pair.helper, pair.lead)

        assert await do(tx, job.id, pair.lead.id, Start()) == ["merged"]

        assert (await service.job_view(tx, job.id)).crew == (pair.lead.id, pair.helper.id)


async def test_what_goes_on_with_a_suspended_job_takes_a_crew_too(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, job.id, pair.lead.id, Start(), Suspend(reason="rain"))

        [_, follower] = await queries.jobs_of_work_order(tx, job.work_order_id)
    assert (follower.state, follower.crew_size, follower.helpers) == ("pending", 2, [])


async def test_everybody_who_had_the_job_is_told_that_it_left(database: Database):
    pair, job = await sent(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.unassign(tx, job.id)
        await tx.flush()
        told = select(OutboxRow.subject_id).where(OutboxRow.type == "technician.job_withdrawn")
        assert set(await tx.session.scalars(told)) == {pair.lead.id, pair.helper.id}
