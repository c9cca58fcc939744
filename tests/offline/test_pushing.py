"""A push: each piece of work has one effect, whatever the network repeats, and is kept with both times."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import func, select

from backend.inventory.models import SerialUnit
from backend.jobs import models
from backend.jobs.models import JobFact, JobNote
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline import service
from backend.offline.models import SyncMutation, SyncOutbox
from sync import operations, wire
from sync import replica as replicas
from sync.clock import milliseconds
from sync.operations import (
    Activity,
    CaptureMethod,
    ChecklistAnswer,
    Complete,
    EnRoute,
    HazardAcknowledged,
    Measure,
    Note,
    Operation,
    Outcome,
    PartsConsumed,
    Photo,
    SerialInstalled,
    Signature,
    Start,
    TimeEntry,
)
from sync.protocol import ErrorCode, MutationState, PushRequest, ReasonCode, Refused
from tests.factories.handset import Handset, make_carrier, uid
from tests.factories.inventory import make_units, make_van
from tests.factories.jobs import everything_required
from tests.factories.workforce import make_technician
from tests.fakes import MONDAY, FixedClock
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

SHA = "ab" * 32
FULL = Complete(outcome=Outcome.FULL)
RECORDS: list[tuple[Operation, type[Any]]] = [
    (Note(text="Bring a ladder"), models.JobNote),
    (ChecklistAnswer(item="drop", value=True), models.JobAnswer),
    (Photo(sha256=SHA, media_type="image/jpeg", bytes=1000), models.JobPhoto),
    (Signature(sha256=SHA, signer_name="Aino Laine"), models.JobSignature),
    (Measure(name="light_level", value=-18.5, unit="dBm"), models.JobMeasurement),
    (SerialInstalled(serial="LWON00000001", method=CaptureMethod.SCAN), models.JobSerial),
    (HazardAcknowledged(hazard="Dog"), models.HazardAcknowledgement),
    (TimeEntry(activity=Activity.WORK, start_ms=1, end_ms=2), models.TimeEntry),
    (PartsConsumed(part="CABLE-M", quantity=12), models.PartConsumption),
]
MOVES = [("en_route", {}), ("arrive", {}), ("start", {}), ("suspend", {"reason": "no_access"}), ("resume", {})]


async def count(database: Database, table: type[Any]) -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(func.count()).select_from(table))).one()


async def last_mid(database: Database, outbox: str = "phone.1") -> int | None:
    async with database.snapshot(SYSTEM, "test") as tx:
        return await tx.session.scalar(select(SyncOutbox.last_mid).where(SyncOutbox.id == outbox))


async def refused(phone: Handset, request: PushRequest) -> Refused:
    with pytest.raises(Refused) as caught:
        await phone.send(request)
    return caught.value


@pytest.mark.parametrize(("operation", "table"), RECORDS, ids=[operations.name_of(one) for one, _ in RECORDS])
async def test_a_record_arrives_with_both_times(
    database: Database, field: Field, clock: FixedClock, operation: Operation, table: type[Any]
):
    done, received = clock.now(), clock.now() + timedelta(hours=1)
    field.phone.do(field.job.id, operation)
    clock.advance(3600)

    await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        row = (await tx.session.scalars(select(table))).one()
    assert (row.job_id, row.occurred_at, row.recorded_at) == (field.job.id, done, received)


async def test_moves_arrive_as_facts_with_both_times(database: Database, field: Field, clock: FixedClock):
    times: list[datetime] = []
    for op, args in MOVES:
        field.phone.record(str(field.job.id), op=op, args=args)
        times.append(clock.now())
        clock.advance(600)

    results = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        query = select(JobFact).where(JobFact.subject_id == field.job.id).order_by(JobFact.occurred_at)
        facts = list(await tx.session.scalars(query))
    assert {result.status for result in results} == {MutationState.APPLIED}
    assert [(fact.command, fact.occurred_at) for fact in facts] == list(
        zip([op for op, _ in MOVES], times, strict=True)
    )
    assert {fact.recorded_at for fact in facts} == {clock.now()}


async def test_a_whole_job_done_without_a_network_is_applied(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_van(tx, field.technician.id)
        (unit,) = await make_units(tx, van.id)
    await field.phone.pull()
    scanned = SerialInstalled(serial=unit.serial, method=CaptureMethod.SCAN)
    for operation in (operations.Acknowledge(), EnRoute(), Start(), *everything_required(), scanned, FULL):
        field.phone.do(field.job.id, operation)

    results = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        state = await tx.session.scalar(select(SerialUnit.state).where(SerialUnit.serial == unit.serial))
    assert {(result.status, result.code) for result in results} == {(MutationState.APPLIED, None)}
    assert (results[-1].state, state) == ("completed", "installed")


async def test_a_verdict_carries_the_version_that_the_next_pull_brings(field: Field):
    field.phone.do(field.job.id, Note(text="one"))
    field.phone.do(field.job.id, Note(text="two"))

    results = await field.phone.push()
    await field.phone.pull()

    assert field.phone.replica.documents[f"job/{field.job.id}"].version == results[-1].version


async def test_the_same_push_again_has_one_effect_and_the_first_verdicts(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="once"))
    field.phone.record(str(field.job.id), op="fly_drone", args={})
    request = field.phone.request()

    first = await field.phone.send(request)
    again = await field.phone.send(request)

    assert [result.status for result in again.results] == [MutationState.DUPLICATE] * 2
    assert tuple(result.first for result in again.results) == first.results
    assert (again.last, await count(database, JobNote), await count(database, SyncMutation)) == (2, 1, 2)


async def test_after_a_lost_answer_new_work_goes_on_from_the_right_number(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="lost answer"))
    await field.phone.send(field.phone.request())
    field.phone.do(field.job.id, Note(text="new"))

    results = await field.phone.push()

    assert [result.status for result in results] == [MutationState.DUPLICATE, MutationState.APPLIED]
    assert await count(database, JobNote) == 2


async def test_a_gap_is_refused_with_the_number_that_is_expected(database: Database, field: Field):
    for text in ("one", "two", "three"):
        field.phone.do(field.job.id, Note(text=text))
    request = field.phone.request()
    late = wire.sealed(msgspec.structs.replace(request, batch=request.batch[2:]))

    refusal = (await refused(field.phone, late)).refusal

    assert (refusal.code, refusal.path, refusal.expected) == (ErrorCode.MID_GAP, "$.batch[0].mid", 1)
    assert await count(database, JobNote) == 0


async def test_another_work_under_a_used_number_is_rejected_and_leaves_it(database: Database, field: Field):
    clone = Handset(database, field.phone.principal)
    field.phone.do(field.job.id, Note(text="first"))
    clone.do(field.job.id, Note(text="clone"), uid=uid(99))
    await field.phone.push()

    (result,) = await clone.push()

    assert (result.status, result.code, result.path) == (MutationState.REJECTED, ReasonCode.MID_REUSE, "$.mid")
    assert (await count(database, JobNote), await last_mid(database)) == (1, 1)


async def test_the_same_work_in_another_outbox_is_a_duplicate(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="once"))
    (first,) = await field.phone.push()
    field.phone.replica = replicas.renumber(field.phone.replica, new_outbox="phone.2")

    request = field.phone.request()
    (result,) = (await field.phone.send(request)).results
    again = (await field.phone.send(request)).results

    assert (result.status, result.first) == (MutationState.DUPLICATE, first)
    assert again == (result,)
    assert (await count(database, JobNote), await last_mid(database, "phone.2")) == (1, 1)


async def test_another_work_under_a_known_uid_is_rejected_and_uses_the_number_up(database: Database, field: Field):
    other = Handset(database, field.phone.principal, outbox="phone.2")
    field.phone.do(field.job.id, Note(text="first"))
    other.do(field.job.id, Note(text="second"))
    await field.phone.push()

    (result,) = await other.push()

    assert (result.status, result.code, result.path) == (MutationState.REJECTED, ReasonCode.UID_REUSE, "$.uid")
    assert (await count(database, JobNote), await last_mid(database, "phone.2")) == (1, 1)


async def test_one_uid_twice_in_a_batch_has_one_effect(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="once"))
    field.phone.do(field.job.id, Note(text="once"), uid=uid(1))

    results = await field.phone.push()

    assert [result.status for result in results] == [MutationState.APPLIED, MutationState.DUPLICATE]
    assert await count(database, JobNote) == 1


async def test_an_outbox_of_another_user_is_refused(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="mine"))
    await field.phone.push()
    async with database.transaction(SYSTEM, "test") as tx:
        stranger = await make_carrier(tx, await make_technician(tx, field.technician.territory_id))
    thief = Handset(database, stranger)
    thief.do(field.job.id, Note(text="theirs"))

    refusal = (await refused(thief, thief.request())).refusal

    assert (refusal.code, refusal.path) == (ErrorCode.OUTBOX_FOREIGN, "$.outbox")


async def test_another_phone_of_the_same_user_may_send_the_outbox(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="exported"))
    request = msgspec.structs.replace(field.phone.request(), device="spare-phone")

    answer = await field.phone.send(request)

    async with database.snapshot(SYSTEM, "test") as tx:
        device = await tx.session.scalar(select(SyncMutation.device))
    assert (answer.results[0].status, device) == (MutationState.APPLIED, "spare-phone")


async def test_a_push_of_another_epoch_is_refused(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="old world"))
    request = wire.sealed(msgspec.structs.replace(field.phone.request(), epoch="another"))

    refusal = (await refused(field.phone, request)).refusal

    assert refusal.code is ErrorCode.EPOCH_CHANGED
    assert refusal.epoch not in (None, "another")
    assert await count(database, SyncOutbox) == 0


async def test_a_flipped_bit_is_refused_and_not_stored(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="true"))
    request = field.phone.request()
    damaged = msgspec.structs.replace(request.batch[0], args={"text": "trud"})

    refusal = (await refused(field.phone, msgspec.structs.replace(request, batch=(damaged,)))).refusal

    assert (refusal.code, refusal.path) == (ErrorCode.DIGEST_MISMATCH, "$.batch[0].digest")
    assert await count(database, SyncMutation) == 0


async def test_a_batch_in_another_order_is_refused(field: Field):
    for text in ("one", "two"):
        field.phone.do(field.job.id, Note(text=text))
    request = field.phone.request()
    one, two = request.batch
    swapped = (msgspec.structs.replace(two, mid=1), msgspec.structs.replace(one, mid=2))

    refusal = (await refused(field.phone, msgspec.structs.replace(request, batch=swapped))).refusal

    assert (refusal.code, refusal.path) == (ErrorCode.DIGEST_MISMATCH, "$.digest")


# --- When it happened -------------------------------------------------------------------------------------------------


async def occurred(database: Database) -> list[datetime]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(SyncMutation.occurred_at).order_by(SyncMutation.mid)))


@pytest.mark.parametrize("years", [-2, 2])
async def test_a_clock_that_is_years_wrong_is_corrected_by_its_offset(database: Database, field: Field, years: int):
    wrong = timedelta(days=365 * years)
    field.phone.ahead = wrong
    field.phone.do(field.job.id, Note(text="now"), off=-wrong // timedelta(milliseconds=1))

    await field.phone.push()

    assert await occurred(database) == [database.clock.now()]


async def test_a_clock_years_ahead_that_was_never_measured_ends_at_receipt(database: Database, field: Field):
    field.phone.ahead = timedelta(days=730)
    field.phone.do(field.job.id, Note(text="now"), off=None)

    await field.phone.push()

    assert await occurred(database) == [database.clock.now()]


async def test_a_clock_years_behind_that_was_never_measured_starts_when_the_job_was_given(
    database: Database, field: Field
):
    field.phone.ahead = -timedelta(days=730)
    field.phone.do(field.job.id, Note(text="now"), off=None)

    await field.phone.push()

    assert await occurred(database) == [MONDAY]


async def test_no_work_happened_before_the_work_that_was_recorded_before_it(
    database: Database, field: Field, clock: FixedClock
):
    field.phone.do(field.job.id, Note(text="one"))
    await field.phone.push()
    field.phone.ahead = -timedelta(hours=1)
    field.phone.do(field.job.id, Note(text="two"))
    field.phone.do(field.job.id, Note(text="three"))
    done = clock.now()
    clock.advance(60)

    await field.phone.push()

    assert await occurred(database) == [done] * 3


async def test_times_inside_the_work_are_corrected_too(database: Database, field: Field):
    start = milliseconds(database.clock.now()) - 60_000
    entry = TimeEntry(activity=Activity.TRAVEL, start_ms=start + 5000, end_ms=start + 35_000)
    field.phone.do(field.job.id, entry, off=-5000)

    await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        row = (await tx.session.scalars(select(models.TimeEntry))).one()
    assert (milliseconds(row.started_at), milliseconds(row.ended_at)) == (start, start + 30_000)


async def test_a_mutation_is_kept_as_it_came(database: Database, field: Field):
    await field.phone.pull()
    sent = field.phone.record(
        str(field.job.id), op="fly_drone", args={"height_m": 12.5, "path": [1, {"a": None}]}, off=-7, blobs=(SHA,)
    )

    await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        row = (await tx.session.scalars(select(SyncMutation))).one()
    kept = (row.uid, row.op, row.kind, row.document_id, row.base, row.args, row.at_ms, row.off_ms, row.blobs)
    assert kept == (sent.uid, sent.op, sent.kind, sent.id, sent.base, sent.args, sent.at, sent.off, [SHA])


async def test_the_verdicts_can_be_had_again(database: Database, field: Field):
    for text in ("one", "two", "three"):
        field.phone.do(field.job.id, Note(text=text))
    results = await field.phone.push()

    async with database.snapshot(SYSTEM, "test") as tx:
        again = await service.outcomes(tx, field.phone.principal, "phone.1", 2)

    assert (again.last, again.results) == (3, list(results[1:]))


async def test_the_verdicts_of_another_user_are_refused(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="one"))
    await field.phone.push()

    async with database.transaction(SYSTEM, "test") as tx:
        stranger = await make_carrier(tx, await make_technician(tx, field.technician.territory_id))
        with pytest.raises(Refused, match="outbox_foreign"):
            await service.outcomes(tx, stranger, "phone.1", 1)
