"""What the office and other technicians did while a technician was offline, against what the technician did."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.customers import service as customers
from backend.customers.schemas import ChangeContact, ChangePremises
from backend.inventory.models import StockMove
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.models import Visit
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from sync.fields import Field as Changeable
from sync.operations import (
    Arrive,
    CaptureMethod,
    ChecklistAnswer,
    Complete,
    EnRoute,
    Note,
    Observe,
    Outcome,
    PartsConsumed,
    SerialInstalled,
    Start,
)
from sync.protocol import MutationState, Remove
from tests.factories.handset import Handset, uid
from tests.factories.inventory import make_units, make_van
from tests.factories.jobs import SUPERVISOR, everything_required
from tests.factories.verdicts import cards, cards_of, job_row, note_texts, verdicts
from tests.offline.conftest import Field, handed_on

pytestmark = pytest.mark.anyio

FULL = Complete(outcome=Outcome.FULL)


async def test_a_job_that_was_cancelled_meanwhile_keeps_the_work_and_asks_a_person(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")
    for operation in (EnRoute(), Arrive(), Start(), Note(text="done all the same"), FULL):
        field.phone.do(field.job.id, operation)

    results = await field.phone.push()

    row = await job_row(database, field.job.id)
    async with database.snapshot(SYSTEM, "test") as tx:
        visit = (await tx.session.scalars(select(Visit).where(Visit.job_id == field.job.id))).one()
    conflict = (MutationState.CONFLICT, "job_cancelled", "$.op")
    assert verdicts(results) == [conflict, conflict, conflict, (MutationState.APPLIED, None, None), conflict]
    assert (row.state, row.needs_review, results[-1].state) == ("cancelled", True, "cancelled")
    assert (visit.outcome, await note_texts(database)) == ("completed", ["done all the same"])
    assert await cards(database, field.job.id) == [(ReviewKind.CONFLICT, row.number, "job_cancelled")]


async def test_a_completion_stands_although_the_job_went_to_another_who_has_not_begun(database: Database, field: Field):
    other = await handed_on(database, field)
    await other.pull()
    for operation in (EnRoute(), Arrive(), Start(), *everything_required(), FULL):
        field.phone.do(field.job.id, operation)

    results = await field.phone.push()

    row = await job_row(database, field.job.id)
    answer = await other.pull()
    assert (results[0].status, results[-1].status) == (MutationState.MERGED, MutationState.APPLIED)
    assert (row.state, row.technician_id, row.needs_review) == ("completed", field.technician.id, False)
    (left,) = [patch for patch in answer.patch if patch.id == str(row.id)]
    assert isinstance(left, Remove)
    assert left.why == "reassigned"
    assert await cards(database, field.job.id) == []


async def test_a_completion_of_a_job_that_another_has_begun_is_a_second_visit_for_a_person(
    database: Database, field: Field
):
    other = await handed_on(database, field)
    other.do(field.job.id, Start(), uid=uid(901))
    await other.push()
    for operation in (Start(), *everything_required(), FULL):
        field.phone.do(field.job.id, operation)

    results = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        visits = (await tx.session.scalars(select(Visit).where(Visit.job_id == field.job.id))).all()
    (card,) = await cards_of(database, job_id=field.job.id)
    assert {result.status for result in results[:-1]} == {MutationState.MERGED, MutationState.APPLIED}
    assert verdicts(results)[-1] == (MutationState.CONFLICT, "job_reassigned", "$.op")
    assert {(visit.technician_id, visit.outcome) for visit in visits} == {
        (field.technician.id, "completed"),
        (other.principal.technician_id, None),
    }
    assert (card.kind, card.reason, card.technician_id) == ("conflict", "job_reassigned", field.technician.id)


async def test_two_technicians_at_one_job_add_to_each_other(database: Database, field: Field):
    other = await handed_on(database, field)
    other.do(field.job.id, Start(), uid=uid(901))
    other.do(field.job.id, Note(text="theirs"), uid=uid(902))
    other.do(field.job.id, ChecklistAnswer(item="drop", value=True), uid=uid(903))
    await other.push()
    for operation in (EnRoute(), Arrive(), Note(text="ours"), ChecklistAnswer(item="light", value=-18.5)):
        field.phone.do(field.job.id, operation)

    results = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        document = await jobs.see_job(tx, SUPERVISOR, field.job.id)
    assert {result.status for result in results} == {MutationState.MERGED, MutationState.APPLIED}
    assert [note.text for note in document.notes] == ["theirs", "ours"]
    assert (document.state, document.checklist) == ("started", {"drop": True, "light": -18.5})
    assert await cards(database, field.job.id) == []


async def test_a_second_phone_whose_words_come_late_never_takes_the_state_back(database: Database, field: Field):
    spare = Handset(database, field.phone.principal, outbox="phone.2")
    spare.ahead = timedelta(hours=-1)
    for number, operation in enumerate((EnRoute(), Arrive(), Start()), start=901):
        spare.do(field.job.id, operation, uid=uid(number))
    for operation in (EnRoute(), Arrive(), Start(), *everything_required(), FULL):
        field.phone.do(field.job.id, operation)
    await field.phone.push()

    results = await spare.push()

    assert {result.status for result in results} == {MutationState.MERGED}
    assert (await job_row(database, field.job.id)).state == "completed"
    assert await cards(database, field.job.id) == []


async def test_work_is_merged_when_the_office_changed_something_meanwhile(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, field.job.account_id, ChangeContact(phone="+358409876543"))
    field.phone.do(field.job.id, EnRoute())
    field.phone.do(field.job.id, Arrive())
    field.phone.do(field.other_job.id, Note(text="untouched"))

    results = await field.phone.push()

    assert [result.status for result in results] == [
        MutationState.MERGED,
        MutationState.APPLIED,
        MutationState.APPLIED,
    ]


async def test_own_work_of_an_earlier_push_is_not_another_s(field: Field):
    field.phone.do(field.job.id, EnRoute())
    await field.phone.push()
    field.phone.do(field.job.id, Arrive())

    (result,) = await field.phone.push()

    assert result.status is MutationState.APPLIED


async def test_one_serial_on_two_jobs_is_the_first_s_and_the_other_is_completed_all_the_same(
    database: Database, field: Field
):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_van(tx, field.technician.id)
        (unit,) = await make_units(tx, van.id)
    scan = SerialInstalled(serial=unit.serial, method=CaptureMethod.SCAN)
    for job in (field.job, field.other_job):
        for operation in (Start(), scan, *everything_required(), FULL):
            field.phone.do(job.id, operation)

    results = await field.phone.push()

    refused = [verdict for verdict in verdicts(results) if verdict[0] is not MutationState.APPLIED]
    async with database.snapshot(SYSTEM, "test") as tx:
        second = await jobs.see_job(tx, SUPERVISOR, field.other_job.id)
    assert refused == [(MutationState.CONFLICT, "serial_in_use", "$.op")]
    assert (second.state, second.serials[0].is_verified, second.serials[0].reason) == (
        "completed",
        False,
        "serial_in_use",
    )
    assert await cards(database, field.other_job.id) == [(ReviewKind.SERIAL, unit.serial, "serial_in_use")]


async def test_parts_that_the_van_did_not_have_count_and_are_flagged(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_van(tx, field.technician.id)
    field.phone.do(field.job.id, PartsConsumed(part="SC-APC", quantity=2))
    field.phone.do(field.job.id, PartsConsumed(part="SC-APC", quantity=3))

    results = await field.phone.push()

    (card,) = await cards_of(database, job_id=field.job.id)
    async with database.snapshot(SYSTEM, "test") as tx:
        used = (await tx.session.scalars(select(StockMove.quantity).where(StockMove.reason == "consumption"))).all()
    assert [result.status for result in results] == [MutationState.APPLIED] * 2
    assert (card.kind, card.reason, card.subject, card.params["balance"]) == (
        ReviewKind.STOCK,
        "negative_balance",
        "SC-APC",
        -2,
    )
    assert sorted(used) == [2, 3]


async def test_a_field_that_both_sides_changed_is_merged_and_the_loser_told(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, field.job.account_id, ChangeContact(phone="+358409876543"))
    seen = field.phone.held()[str(field.job.id)]["customer"]["phone"]
    field.phone.do(field.job.id, Observe(field=Changeable.PHONE, value="+358401112222", was=seen))

    (result,) = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        document = await jobs.see_job(tx, SUPERVISOR, field.job.id)
    assert (result.status, result.lost) == (MutationState.MERGED, {"customer.phone": "+358409876543"})
    assert document.customer.phone == "+358401112222"
    assert [(lost.field, lost.value, lost.side) for lost in document.lost_values] == [
        ("customer.phone", "+358409876543", "office")
    ]


async def test_a_merged_verdict_is_told_again_with_what_was_lost(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, field.job.account_id, ChangeContact(name="Aino Laine-Virta"))
    field.phone.do(field.job.id, Observe(field=Changeable.NAME, value="A. Laine", was="Aino Laine"))
    request = field.phone.request()
    (first,) = (await field.phone.send(request)).results

    (again,) = (await field.phone.send(request)).results

    assert first.lost == {"customer.name": "A. Laine"}
    assert (again.status, again.first) == (MutationState.DUPLICATE, first)


async def test_a_text_that_both_sides_changed_keeps_both(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        premises = await customers.premises(tx, field.job.premises_id)
        await customers.change_premises(tx, premises.id, ChangePremises(access_notes="Key at 14."))
    field.phone.do(
        field.job.id,
        Observe(field=Changeable.ACCESS_NOTES, value=f"{premises.access_notes}\nDog.", was=premises.access_notes),
    )

    (result,) = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        after = await customers.premises(tx, field.job.premises_id)
    assert (result.status, result.lost, after.access_notes) == (MutationState.MERGED, {}, "Key at 14.\nDog.")
