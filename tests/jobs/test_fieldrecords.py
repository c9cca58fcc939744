"""What a technician records: kept, counted, checked against what others know."""

from uuid import UUID

import pytest
from sqlalchemy import select

from backend.files.models import Blob
from backend.inventory import service as inventory
from backend.inventory.schemas import WrongSerial
from backend.jobs import service
from backend.jobs.errors import WrongAnswer
from backend.jobs.models import ReviewCard
from backend.jobs.schemas import JobDocument
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.errors import DomainError
from backend.kernel.feed import versions
from backend.workforce.schemas import TechnicianView
from sync.operations import (
    Activity,
    CaptureMethod,
    ChecklistAnswer,
    Complete,
    FollowUp,
    Measure,
    Note,
    Outcome,
    PartsConsumed,
    Photo,
    Safety,
    SafetyCheckIn,
    SerialInstalled,
    TimeEntry,
)
from tests.factories.catalogue import ONT
from tests.factories.inventory import SERIALS, make_units, make_van
from tests.factories.jobs import SIGNATURE, SUPERVISOR, do, everything_required, give, make_dispatched_job, make_field
from tests.factories.orders import make_shop, make_submitted_order
from tests.factories.workforce import make_technician

pytestmark = pytest.mark.anyio

PHOTO = Photo(sha256="cd" * 32, media_type="image/jpeg", bytes=120_000)
SERIAL = SERIALS[ONT.code].format(1)
SCAN = SerialInstalled(serial=SERIAL, method=CaptureMethod.SCAN, model=ONT.code)


async def seen(tx: Transaction, job_id: UUID) -> JobDocument:
    return await service.see_job(tx, SUPERVISOR, job_id)


async def van_with_ont(tx: Transaction, technician: TechnicianView) -> None:
    van = await make_van(tx, technician.id)
    await make_units(tx, van.id)


async def test_the_document_shows_everything_that_was_recorded(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(
            tx,
            job.id,
            technician.id,
            Note(text="Key at the neighbour's"),
            ChecklistAnswer(item="light", value=-18.5),
            PHOTO,
            SIGNATURE,
            Measure(name="light_level", value=-18.5, unit="dBm"),
            TimeEntry(activity=Activity.WORK, start_ms=1_780_293_600_000, end_ms=1_780_297_200_000),
            PartsConsumed(part="drop-cable-m", quantity=12),
            PartsConsumed(part="drop-cable-m", quantity=3),
        )

        document = await seen(tx, job.id)
    assert [note.text for note in document.notes] == ["Key at the neighbour's"]
    assert document.checklist == {"light": -18.5}
    assert document.photos[0].sha256 == PHOTO.sha256
    assert document.signature is not None
    assert document.signature.signer_name == "Aino Laine"
    assert (document.measurements[0].value, document.measurements[0].unit) == (-18.5, "dBm")
    assert document.time_entries[0].end_ms - document.time_entries[0].start_ms == 3_600_000
    assert [part.quantity for part in document.parts_consumed] == [12, 3]


async def test_every_record_makes_a_new_version(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

    made = []
    for text in ("one", "two"):
        async with database.transaction(SYSTEM, "test") as tx:
            await do(tx, job.id, technician.id, Note(text=text))
        async with database.snapshot(SYSTEM, "test") as tx:
            made.append((await versions(tx, "job", [job.id]))[job.id])

    assert made == [2, 3]


async def test_the_last_answer_counts_and_null_takes_it_back(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, ChecklistAnswer(item="drop", value=False))
        await do(tx, job.id, technician.id, ChecklistAnswer(item="drop", value=True))
        changed = (await seen(tx, job.id)).checklist
        await do(tx, job.id, technician.id, ChecklistAnswer(item="drop", value=None))
        taken_back = (await seen(tx, job.id)).checklist

    assert (changed, taken_back) == ({"drop": True}, {})


@pytest.mark.parametrize(("item", "value"), [("drop", "yes"), ("light", True), ("weather", True)])
async def test_an_answer_that_nobody_asked_for_is_refused(database: Database, item: str, value):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        with pytest.raises(WrongAnswer):
            await do(tx, job.id, technician.id, ChecklistAnswer(item=item, value=value))


async def test_a_photo_that_is_named_twice_is_referred_to_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, PHOTO, PHOTO)

        assert len((await seen(tx, job.id)).photos) == 1
        assert (await tx.session.get_one(Blob, PHOTO.sha256)).reference_count == 1


async def test_a_scanned_unit_moves_from_the_van_to_the_premises(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        await van_with_ont(tx, technician)
        job = await make_dispatched_job(tx, technician)

        answers = await do(tx, job.id, technician.id, SCAN, *everything_required(), Complete(outcome=Outcome.FULL))

        assert answers[0] is None
        assert [unit.serial for unit in await inventory.installed_at(tx, job.premises_id)] == [SERIAL]
        assert (await service.completed_job(tx, job.id)).installed == {ONT.code: [SERIAL]}


async def test_a_unit_of_an_order_uses_up_its_reservation(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx, ("FIBRE-500", 1))
        await service.create_for_order(tx, order.id)
        (job,) = await service.jobs_of_order(tx, order.id)
        technician = await make_technician(tx, job.territory_id)
        van = await make_van(tx, technician.id)
        depot = (await inventory.unit(tx, SERIAL)).location
        await inventory.transfer(tx, [SERIAL], depot.id, van.id)
        await give(tx, job.id, technician)

        await do(tx, job.id, technician.id, SCAN)

        waiting = {one.model for one in await inventory.reserved(tx, order.id)}
    assert waiting == {"GW-W6"}


async def test_a_unit_that_is_scanned_twice_is_installed_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        await van_with_ont(tx, technician)
        job = await make_dispatched_job(tx, technician)

        answers = await do(tx, job.id, technician.id, SCAN, SCAN)

        assert answers == [None, None]
        assert len((await seen(tx, job.id)).serials) == 1


@pytest.mark.parametrize(("owner", "reason"), [("nobody", "unknown_serial"), ("another", "not_in_van")])
async def test_a_unit_that_inventory_disputes_is_kept_unverified_for_review(
    database: Database, owner: str, reason: str
):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        await make_van(tx, technician.id)
        if owner == "another":
            await van_with_ont(tx, await make_technician(tx, technician.territory_id))
        job = await make_dispatched_job(tx, technician)

        answers = await do(tx, job.id, technician.id, SCAN, *everything_required(), Complete(outcome=Outcome.FULL))

        document = await seen(tx, job.id)
        (card,) = await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id == job.id))
        left = await service.completed_job(tx, job.id)
    assert (answers[0], answers[-1]) == (reason, None)
    assert (document.serials[0].is_verified, document.serials[0].reason) == (False, reason)
    assert (document.needs_review, card.kind, card.subject) == (True, "serial", SERIAL)
    assert left.installed == {}


async def test_one_unit_on_two_jobs_belongs_to_the_first(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        await van_with_ont(tx, technician)
        first, second = [await make_dispatched_job(tx, technician) for _ in range(2)]
        await do(tx, first.id, technician.id, SCAN)

        answers = await do(tx, second.id, technician.id, SCAN)

        assert answers == ["serial_in_use"]
        assert (await inventory.unit(tx, SERIAL)).location.premises_id == first.premises_id


async def test_a_misread_label_is_refused(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        with pytest.raises(WrongSerial):
            await do(tx, job.id, technician.id, SerialInstalled(serial="LWON-??", method=CaptureMethod.MANUAL))


async def test_records_are_kept_after_the_office_cancelled(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)
        await service.cancel(tx, SUPERVISOR, job.id, "customer called")

        await do(tx, job.id, technician.id, Note(text="was there"), PHOTO)

        document = await seen(tx, job.id)
    assert ([note.text for note in document.notes], len(document.photos)) == (["was there"], 1)


async def test_a_follower_brings_what_was_not_put_in_yet(database: Database):
    from sync.operations import Start, Suspend

    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await service.create_for_order(tx, order.id)
        (job,) = await service.jobs_of_order(tx, order.id)
        technician = await make_technician(tx, job.territory_id)
        van = await make_van(tx, technician.id)
        await make_units(tx, van.id, first=100)
        await give(tx, job.id, technician)
        scan = SerialInstalled(serial=SERIALS[ONT.code].format(100), method=CaptureMethod.SCAN)

        await do(tx, job.id, technician.id, Start(), scan, Suspend(reason="parts.missing"))

        (follower,) = await service.backlog(tx, job.territory_id)
    assert follower.parts == {"GW-W6": 1, "MESH-W6": 2}


async def test_a_sign_of_life_is_recorded_and_disturbs_nobody(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        await do(tx, job.id, technician.id, SafetyCheckIn(note="On the roof"))

        document = await seen(tx, job.id)
    assert [(one.state, one.note) for one in document.safety_check_ins] == [("ok", "On the roof")]
    assert not document.needs_review


async def test_a_call_for_help_is_before_a_dispatcher_at_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        answers = await do(tx, job.id, technician.id, SafetyCheckIn(state=Safety.HELP, note="Fell"))

        (card,) = await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id == job.id))
    assert answers == [None]
    assert (card.kind, card.reason, card.subject, card.technician_id) == (
        "safety",
        "help_wanted",
        job.number,
        technician.id,
    )
    assert card.params["note"] == "Fell"


async def test_more_work_is_asked_for_and_nothing_ordered_yet(database: Database):
    wanted = FollowUp(work="INSTALL-FTTP", reason="network.drop_damaged", note="Squirrels")
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        answers = await do(tx, job.id, technician.id, wanted)

        document = await seen(tx, job.id)
        (card,) = await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id == job.id))
        assert await service.backlog(tx, job.territory_id) == []
    assert (answers, [one.work for one in document.follow_ups]) == ([None], ["INSTALL-FTTP"])
    assert (card.kind, card.subject, card.params["reason"]) == ("follow_up", "INSTALL-FTTP", "network.drop_damaged")


async def test_work_that_is_not_in_the_catalogue_cannot_be_asked_for(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        with pytest.raises(DomainError, match="unknown_work"):
            await do(tx, job.id, technician.id, FollowUp(work="DANCE", reason="wanted"))
