"""What the server says about one piece of work, whom it asks to decide, and that nothing blocks the queue."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from backend.jobs.lifecycle import ReviewKind
from backend.jobs.models import Job, ReviewCard
from backend.jobs.operations import OPERATIONS
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.offline.decisions import OUR_MISTAKE
from backend.offline.models import SyncMutation
from sync.operations import (
    Activity,
    Arrive,
    CaptureMethod,
    Complete,
    EnRoute,
    Note,
    Outcome,
    SerialInstalled,
    Start,
)
from sync.operations import TimeEntry as Entry
from sync.protocol import NEEDS_ATTENTION, MutationState
from tests.factories.handset import Handset, make_carrier, uid
from tests.factories.jobs import everything_required
from tests.factories.verdicts import cards, cards_of, job_row, note_texts, verdicts
from tests.factories.workforce import make_technician
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

FULL = Complete(outcome=Outcome.FULL)


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


async def test_a_uid_that_stands_for_other_work_is_shown_to_the_dispatcher(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="one"))
    field.phone.do(field.job.id, Note(text="another"), uid=uid(1))

    results = await field.phone.push()

    assert verdicts(results)[1] == (MutationState.REJECTED, "uid_reuse", "$.uid")
    assert await cards(database, field.job.id) == [(ReviewKind.REJECTED_OPERATION, "note", "uid_reuse")]
    assert await note_texts(database) == ["one"]


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
