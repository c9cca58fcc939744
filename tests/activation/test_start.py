"""A completed job arms the services whose equipment is really there."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from backend.activation import service
from backend.activation.lifecycle import ActivationState
from backend.catalogue.schemas import ServiceKind
from backend.inventory import service as inventory
from backend.jobs.schemas import CompletedJob
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders.schemas import OrderView
from backend.workforce import service as workforce
from sync.operations import Outcome
from tests.factories.catalogue import GATEWAY, ONT
from tests.factories.inventory import make_units, make_van
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_technician
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

JOB = UUID("01978f6a-0000-7000-8000-00000000f001")
COMPLETED_AT = MONDAY - timedelta(hours=2)


async def completed(tx: Transaction, order: OrderView, *models: str) -> CompletedJob:
    """A job of this order, at which one unit of each of these models was installed from the van."""
    van = await make_van(tx, await _technician_id(tx))
    assert van.technician_id is not None
    for model in models:
        [unit] = await make_units(tx, van.id, model=model, first=900)
        await inventory.install(
            tx,
            serial=unit.serial,
            premises_id=order.premises_id,
            technician_id=van.technician_id,
            job_id=JOB,
            occurred_at=COMPLETED_AT,
            order_id=order.id,
        )
    return CompletedJob(
        job_id=JOB,
        order_id=order.id,
        account_id=order.account_id,
        premises_id=order.premises_id,
        technician_id=van.technician_id,
        arrived_at=COMPLETED_AT,
        occurred_at=COMPLETED_AT,
        outcome=Outcome.FULL,
        installed={},
        parts_consumed={},
        undone=[],
    )


async def _technician_id(tx: Transaction) -> UUID:
    [territory, *_] = await workforce.territories(tx)
    return (await make_technician(tx, territory.id)).id


async def armed_kinds(tx: Transaction, order: OrderView) -> set[ServiceKind]:
    page = await service.activations(tx, state=ActivationState.ARMED, page_size=10, cursor=None)
    started = {one.service_id for one in page.items}
    return {one.kind for one in order.services if one.id in started}


async def test_a_completed_job_arms_every_service_of_its_order(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)

        await service.start_for_job(tx, await completed(tx, order, ONT.code, GATEWAY.code))

        assert await armed_kinds(tx, order) == set(ServiceKind)
        page = await service.activations(tx, state=None, page_size=10, cursor=None)
        assert {one.effective_at for one in page.items} == {COMPLETED_AT}


async def test_without_its_equipment_no_service_is_armed(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)

        started = await service.start_for_job(tx, await completed(tx, order, GATEWAY.code))

        assert started == []


async def test_the_same_completion_again_arms_nothing(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        job = await completed(tx, order, ONT.code, GATEWAY.code)

        first, second = await service.start_for_job(tx, job), await service.start_for_job(tx, job)

        assert (len(first), second) == (3, [])


async def test_a_job_without_an_order_arms_nothing(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        job = await completed(tx, order, ONT.code, GATEWAY.code)

        assert await service.start_for_job(tx, msgspec.structs.replace(job, order_id=None)) == []
