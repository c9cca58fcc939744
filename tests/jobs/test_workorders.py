"""Orders, troubles and the plant make work, once."""

import msgspec
import pytest

from backend.catalogue import service as catalogue
from backend.catalogue.draft_schemas import Catalogue
from backend.catalogue.schemas import GoodsNeed
from backend.jobs import service, workorders
from backend.jobs.errors import UnknownJob
from backend.jobs.models import WorkOrder
from backend.jobs.schemas import JobView, PlaceWorkOrder
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders import service as orders
from backend.orders.schemas import Amend
from sync.operations import Complete, NotDone, Operation, Outcome, Resume, Start, Suspend
from tests.factories.catalogue import INSTALL, MESH
from tests.factories.jobs import SUPERVISOR, do, everything_required, give, make_dispatched_job, make_field, make_job
from tests.factories.orders import AGENT, make_shop, make_submitted_order
from tests.factories.workforce import make_technician

pytestmark = pytest.mark.anyio


async def test_an_order_makes_one_job_with_its_goods(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)

        await service.create_for_order(tx, order.id)

        (job,) = await service.jobs_of_order(tx, order.id)
    assert job.work == INSTALL.code
    assert job.parts == {"ONT-G1": 1, "GW-W6": 1, "MESH-W6": 2}
    assert (job.premises_id, job.territory_id) == (order.premises_id, order.territory_id)
    assert (job.number, job.state, job.assignment) == ("J-100001", "pending", "unassigned")


async def test_the_same_order_again_makes_no_second_job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await service.create_for_order(tx, order.id)

        await service.create_for_order(tx, order.id)

        assert len(await service.jobs_of_order(tx, order.id)) == 1


async def test_an_order_without_work_makes_no_job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx, ("MESH", 1))

        await service.create_for_order(tx, order.id)

        assert await service.jobs_of_order(tx, order.id) == []


async def test_a_trouble_makes_a_job_with_the_number_of_its_ticket(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)

        work_order = await tx.session.get_one(WorkOrder, job.work_order_id)

        assert (work_order.cause, work_order.external_reference) == ("trouble", "T-1")
        assert job.territory_id == technician.territory_id


async def test_premises_without_a_territory_get_the_nearest(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)
        job_elsewhere = await make_job(tx, None)  # type: ignore[arg-type] - premises that nobody serves yet

        assert job_elsewhere.territory_id == job.territory_id


async def test_numbers_follow_one_another(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)

        numbers = [(await make_job(tx, technician.territory_id)).number for _ in range(2)]

    assert numbers == ["J-100001", "J-100002"]


async def test_unknown_work_is_refused(database: Database):
    from backend.catalogue.service import UnknownWork

    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)
        wanted = PlaceWorkOrder(cause="plant", work="SING", premises_id=job.premises_id, external_reference="P-1")

        with pytest.raises(UnknownWork):
            await service.place_work_order(tx, SUPERVISOR, wanted)


async def test_a_cancelled_job_ends_its_work_order(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)

        cancelled = await service.cancel(tx, SUPERVISOR, job.id, "customer called")

        work_order = await tx.session.get_one(WorkOrder, job.work_order_id)
        assert (cancelled.state, cancelled.reason, work_order.state) == ("cancelled", "customer called", "cancelled")


@pytest.mark.parametrize(
    ("last", "state"),
    [
        (Complete(outcome=Outcome.FULL), "completed"),
        (Complete(outcome=Outcome.PARTIAL, undone=("mesh unit 2",)), "partial"),
        (NotDone(reason="no_access"), "failed"),
    ],
)
async def test_a_work_order_ends_with_its_last_job(database: Database, last, state: str):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, *everything_required(), last)

        assert (await tx.session.get_one(WorkOrder, job.work_order_id)).state == state


async def test_a_job_that_is_not_completed_leaves_nothing(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_job(tx, technician.territory_id)

        with pytest.raises(UnknownJob):
            await service.completed_job(tx, job.id)


async def make_order_job(tx: Transaction) -> JobView:
    """The job of a submitted order, on the phone of a technician."""
    await make_shop(tx)
    order = await make_submitted_order(tx, ("PHONE", 1), ("FIBRE-500", 1))
    await service.create_for_order(tx, order.id)
    (job,) = await service.jobs_of_order(tx, order.id)
    await give(tx, job.id, await make_technician(tx, job.territory_id))
    return await service.job_view(tx, job.id)


@pytest.mark.parametrize(
    ("done", "is_given_up"),
    [
        ([], False),
        ([Start(), Suspend(reason="rain")], False),
        ([NotDone(reason="no_access")], True),
        ([Complete(outcome=Outcome.FULL)], False),
        ([Start(), Suspend(reason="rain"), Resume(), Complete(outcome=Outcome.FULL)], False),
    ],
)
async def test_an_order_is_given_up_when_nobody_will_do_its_work(
    database: Database,
    done: list[Operation],
    is_given_up: bool,  # noqa: FBT001
):
    async with database.transaction(SYSTEM, "test") as tx:
        job = await make_order_job(tx)
        assert job.order_id is not None
        assert job.technician_id is not None

        await do(tx, job.id, job.technician_id, *everything_required(), *done)

        assert await service.is_given_up(tx, job.order_id) is is_given_up


async def test_a_changed_order_changes_what_its_job_brings(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx, ("FIBRE-500", 1), ("MESH", 2))
        await service.create_for_order(tx, order.id)
        await orders.amend(tx, AGENT, order.id, Amend(remove=[order.items[1].id]))

        await workorders.amend_for_order(tx, order.id)

        (job,) = await service.jobs_of_order(tx, order.id)
    assert job.parts == {"ONT-G1": 1, "GW-W6": 1}


async def test_nobody_comes_for_an_order_that_was_given_up(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await service.create_for_order(tx, order.id)
        await orders.cancel(tx, AGENT, order.id)

        has_ended = await workorders.call_off_order(tx, order.id)

        (job,) = await service.jobs_of_order(tx, order.id)
    assert (has_ended, job.state, job.reason) == (True, "cancelled", workorders.ORDER_CANCELLED)


async def test_a_job_brings_what_was_sold_and_what_its_work_takes(database: Database):
    cable = msgspec.structs.replace(MESH, code="PATCH", serial_pattern="^.+$", is_serialised=False)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await catalogue.add_cpe_model(tx, cable)
        work = msgspec.structs.replace(INSTALL, parts=[GoodsNeed(model="PATCH", quantity=2)])
        await catalogue.publish(tx, Catalogue(work=[work]), tx.now)
        order = await make_submitted_order(tx, ("FIBRE-500", 1))

        await service.create_for_order(tx, order.id)
        (job,) = await service.jobs_of_order(tx, order.id)

    assert job.parts == {"ONT-G1": 1, "GW-W6": 1, "PATCH": 2}
