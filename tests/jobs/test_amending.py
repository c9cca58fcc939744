"""Bodies that are amended by what a transaction did: byte for byte what rendering would make, or left to it."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.jobs import service as jobs
from backend.jobs.documents import render_jobs
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.bodies import FeedBody
from backend.kernel.db import Database
from backend.parts import FEED
from backend.workforce.schemas import TechnicianView
from sync.operations import (
    Acknowledge,
    Activity,
    Arrive,
    ChecklistAnswer,
    Complete,
    EnRoute,
    HazardAcknowledged,
    Measure,
    Note,
    Operation,
    Outcome,
    PartsConsumed,
    Photo,
    Resume,
    Safety,
    SafetyCheckIn,
    Start,
    Suspend,
    TimeEntry,
)
from tests.factories.jobs import SIGNATURE, SUPERVISOR, do, everything_required, make_dispatched_job, make_field
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

DAY: tuple[Operation, ...] = (
    Acknowledge(),
    EnRoute(),
    Arrive(),
    Start(),
    Note(text="Meter cupboard is locked"),
    HazardAcknowledged(hazard="Dog in the yard"),
    HazardAcknowledged(hazard="Dog in the yard"),
    ChecklistAnswer(item="light", value=-18.5),
    ChecklistAnswer(item="light", value=None),
    ChecklistAnswer(item="light", value=-19),
    Measure(name="light_level", value=-18.5, unit="dBm"),
    Photo(sha256="cd" * 32, media_type="image/jpeg", bytes=1000),
    TimeEntry(activity=Activity.WORK, start_ms=1_780_000_000_000, end_ms=1_780_000_900_000),
    PartsConsumed(part="patch-cord", quantity=2),
    SafetyCheckIn(state=Safety.OK),
    Suspend(reason="no_access"),
    Resume(),
    SIGNATURE,
    *everything_required(),
    Complete(outcome=Outcome.FULL),
)


@pytest.fixture
async def worked(database: Database) -> tuple[TechnicianView, JobView]:
    """A technician, and a job on the phone whose document was rendered."""
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
    await render(database)
    return technician, job


async def render(database: Database) -> None:
    while await FEED.render_ahead(database):
        pass


async def kept(database: Database, job_id: UUID) -> bytes | None:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(FeedBody.body).where(FeedBody.id == job_id))).one()


async def rendered(database: Database, job_id: UUID) -> bytes:
    async with database.snapshot(SYSTEM, "test") as tx:
        return msgspec.json.encode((await render_jobs(tx, [job_id]))[job_id])


async def perform(
    database: Database, worked: tuple[TechnicianView, JobView], operations: Sequence[Operation], **changes: timedelta
) -> None:
    technician, job = worked
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, job.id, technician.id, *operations, at=tx.now - changes.get("ago", timedelta()))


async def test_after_each_operation_of_a_day_the_amended_body_is_the_rendered_one(
    database: Database, clock: FixedClock, worked: tuple[TechnicianView, JobView]
) -> None:
    job_id = worked[1].id
    for operation in DAY:
        clock.advance(60)
        await perform(database, worked, [operation])

        amended = await kept(database, job_id)

        assert amended is not None, operation
        assert msgspec.json.decode(amended) == msgspec.json.decode(await rendered(database, job_id)), operation


async def test_so_it_is_after_a_batch_of_work_at_one_instant(
    database: Database, clock: FixedClock, worked: tuple[TechnicianView, JobView]
) -> None:
    clock.advance(60)
    await perform(database, worked, [Note(text="first"), Note(text="second"), EnRoute(), Start()])

    assert await kept(database, worked[1].id) == await rendered(database, worked[1].id)


async def test_so_it_is_after_the_offices_own_changes_of_a_job(
    database: Database, worked: tuple[TechnicianView, JobView]
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, worked[1].id, "customer_cancelled")

    assert await kept(database, worked[1].id) == await rendered(database, worked[1].id)


async def test_work_that_happened_before_what_is_known_is_left_to_rendering(
    database: Database, clock: FixedClock, worked: tuple[TechnicianView, JobView]
) -> None:
    clock.advance(3600)
    await perform(database, worked, [Note(text="at noon")])
    await perform(database, worked, [Note(text="in the morning, heard of later")], ago=timedelta(minutes=30))

    assert await kept(database, worked[1].id) is None


async def test_a_change_beside_the_work_is_left_to_rendering(
    database: Database, worked: tuple[TechnicianView, JobView]
) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, worked[1].account_id, ChangeContact(phone="+358409876543"))

    assert await kept(database, worked[1].id) is None


async def test_a_body_that_was_never_rendered_is_not_amended(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

    await perform(database, (technician, job), [Note(text="early")])

    assert await kept(database, job.id) is None
