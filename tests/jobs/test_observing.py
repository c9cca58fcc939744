"""What a technician found otherwise: merged field by field, and the loser given back in one call."""

from typing import Any
from uuid import UUID

import pytest

from backend.customers import service as customers
from backend.customers.schemas import ChangeContact, ChangePremises
from backend.identity.principal import Principal, Role
from backend.jobs import service
from backend.jobs.errors import AlreadyRestored, UnknownLostValue, WrongValue
from backend.jobs.schemas import JobDocument, JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.workforce.schemas import TechnicianView
from sync.fields import Field
from sync.operations import Observe, RestoreValue
from tests.factories.customers import CUSTOMER, HOME
from tests.factories.jobs import SUPERVISOR, do, make_dispatched_job, make_field

pytestmark = pytest.mark.anyio

OFFICE, SITE = "+358401111111", "+358402222222"
CALLED = Observe(field=Field.PHONE, value=SITE, was=CUSTOMER.phone)


async def make_work(tx: Transaction) -> tuple[TechnicianView, JobView]:
    technician = await make_field(tx)
    return technician, await make_dispatched_job(tx, technician)


async def seen(tx: Transaction, job_id: UUID) -> JobDocument:
    return await service.see_job(tx, SUPERVISOR, job_id)


async def collided(tx: Transaction) -> tuple[TechnicianView, JobView, UUID]:
    """The office and the technician both changed the telephone number; the id of the losing value."""
    technician, job = await make_work(tx)
    await customers.change_contact(tx, job.account_id, ChangeContact(phone=OFFICE))
    await do(tx, job.id, technician.id, CALLED)
    (lost,) = (await seen(tx, job.id)).lost_values
    return technician, job, lost.id


@pytest.mark.parametrize(
    ("field", "value", "was"),
    [
        (Field.PHONE, SITE, CUSTOMER.phone),
        (Field.PHONE, None, CUSTOMER.phone),
        (Field.NAME, "Aino Laine-Virta", CUSTOMER.name),
        (Field.ACCESS_NOTES, "Bell is broken.", HOME.access_notes),
        (Field.HAZARDS, ["Dog", "Mould"], ["Dog"]),
    ],
)
async def test_a_field_that_only_the_technician_changed_is_changed(
    database: Database, field: Field, value: Any, was: Any
):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, job = await make_work(tx)

        answers = await do(tx, job.id, technician.id, Observe(field=field, value=value, was=was))

        document = await seen(tx, job.id)
    part, name = field.split(".")
    assert (answers, getattr(getattr(document, part), name), document.lost_values) == ([None], value, [])


async def test_a_value_that_only_the_office_changed_stays(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, job = await make_work(tx)
        await customers.change_contact(tx, job.account_id, ChangeContact(phone=OFFICE))

        same = Observe(field=Field.PHONE, value=CUSTOMER.phone, was=CUSTOMER.phone)
        answers = await do(tx, job.id, technician.id, same)

        document = await seen(tx, job.id)
    assert (answers, document.customer.phone, document.lost_values) == (["merged"], OFFICE, [])


async def test_who_was_on_site_knows_the_telephone(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        _, job, lost_id = await collided(tx)

        document = await seen(tx, job.id)
    assert document.customer.phone == SITE
    assert [(one.id, one.field, one.value, one.side) for one in document.lost_values] == [
        (lost_id, "customer.phone", OFFICE, "office")
    ]


async def test_the_office_knows_who_pays(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, job = await make_work(tx)
        await customers.change_contact(tx, job.account_id, ChangeContact(name="Laine Oy"))

        await do(tx, job.id, technician.id, Observe(field=Field.NAME, value="A. Laine", was=CUSTOMER.name))

        document = await seen(tx, job.id)
    assert document.customer.name == "Laine Oy"
    assert [(one.value, one.side) for one in document.lost_values] == [("A. Laine", "site")]


async def test_hazards_are_added_from_both_sides(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, job = await make_work(tx)
        await customers.change_premises(tx, job.premises_id, ChangePremises(hazards=["Dog", "Asbestos"]))

        await do(tx, job.id, technician.id, Observe(field=Field.HAZARDS, value=["Mould"], was=["Dog"]))

        document = await seen(tx, job.id)
    assert (document.premises.hazards, document.lost_values) == (["Asbestos", "Mould"], [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (Field.PHONE, "0401234567"),
        (Field.PHONE, ["+358401234567"]),
        (Field.NAME, None),
        (Field.NAME, ""),
        (Field.ACCESS_NOTES, "x" * 2001),
        (Field.HAZARDS, "Dog"),
        (Field.HAZARDS, [""]),
        (Field.HAZARDS, [str(number) for number in range(21)]),
    ],
)
async def test_a_value_that_the_field_cannot_have_is_refused(database: Database, field: Field, value: Any):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, job = await make_work(tx)
        part, name = field.split(".")
        was = getattr(getattr(await seen(tx, job.id), part), name)

        with pytest.raises(WrongValue):
            async with tx.savepoint():
                await do(tx, job.id, technician.id, Observe(field=field, value=value, was=was))

        assert getattr(getattr(await seen(tx, job.id), part), name) == was


# --- Giving the loser back --------------------------------------------------------------------------------------------


async def test_a_technician_takes_a_lost_value_back_in_one_operation(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, job, lost_id = await collided(tx)

        answers = await do(tx, job.id, technician.id, RestoreValue(lost=str(lost_id)))

        document = await seen(tx, job.id)
    assert (answers, document.customer.phone) == ([None], OFFICE)
    assert [(one.value, one.side) for one in document.lost_values] == [(SITE, "site")]


async def test_a_dispatcher_takes_a_lost_value_back_and_that_back_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        _, job, lost_id = await collided(tx)

        displaced = await service.see_restored(tx, SUPERVISOR, lost_id)
        once = (await seen(tx, job.id)).customer.phone
        await service.see_restored(tx, SUPERVISOR, displaced.id)

        document = await seen(tx, job.id)
    assert (displaced.value, displaced.side) == (SITE, "site")
    assert (once, document.customer.phone) == (OFFICE, SITE)
    assert [(one.value, one.side) for one in document.lost_values] == [(OFFICE, "office")]


async def test_a_value_that_is_back_is_not_given_back_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, job, lost_id = await collided(tx)
        await service.see_restored(tx, SUPERVISOR, lost_id)

        with pytest.raises(AlreadyRestored):
            await service.see_restored(tx, SUPERVISOR, lost_id)
        assert await do(tx, job.id, technician.id, RestoreValue(lost=str(lost_id))) == ["merged"]

        assert len((await seen(tx, job.id)).lost_values) == 1


async def test_a_lost_value_belongs_to_its_job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, _, lost_id = await collided(tx)
        other = await make_dispatched_job(tx, technician)

        for wanted in (str(lost_id), str(other.id), "the phone"):
            with pytest.raises(UnknownLostValue):
                await do(tx, other.id, technician.id, RestoreValue(lost=wanted))


async def test_a_dispatcher_of_elsewhere_does_not_find_a_lost_value(database: Database):
    dispatcher = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset())
    async with database.transaction(SYSTEM, "test") as tx:
        _, _, lost_id = await collided(tx)

        with pytest.raises(UnknownLostValue):
            await service.see_restored(tx, dispatcher, lost_id)
