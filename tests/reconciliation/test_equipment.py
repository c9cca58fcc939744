"""Equipment that hangs where nothing runs, and resources that nobody uses."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.catalogue.schemas import ServiceKind
from backend.inventory import service as inventory
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.orders.schemas import OrderView
from backend.reconciliation.causes import INSTALLING
from backend.reconciliation.schemas import BreakKind
from backend.resources import service as resources
from backend.resources.models import ResourceAssignment
from backend.workforce import service as workforce
from tests.factories.billing import FakeBilling, make_running_service
from tests.factories.customers import make_premises
from tests.factories.inventory import make_units, make_van
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock
from tests.reconciliation.runs import breaks, item, reconcile

pytestmark = pytest.mark.anyio

K = BreakKind


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx)


async def hang(tx: Transaction, premises_id: UUID) -> UUID:
    """A unit on the wall of these premises; its id."""
    [territory] = await workforce.territories(tx)
    technician = await make_technician(tx, territory.id)
    van = await make_van(tx, technician.id)
    [unit] = await make_units(tx, van.id, first=5000)
    await inventory.install(
        tx,
        serial=unit.serial,
        premises_id=premises_id,
        technician_id=technician.id,
        job_id=tx.new_id(),
        occurred_at=tx.now,
    )
    return unit.id


async def test_a_unit_where_no_service_came_up_is_found_with_what_it_would_bring(
    database: Database, order: OrderView, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        unit_id = await hang(tx, order.premises_id)
    hung_at = clock.now()
    clock.advance(INSTALLING.total_seconds())

    await reconcile(database, FakeBilling())

    [found] = await breaks(database)
    assert (found.kind, found.subject_id, found.since) == (K.INSTALLED_NO_SERVICE, unit_id, hung_at)
    assert (found.risk_minor_per_day, found.currency) == (131 + 33, "EUR")
    assert found.root_cause.event == "serial_unit.installed"


async def test_a_unit_that_was_just_hung_up_is_given_a_day(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await hang(tx, order.premises_id)

    await reconcile(database, FakeBilling())

    assert await breaks(database) == []


async def test_a_unit_that_was_left_behind_is_found_since_the_service_ended(
    database: Database, order: OrderView, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await hang(tx, order.premises_id)
        for one in order.services:
            await resources.activate(tx, one.id, tx.now)
    ended_at = clock.advance(INSTALLING.total_seconds())
    async with database.transaction(SYSTEM, "test") as tx:
        for one in order.services:
            await resources.terminate(tx, one.id, ended_at)

    await reconcile(database, FakeBilling())

    [found] = await breaks(database)
    assert (found.kind, found.since) == (K.INSTALLED_NO_SERVICE, ended_at)
    assert (found.risk_minor_per_day, found.currency, found.root_cause.event) == (0, "XXX", "service.terminated")


async def test_a_unit_where_there_never_was_a_service_is_an_orphan(
    database: Database, order: OrderView, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        unit_id = await hang(tx, (await make_premises(tx)).id)
    clock.advance(INSTALLING.total_seconds())

    await reconcile(database, FakeBilling())

    [found] = await breaks(database)
    assert (found.kind, found.subject_id, found.subject) == (K.ORPHAN_SERIAL, unit_id, "LWON00001388")


async def test_a_resource_that_an_ended_service_kept_is_an_orphan(
    database: Database, order: OrderView, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_running_service(tx, order, ServiceKind.VOICE)
    async with database.transaction(SYSTEM, "test") as tx:
        kept = await tx.session.get_one(ResourceAssignment, await assignment_of(tx, service_id))
        kept.service_id = await ended_service(tx, order)

    await reconcile(database, FakeBilling(items=[item(order, service_id)]))

    [found] = await breaks(database)
    assert (found.kind, found.subject_id, found.subject) == (K.ORPHAN_RESOURCE, kept.resource_id, "+358942450001")
    assert found.since == clock.now() - timedelta(hours=1)


async def assignment_of(tx: Transaction, service_id: UUID) -> UUID:
    query = select(ResourceAssignment.id).where(ResourceAssignment.service_id == service_id)
    return (await tx.session.scalars(query)).one()


async def ended_service(tx: Transaction, order: OrderView) -> UUID:
    """The order's internet, which ended an hour ago."""
    service_id = await make_running_service(tx, order)
    await resources.terminate(tx, service_id, tx.now - timedelta(hours=1))
    return service_id
