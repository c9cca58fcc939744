"""Which replicas a job's document is in, and what makes it a new version."""

from uuid import UUID

import pytest
from sqlalchemy import select

from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.jobs import service, tasks
from backend.jobs.documents import render_jobs, render_reviews
from backend.jobs.lifecycle import ReviewCommand, ReviewKind
from backend.jobs.models import Job, ReviewCard
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import FeedEntry
from backend.kernel.tasks import Task, run_due
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from backend.workforce.schemas import TechnicianView
from sync.operations import Arrive, Complete, Note, Outcome
from tests.factories.jobs import SUPERVISOR, do, everything_required, give, make_dispatched_job, make_field, make_job
from tests.factories.resources import make_pools, make_service
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio


async def entry(database: Database, scope: str, id_: UUID, kind: str = "job") -> FeedEntry | None:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await tx.session.get(FeedEntry, (scope, kind, id_))


async def scopes(database: Database, id_: UUID, kind: str = "job") -> set[str]:
    """The scopes that hold the document now."""
    async with database.snapshot(SYSTEM, "test") as tx:
        held = select(FeedEntry.scope).where(FeedEntry.id == id_, FeedEntry.kind == kind, FeedEntry.op == "put")
        return set(await tx.session.scalars(held))


async def dispatched(database: Database) -> tuple[TechnicianView, JobView]:
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        return technician, await make_dispatched_job(tx, technician)


async def version(database: Database, technician: TechnicianView, job: JobView) -> int:
    found = await entry(database, f"technician:{technician.id}", job.id)
    assert found is not None
    return found.version


async def test_a_job_that_was_not_sent_is_on_the_board_only(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)

    assert await scopes(database, job.id) == {f"territory:{job.territory_id}"}


async def test_a_dispatched_job_is_on_the_phone_too(database: Database):
    technician, job = await dispatched(database)

    assert await scopes(database, job.id) == {f"territory:{job.territory_id}", f"technician:{technician.id}"}


async def test_a_job_that_goes_to_another_leaves_the_first_phone(database: Database):
    technician, job = await dispatched(database)

    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_technician(tx, technician.territory_id)
        await give(tx, job.id, other)

    assert await scopes(database, job.id) == {f"territory:{job.territory_id}", f"technician:{other.id}"}
    left = await entry(database, f"technician:{technician.id}", job.id)
    assert left is not None
    assert (left.op, left.why) == ("remove", "reassigned")


async def test_a_cancelled_job_leaves_the_phone_and_says_so(database: Database):
    technician, job = await dispatched(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, SUPERVISOR, job.id, "customer called")

    left = await entry(database, f"technician:{technician.id}", job.id)
    assert left is not None
    assert (left.op, left.why) == ("remove", "cancelled")
    assert await scopes(database, job.id) == {f"territory:{job.territory_id}"}


async def test_an_ended_job_leaves_the_phone_a_day_later(database: Database, clock: FixedClock):
    technician, job = await dispatched(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, job.id, technician.id, *everything_required(), Complete(outcome=Outcome.FULL))
    release = Task(name="release_jobs", model=Job, perform=lambda job_id: tasks.release(database, job_id))

    clock.advance(23 * 3600)
    early = await run_due(database, release, "worker")
    clock.advance(3600)
    late = await run_due(database, release, "worker")

    left = await entry(database, f"technician:{technician.id}", job.id)
    assert left is not None
    assert (early, late, left.op, left.why) == (0, 1, "remove", "expired")


async def test_a_card_about_a_technician_s_work_stays_on_that_phone_until_some_time_after_the_decision(
    database: Database, clock: FixedClock
):
    technician, job = await dispatched(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, SUPERVISOR, job.id, "customer called")
        await do(tx, job.id, technician.id, Arrive())
        (card,) = (await service.see_reviews(tx, SUPERVISOR, state=None, page_size=5, cursor=None)).items
    async with database.transaction(SYSTEM, "test") as tx:
        await service.resolve_review(tx, SUPERVISOR, card.id, ReviewCommand.DISMISS, "not today")
    release = Task(name="release_cards", model=ReviewCard, perform=lambda id_: tasks.release_card(database, id_))

    held = await scopes(database, card.id, "review_card")
    clock.advance(15 * 24 * 3600)
    await run_due(database, release, "worker")

    territory = f"territory:{job.territory_id}"
    assert held == {territory, f"technician:{technician.id}"}
    assert await scopes(database, card.id, "review_card") == {territory}


@pytest.mark.parametrize("operation", [Arrive(), Note(text="hello")])
async def test_what_the_technician_does_is_a_new_version(database: Database, operation):
    technician, job = await dispatched(database)
    before = await version(database, technician, job)

    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, job.id, technician.id, operation)

    assert await version(database, technician, job) > before


async def test_a_changed_phone_number_reaches_the_technician(database: Database):
    technician, job = await dispatched(database)
    before = await version(database, technician, job)

    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, job.account_id, ChangeContact(phone="+358409999999"))

    async with database.snapshot(SYSTEM, "test") as tx:
        document = (await render_jobs(tx, [job.id]))[job.id]
    assert document.customer.phone == "+358409999999"
    assert await version(database, technician, job) > before


async def test_a_service_at_the_premises_reaches_the_technician(database: Database):
    technician, job = await dispatched(database)
    versions = [await version(database, technician, job)]

    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        voice = await make_service(tx, account_id=job.account_id, premises_id=job.premises_id)
    versions.append(await version(database, technician, job))
    async with database.transaction(SYSTEM, "test") as tx:
        await resources.activate(tx, voice.id, tx.now)
    versions.append(await version(database, technician, job))

    assert versions == sorted(set(versions))
    async with database.snapshot(SYSTEM, "test") as tx:
        (shown,) = (await render_jobs(tx, [job.id]))[job.id].services
    assert (shown.kind, shown.state, shown.resources) == ("voice", ServiceState.ACTIVE, {"number": "+358942450001"})


async def test_a_document_shows_the_work_and_the_place(database: Database):
    _technician, job = await dispatched(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        document = (await render_jobs(tx, [job.id]))[job.id]

    assert (document.number, document.state, document.assignment) == (job.number, "pending", "dispatched")
    assert (document.work.name, len(document.work.checklist)) == ("Install FTTP", 3)
    assert (document.customer.name, document.premises.city) == ("Aino Laine", "Helsinki")
    assert (document.hazards, document.premises.hazards) == (["Laser: do not look into the fibre"], ["Dog"])


async def test_a_review_card_is_where_its_job_is(database: Database):
    technician, job = await dispatched(database)
    async with database.transaction(SYSTEM, "test") as tx:
        card = await service.open_review(
            tx, kind=ReviewKind.FALLOUT, reason="step_failed", subject=job.number, job_id=job.id
        )
    placed = await scopes(database, card, "review_card")

    async with database.transaction(SYSTEM, "test") as tx:
        await service.unassign(tx, job.id)

    assert placed == {f"territory:{job.territory_id}", f"technician:{technician.id}"}
    assert await scopes(database, card, "review_card") == {f"territory:{job.territory_id}"}
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await render_reviews(tx, [card]))[card].reason == "step_failed"
