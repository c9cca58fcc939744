"""What the server says about one piece of work, whom it asks to decide, and that nothing blocks the queue."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from backend.customers import service as customers
from backend.customers.schemas import ChangeContact, ChangePremises
from backend.inventory.models import StockMove
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.models import Job, JobNote, ReviewCard, Visit
from backend.jobs.operations import OPERATIONS
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.offline.decisions import OUR_MISTAKE
from backend.offline.models import SyncMutation
from sync.fields import Field as Changeable
from sync.operations import (
    Activity,
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
from sync.operations import TimeEntry as Entry
from sync.protocol import NEEDS_ATTENTION, MutationState, Remove, Result
from tests.factories.handset import Handset, make_carrier, uid
from tests.factories.inventory import make_units, make_van
from tests.factories.jobs import SUPERVISOR, everything_required, give
from tests.factories.workforce import make_technician
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

FULL = Complete(outcome=Outcome.FULL)
Verdict = tuple[MutationState, str | None, str | None]


def verdicts(results: tuple[Result, ...]) -> list[Verdict]:
    return [(result.status, result.code, result.path) for result in results]


async def cards(database: Database, job_id: UUID) -> list[tuple[str, str, str]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        rows = await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id == job_id).order_by(ReviewCard.id))
        return [(row.kind, row.subject, row.reason) for row in rows]


async def cards_of(database: Database, *, job_id: UUID | None) -> list[ReviewCard]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id.is_not_distinct_from(job_id))))


async def handed_on(database: Database, field: Field) -> Handset:
    """The job was given to another technician while its first one was offline; that one's phone."""
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_technician(tx, field.technician.territory_id)
        await give(tx, field.job.id, other)
        return Handset(database, await make_carrier(tx, other), outbox="phone.other")


async def job_row(database: Database, job_id: UUID) -> Job:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await tx.session.get_one(Job, job_id)


async def note_texts(database: Database) -> list[str]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(JobNote.text).order_by(JobNote.id)))


async def test_an_unknown_operation_is_kept_and_rejected(database: Database, field: Field):
    field.phone.record(str(field.job.id), op="fly_drone", args={"height_m": 12.5})

    results = await field.phone.push()

    assert verdicts(results) == [(MutationState.REJECTED, "unknown_operation", "$.op")]
    assert await cards(database, field.job.id) == [
        (ReviewKind.REJECTED_OPERATION, "fly_drone", "unknown_operation"),
    ]


@pytest.mark.parametrize(
    ("op", "args", "path"),
    [
        ("note", {}, "$.args.text"),
        ("note", {"text": 7}, "$.args.text"),
        ("note", {"text": "a", "colour": "red"}, "$.args.colour"),
        ("complete", {"outcome": "full", "undone": ["x"]}, "$.args.undone"),
        ("parts_consumed", {"part": "CABLE", "quantity": "7"}, "$.args.quantity"),
    ],
)
async def test_arguments_that_cannot_be_read_are_rejected_with_their_place(
    field: Field, op: str, args: dict[str, Any], path: str
):
    field.phone.record(str(field.job.id), op=op, args=args)

    assert verdicts(await field.phone.push()) == [(MutationState.REJECTED, "invalid_arguments", path)]


async def test_a_time_that_its_offset_takes_before_all_times_is_rejected(field: Field):
    field.phone.do(field.job.id, Entry(activity=Activity.WORK, start_ms=5, end_ms=9), off=-6)

    assert verdicts(await field.phone.push()) == [(MutationState.REJECTED, "invalid_arguments", "$.args.start_ms")]


async def test_work_on_another_kind_of_document_is_rejected(field: Field):
    field.phone.record(str(field.job.id), op="note", args={"text": "a"}, kind="order")

    (result,) = await field.phone.push()

    assert verdicts((result,)) == [(MutationState.REJECTED, "unknown_operation", "$.kind")]
    assert (result.version, result.state) == (None, None)


@pytest.mark.parametrize("spelling", ["J-1", str(UUID(int=7)), "{upper}"])
async def test_work_on_a_document_that_is_not_there_is_kept_for_a_person(
    database: Database, field: Field, spelling: str
):
    name = spelling.format(upper=str(field.job.id).upper())
    field.phone.do(name, Note(text="where?"))

    results = await field.phone.push()

    assert verdicts(results) == [(MutationState.QUARANTINED, "not_found", "$.id")]
    (card,) = await cards_of(database, job_id=None)
    assert (card.kind, card.subject, card.reason) == (ReviewKind.QUARANTINE, name, "not_found")
    assert (card.territory_id, card.technician_id) == (field.technician.territory_id, field.technician.id)
    assert card.mutations == [uid(1)]


async def test_a_job_of_another_technician_is_not_found_and_tells_nothing(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        stranger = Handset(
            database, await make_carrier(tx, await make_technician(tx, field.technician.territory_id)), outbox="2"
        )
    stranger.do(field.job.id, Note(text="not mine"))
    stranger.record(str(field.job.id), op="fly_drone", args={}, uid=uid(2))

    results = await stranger.push()

    assert [result.code for result in results] == ["not_found", "unknown_operation"]
    assert {(result.version, result.state) for result in results} == {(None, None)}
    assert (await cards(database, field.job.id), await note_texts(database)) == ([], [])
    assert not (await job_row(database, field.job.id)).needs_review


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


async def test_a_state_that_does_not_allow_it_is_a_conflict_for_a_person(database: Database, field: Field):
    field.phone.record(str(field.job.id), op="resume", args={})

    results = await field.phone.push()

    assert verdicts(results) == [(MutationState.CONFLICT, "illegal_move", "$.op")]
    assert await cards(database, field.job.id) == [(ReviewKind.CONFLICT, "resume", "illegal_move")]


async def test_a_second_started_job_is_a_conflict(field: Field):
    field.phone.do(field.job.id, Start())
    field.phone.do(field.other_job.id, Start())

    results = await field.phone.push()

    assert verdicts(results) == [
        (MutationState.APPLIED, None, None),
        (MutationState.CONFLICT, "another_job_started", "$.op"),
    ]


async def test_a_completion_that_lacks_something_is_rejected(database: Database, field: Field):
    field.phone.do(field.job.id, Start())
    field.phone.do(field.job.id, FULL)

    results = await field.phone.push()

    assert verdicts(results)[1] == (MutationState.REJECTED, "completion_refused", "$.op")
    assert (await job_row(database, field.job.id)).state == "started"


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


async def test_every_verdict_that_needs_attention_has_a_card_that_names_it(database: Database, field: Field):
    field.phone.record(str(field.job.id), op="fly_drone", args={})
    field.phone.record(str(field.job.id), op="note", args={})
    field.phone.do(field.job.id, FULL)
    field.phone.record(str(field.job.id), op="resume", args={})
    field.phone.do(field.job.id, SerialInstalled(serial="LWON0000FFFF", method=CaptureMethod.MANUAL))
    field.phone.do("J-1", Note(text="where?"))
    field.phone.record("O-1", op="note", args={"text": "a"}, kind="order")

    results = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        rows = (await tx.session.scalars(select(ReviewCard))).all()
    assert {result.status for result in results} <= NEEDS_ATTENTION
    assert {name for row in rows for name in row.mutations} == {uid(number) for number in range(1, 8)}
    assert {row.technician_id for row in rows} == {field.technician.id}


async def test_a_serial_that_nobody_knows_is_a_conflict_and_kept(database: Database, field: Field):
    field.phone.do(field.job.id, SerialInstalled(serial="LWON0000FFFF", method=CaptureMethod.MANUAL))

    results = await field.phone.push()

    assert verdicts(results) == [(MutationState.CONFLICT, "unknown_serial", "$.op")]
    assert await cards(database, field.job.id) == [(ReviewKind.SERIAL, "LWON0000FFFF", "unknown_serial")]


# --- Nothing blocks the queue -----------------------------------------------------------------------------------------


async def test_what_is_refused_does_not_block_what_is_behind_it(database: Database, field: Field):
    field.phone.record(str(field.job.id), op="fly_drone", args={})
    field.phone.do("J-1", Note(text="where?"))
    for operation in (Start(), *everything_required(), FULL):
        field.phone.do(field.job.id, operation)

    results = await field.phone.push()

    assert [result.status for result in results[:2]] == [MutationState.REJECTED, MutationState.QUARANTINED]
    assert {result.status for result in results[2:]} == {MutationState.APPLIED}
    assert field.phone.replica.outbox.next_mid == len(results) + 1


async def mistaken(tx: Transaction, *_: Any) -> None:
    await tx.session.execute(text("INSERT INTO sync_outbox (id) VALUES ('half an outbox')"))


async def wrong(_tx: Transaction, job: Job, *_: Any) -> None:
    job.priority = 9
    raise ZeroDivisionError


@pytest.mark.parametrize("fault", [mistaken, wrong])
async def test_a_mistake_of_ours_goes_to_quarantine_and_undoes_only_itself(
    database: Database, field: Field, monkeypatch: pytest.MonkeyPatch, fault: Any
):
    monkeypatch.setitem(OPERATIONS, Arrive, fault)  # type: ignore[arg-type]
    for operation in (EnRoute(), Arrive(), Note(text="behind it")):
        field.phone.do(field.job.id, operation)

    results = await field.phone.push()

    assert verdicts(results) == [
        (MutationState.APPLIED, None, None),
        (MutationState.QUARANTINED, OUR_MISTAKE, "$"),
        (MutationState.APPLIED, None, None),
    ]
    assert await note_texts(database) == ["behind it"]
    assert (await job_row(database, field.job.id)).priority == field.job.priority
    assert await cards(database, field.job.id) == [(ReviewKind.QUARANTINE, "arrive", OUR_MISTAKE)]


async def test_passing_trouble_of_the_database_is_not_decided(
    database: Database, field: Field, monkeypatch: pytest.MonkeyPatch
):
    async def away(*_: Any) -> None:
        raise OperationalError("SELECT 1", {}, Exception("the connection is lost"))

    monkeypatch.setitem(OPERATIONS, Arrive, away)  # type: ignore[arg-type]
    field.phone.do(field.job.id, Note(text="before"))
    field.phone.do(field.job.id, Arrive())

    with pytest.raises(OperationalError):
        await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(SyncMutation))).all() == []
    assert await note_texts(database) == []
