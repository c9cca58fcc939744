"""An appointment goes with its job, and its customer's page shows only what is the customer's."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.booking import documents, service
from backend.booking.schemas import AppointmentDocument, AppointmentView
from backend.jobs import service as jobs
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import changes_since
from backend.workforce.schemas import TechnicianView
from sync.operations import Complete, EnRoute, NotDone, Operation, Outcome, Start
from tests.factories.booking import make_appointment, window
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.jobs import SUPERVISOR, do, everything_required

pytestmark = pytest.mark.anyio


@pytest.fixture
async def eero(database: Database) -> TechnicianView:
    async with database.transaction(SYSTEM, "test") as tx:
        return (await make_team(tx, 1))[0]


@pytest.fixture
async def appointment(database: Database, eero: TechnicianView) -> AppointmentView:
    """A confirmed appointment whose job is on Eero's phone."""
    async with database.transaction(SYSTEM, "test") as tx:
        [job] = await make_jobs(tx, eero.territory_id, 1)
    made = await make_appointment(database, job.id, window(12))
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.dispatch(tx, job.id)
    return made


async def work(database: Database, appointment: AppointmentView, eero: TechnicianView, *operations: Operation) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, appointment.job_id, eero.id, *operations)


async def follow(database: Database, job_id: UUID) -> None:
    """Deliver an event of the job: which one does not matter, as the reaction looks at the job."""
    async with database.transaction(SYSTEM, "test") as tx:
        event = outbox.Event(
            id=tx.new_id(), type="job.x", version=1, subject_id=job_id, occurred_at=tx.now, recorded_at=tx.now
        )
        await service.follow_job(tx, event)


async def now(database: Database, appointment: AppointmentView) -> AppointmentView:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_appointment(tx, SUPERVISOR, appointment.id)


async def page(database: Database, appointment: AppointmentView) -> AppointmentDocument:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await documents.render(tx, [appointment.id]))[appointment.id]


async def test_it_is_in_progress_while_work_is(database: Database, appointment: AppointmentView, eero: TechnicianView):
    await work(database, appointment, eero, EnRoute())
    await follow(database, appointment.job_id)
    assert (await now(database, appointment)).state == "confirmed"

    await work(database, appointment, eero, Start())
    await follow(database, appointment.job_id)
    assert (await now(database, appointment)).state == "inProgress"


async def test_it_is_completed_with_its_job_however_late_and_often_we_hear_of_it(
    database: Database, appointment: AppointmentView, eero: TechnicianView
):
    await work(database, appointment, eero, EnRoute(), Start(), *everything_required(), Complete(outcome=Outcome.FULL))
    await follow(database, appointment.job_id)
    await follow(database, appointment.job_id)

    assert (await now(database, appointment)).state == "completed"


@pytest.mark.parametrize(
    ("reason", "state"),
    [("no_access.dog_loose", "failed"), ("refused", "failed"), ("wrong_equipment", "missed"), ("no_time", "missed")],
)
async def test_who_failed_is_told_by_the_reason(
    database: Database, appointment: AppointmentView, eero: TechnicianView, reason: str, state: str
):
    await work(database, appointment, eero, EnRoute(), NotDone(reason=reason))
    await follow(database, appointment.job_id)

    after = await now(database, appointment)
    assert (after.state, after.reason) == (state, reason)


async def test_it_is_cancelled_with_its_job(database: Database, appointment: AppointmentView):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, appointment.job_id, "Moved away")
    await follow(database, appointment.job_id)

    after = await now(database, appointment)
    assert (after.state, after.reason) == ("cancelled", "Moved away")


async def test_the_notice_has_what_a_letter_needs_and_no_secret(database: Database, appointment: AppointmentView):
    async with database.snapshot(SYSTEM, "test") as tx:
        notice = await service.appointment_notice(tx, appointment.id)

    assert (notice.email, notice.name, notice.language) == ("aino.laine@example.com", "Aino Laine", "fi")
    assert (notice.what, notice.where) == ("Install FTTP", "Liisankatu 12 B 7, Helsinki")
    assert (notice.window_start, notice.zone) == (appointment.window.start, "Europe/Helsinki")
    assert notice.link_expires_at == appointment.window.end + timedelta(hours=24)


async def test_the_page_names_the_technician_only_on_the_way_and_at_work(
    database: Database, appointment: AppointmentView, eero: TechnicianView
):
    assert (await page(database, appointment)).technician is None

    await work(database, appointment, eero, EnRoute())
    coming = (await page(database, appointment)).technician
    assert coming is not None
    assert coming.first_name == "Eero"
    assert coming.eta is not None

    await work(database, appointment, eero, NotDone(reason="no_access"))
    assert (await page(database, appointment)).technician is None


async def test_every_step_of_the_job_reaches_the_customers_scope_as_a_newer_version(
    database: Database, appointment: AppointmentView, eero: TechnicianView
):
    scope = f"visit:{appointment.job_id}"
    async with database.snapshot(SYSTEM, "test") as tx:
        [before] = await changes_since(tx, scope, after=0, limit=10)
    await work(database, appointment, eero, EnRoute())

    async with database.snapshot(SYSTEM, "test") as tx:
        [after] = await changes_since(tx, scope, after=before.seq, limit=10)
    assert after.id == appointment.id
    assert after.version > before.version
