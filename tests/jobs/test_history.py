"""What happened before at the premises of a job, for who goes there now."""

import pytest

from backend.identity.principal import Principal, Role
from backend.identity.service import add_organisation
from backend.inventory import service as inventory
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.history import LONGEST_NOTE, MOST_VISITS, see_history
from backend.jobs.schemas import JobView, PlaceWorkOrder
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database, Transaction
from backend.workforce.schemas import TechnicianView
from sync.operations import Complete, EnRoute, Measure, NotDone, Note, Outcome, Start
from tests.factories.catalogue import INSTALL
from tests.factories.handset import make_carrier
from tests.factories.inventory import make_units, make_van
from tests.factories.jobs import SUPERVISOR, do, everything_required, give, make_dispatched_job, make_field
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio


async def another_job(tx: Transaction, job: JobView, technician: TechnicianView) -> JobView:
    """One more job at the premises of this one, on the technician's phone."""
    wanted = PlaceWorkOrder(cause="trouble", work=INSTALL.code, premises_id=job.premises_id, external_reference="T-2")
    placed = (await jobs.place_work_order(tx, SUPERVISOR, wanted)).jobs[0]
    await give(tx, placed.id, technician)
    return placed


async def test_who_goes_there_sees_what_was_done_before(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        before = await make_field(tx)
        first = await make_dispatched_job(tx, before)
        van = await make_van(tx, before.id)
        (unit,) = await make_units(tx, van.id)
        done = [
            EnRoute(),
            Start(),
            Note(text="x" * 600),
            Note(text="Cable enters behind the boiler"),
            Measure(name="light_level", value=-18.5, unit="dBm"),
            *everything_required(),
            Complete(outcome=Outcome.FULL),
        ]
        assert set(await do(tx, first.id, before.id, *done)) == {None}
        await inventory.install(
            tx,
            serial=unit.serial,
            premises_id=first.premises_id,
            technician_id=before.id,
            job_id=first.id,
            occurred_at=clock.now(),
        )
        now = await make_technician(tx, before.territory_id)
        job = await another_job(tx, first, now)
        carrier = await make_carrier(tx, now)

        history = await see_history(tx, carrier, job.id)

    (visit,) = history.visits
    assert (visit.work, visit.state, visit.outcome) == (INSTALL.name, "completed", "full")
    assert visit.technician == before.name.split()[0]
    assert visit.notes == ["x" * LONGEST_NOTE, "Cable enters behind the boiler"]
    assert visit.light_level is not None
    assert (visit.light_level.value, visit.light_level.unit) == (-18.5, "dBm")
    assert [one.serial for one in history.installed] == [unit.serial]


async def test_only_the_last_visits_are_told_newest_first(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
    for number in range(MOST_VISITS + 1):
        clock.advance(60)
        async with database.transaction(SYSTEM, "test") as tx:
            earlier = await another_job(tx, job, technician)
            tried = [EnRoute(), Note(text=f"visit {number}"), NotDone(reason="no_access.dog_loose")]
            await do(tx, earlier.id, technician.id, *tried)
    async with database.transaction(SYSTEM, "test") as tx:
        history = await see_history(tx, await make_carrier(tx, technician), job.id)

    assert [visit.notes for visit in history.visits] == [[f"visit {number}"] for number in range(MOST_VISITS, 0, -1)]
    assert {visit.reason for visit in history.visits} == {"no_access.dog_loose"}


async def test_a_contractors_people_see_their_own_companys_visits(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        ours = await make_field(tx)
        first = await make_dispatched_job(tx, ours)
        tried = [EnRoute(), Note(text="ours alone"), NotDone(reason="no_access.dog_loose")]
        await do(tx, first.id, ours.id, *tried)
        company = await add_organisation(tx, "Fibre Friends", is_contractor=True)
        theirs = await make_technician(tx, ours.territory_id, organisation_id=company, is_contractor=True)
        job = await another_job(tx, first, theirs)
        carrier = await make_carrier(tx, theirs, role=Role.CONTRACTOR_TECHNICIAN)

        history = await see_history(tx, carrier, job.id)

        assert history.visits == []
        with pytest.raises(UnknownJob):
            await see_history(tx, carrier, first.id)
        stranger = Principal(actor=Actor(kind="user", id=ours.id), role=Role.CUSTOMER)
        with pytest.raises(UnknownJob):
            await see_history(tx, stranger, job.id)
