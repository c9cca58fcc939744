"""What each role's replica holds, and that nothing else stays on a device after its next pull."""

from uuid import UUID

import pytest

from backend.identity.principal import SEES_ALL, Principal, Role
from backend.identity.service import add_organisation
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database, Transaction
from backend.offline.scopes import scopes_of
from tests.factories.booking import make_appointment, window
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.handset import Handset, make_carrier
from tests.factories.jobs import SUPERVISOR, give, make_dispatched_job, make_job
from tests.factories.workforce import make_technician, make_territory
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio


def caller(role: Role, **what: object) -> Principal:
    return Principal(actor=Actor(kind="user", id=UUID(int=7)), role=role, user_id=UUID(int=7), **what)  # type: ignore[arg-type]


def board(database: Database, *territory_ids: UUID) -> Handset:
    return Handset(database, caller(Role.DISPATCHER, territory_ids=frozenset(territory_ids)), outbox="board")


async def south(tx: Transaction) -> UUID:
    return (await make_territory(tx, code="HEL-S", name="Helsinki south", latitude=60.15)).id


async def test_a_dispatcher_holds_the_own_territories_with_their_backlog(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        waiting = await make_job(tx, field.technician.territory_id)
        elsewhere = await south(tx)
        await make_job(tx, elsewhere)
    replica = board(database, field.technician.territory_id)

    await replica.pull()

    assert replica.held().keys() == {str(job.id) for job in (field.job, field.other_job, waiting)}
    assert replica.held("technician").keys() == {str(field.technician.id)}


async def test_a_contractors_manager_holds_the_days_of_the_own_technicians(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        company = await add_organisation(tx, "Fibre Friends", is_contractor=True)
        theirs = await make_technician(tx, field.technician.territory_id, organisation_id=company, is_contractor=True)
        job = await make_dispatched_job(tx, theirs)
        await make_job(tx, field.technician.territory_id)
    replica = Handset(database, caller(Role.CONTRACTOR_MANAGER, organisation_id=company), outbox="manager")

    await replica.pull()

    assert replica.held().keys() == {str(job.id)}


async def test_a_contractors_technician_holds_the_own_day_and_what_serials_look_like(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        company = await add_organisation(tx, "Fibre Friends", is_contractor=True)
        theirs = await make_technician(tx, field.technician.territory_id, organisation_id=company, is_contractor=True)
        job = await make_dispatched_job(tx, theirs)
        carrier = await make_carrier(tx, theirs, role=Role.CONTRACTOR_TECHNICIAN)
    phone = Handset(database, carrier, outbox="theirs")

    await phone.pull()

    assert {held.kind for held in phone.replica.documents.values()} == {"job", "serial_grammars"}
    assert phone.held().keys() == {str(job.id)}
    [told] = phone.held("serial_grammars").values()
    assert {tuple(grammar) for grammar in told["grammars"]} == {("model", "pattern", "check")}


@pytest.mark.parametrize("role", sorted(SEES_ALL))
async def test_the_back_office_holds_every_territory(database: Database, role: Role):
    async with database.transaction(SYSTEM, "test") as tx:
        territories = [(await make_territory(tx)).id, await south(tx)]

        assert await scopes_of(tx, caller(role)) == {f"territory:{one}" for one in territories}


async def test_a_customer_holds_the_one_visit(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        (eero,) = await make_team(tx, 1)
        mine, other = await make_jobs(tx, eero.territory_id, 2)
    appointment = await make_appointment(database, mine.id, window(10))
    await make_appointment(database, other.id, window(14))
    customer = Principal(actor=Actor(kind="customer", id=mine.id), role=Role.CUSTOMER, job_id=mine.id)
    page = Handset(database, customer, outbox="page")

    await page.pull()

    assert list(page.replica.documents) == [f"appointment/{appointment.id}"]


async def test_who_loses_a_territory_loses_its_documents(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        elsewhere = await south(tx)
        kept = await make_job(tx, elsewhere)
    replica = board(database, field.technician.territory_id, elsewhere)
    await replica.pull()
    replica.principal = board(database, elsewhere).principal

    answer = await replica.pull()

    assert answer.scopes_removed == (f"territory:{field.technician.territory_id}",)
    assert list(replica.replica.documents) == [f"job/{kept.id}"]


async def test_who_gets_another_territory_gets_all_of_it(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        elsewhere = await south(tx)
        await make_job(tx, elsewhere)
    replica = board(database, elsewhere)
    await replica.pull()
    replica.principal = board(database, elsewhere, field.technician.territory_id).principal

    await replica.pull()

    assert len(replica.held()) == 3


async def test_a_technicians_phone_that_another_takes_over_holds_only_the_others_day(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_technician(tx, field.technician.territory_id)
        job = await make_dispatched_job(tx, other)
        field.phone.principal = await make_carrier(tx, other)

    await field.phone.pull()

    assert field.phone.held().keys() == {str(job.id)}


async def test_after_a_busy_day_every_device_holds_what_a_new_one_would(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        elsewhere = await south(tx)
        others = [await make_technician(tx, territory) for territory in (field.technician.territory_id, elsewhere)]
        carriers = [field.phone.principal, *[await make_carrier(tx, technician) for technician in others]]
    devices = [Handset(database, carrier, outbox=f"old-{n}") for n, carrier in enumerate(carriers)]
    devices += [board(database, field.technician.territory_id), board(database, elsewhere)]
    for device in devices:
        await device.pull(limit_bytes=1)

    async with database.transaction(SYSTEM, "test") as tx:
        await give(tx, field.job.id, others[0])
        await make_dispatched_job(tx, others[1])
        await make_dispatched_job(tx, field.technician)
    for device in devices[::2]:
        await device.pull(limit_bytes=1)
    async with database.transaction(SYSTEM, "test") as tx:
        await give(tx, field.job.id, others[1])
        await jobs.unassign(tx, field.other_job.id)
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")

    for number, device in enumerate(devices):
        fresh = Handset(database, device.principal, outbox=f"new-{number}")
        await fresh.pull()
        await device.pull(limit_bytes=1)
        assert device.replica.documents == fresh.replica.documents
