"""A job that brings equipment back: what it lists stands in the way of a full completion, and goes on with the next job."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from backend.inventory import service as inventory
from backend.jobs import queries, service
from backend.jobs.errors import CompletionRefused
from backend.jobs.models import Job
from backend.jobs.schemas import JobView, UnitPart
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.workforce.schemas import TechnicianView
from sync.operations import Arrive, CaptureMethod, Complete, EnRoute, Outcome, SerialRecovered, Start, Suspend
from tests.factories.catalogue import INSTALL, ONT
from tests.factories.inventory import SERIALS, make_units, make_van
from tests.factories.jobs import cards, do, everything_required, give, make_field, make_job

pytestmark = pytest.mark.anyio

FIRST, SECOND, OTHER = (SERIALS[ONT.code].format(number) for number in (1, 2, 3))
FULL, PARTIAL = Complete(outcome=Outcome.FULL), Complete(outcome=Outcome.PARTIAL)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A technician who works at a job that is to bring two ONTs back; a third hangs there, too."""

    technician: TechnicianView
    job: JobView


async def make_visit(tx: Transaction) -> Visit:
    technician = await make_field(tx)
    van = await make_van(tx, technician.id)
    await make_units(tx, van.id, quantity=3)
    place = (await make_job(tx, technician.territory_id)).premises_id
    for serial in (FIRST, SECOND, OTHER):
        await inventory.install(
            tx,
            serial=serial,
            premises_id=place,
            technician_id=technician.id,
            job_id=tx.new_id(),
            occurred_at=tx.now,
        )
    units = [UnitPart(serial=serial, model=ONT.code) for serial in (FIRST, SECOND)]
    job = (await service.place_recovery(tx, place, units, work=INSTALL.code, order_id=None)).jobs[0]
    await give(tx, job.id, technician)
    await do(tx, job.id, technician.id, EnRoute(), Arrive(), Start(), *everything_required())
    return Visit(technician=technician, job=job)


def take_out(serial: str) -> SerialRecovered:
    return SerialRecovered(serial=serial, method=CaptureMethod.SCAN)


async def test_a_full_completion_has_taken_out_every_unit(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        visit = await make_visit(tx)
        with pytest.raises(CompletionRefused) as refused:
            await do(tx, visit.job.id, visit.technician.id, take_out(FIRST), FULL)

        assert await do(tx, visit.job.id, visit.technician.id, take_out(SECOND), FULL) == [None, None]

    assert refused.value.params["missing"] == [f"unit.{SECOND}"]


async def test_a_partial_completion_reports_what_could_not_be_had(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        visit = await make_visit(tx)

        assert await do(tx, visit.job.id, visit.technician.id, take_out(FIRST), PARTIAL) == [None, None]


async def test_the_job_that_goes_on_with_it_brings_the_rest_back(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        visit = await make_visit(tx)
        await do(tx, visit.job.id, visit.technician.id, take_out(FIRST), Suspend(reason="time.ran_out"))

        follower = await queries.follower(tx, visit.job.id)

        assert follower is not None
        assert [unit.serial for unit in follower.to_recover] == [SECOND]


async def test_a_unit_that_is_not_to_be_brought_back_is_asked_about(database: Database):
    """It may be the customer's own."""
    async with database.transaction(SYSTEM, "test") as tx:
        visit = await make_visit(tx)
        answers = await do(tx, visit.job.id, visit.technician.id, take_out(OTHER))

        [card] = await cards(tx, visit.job.id)
        unit = await inventory.unit(tx, OTHER)

    assert (answers, card.reason, card.subject, unit.state) == (["unwanted_unit"], "unwanted_unit", OTHER, "recovered")


async def test_a_unit_that_need_not_be_fetched_leaves_the_list_until_somebody_works(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        place = (await make_job(tx, technician.territory_id)).premises_id
        units = [UnitPart(serial=serial, model=ONT.code) for serial in (FIRST, SECOND)]
        work_order = await service.place_recovery(tx, place, units, work=INSTALL.code, order_id=None)

        await service.leave_there(tx, work_order.id, FIRST)
        [job] = await tx.session.scalars(select(Job).where(Job.work_order_id == work_order.id))
        left = [unit.serial for unit in job.to_recover]
        await service.leave_there(tx, work_order.id, SECOND)

    assert (left, job.state, job.reason) == ([SECOND], "cancelled", "nothing_to_fetch")
