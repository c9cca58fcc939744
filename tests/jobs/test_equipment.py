"""Units that are put in, taken out and swapped, and parts that are used up: recorded, and held against stock."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.inventory import service as inventory
from backend.inventory.models import LocationKind, StockMove
from backend.inventory.schemas import LocationView, WrongDestination, WrongSerial
from backend.jobs import service
from backend.jobs.models import Job, ReviewCard
from backend.jobs.schemas import JobDocument, JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.workforce.schemas import TechnicianView
from sync.operations import CaptureMethod, PartsConsumed, SerialInstalled, SerialRecovered, SerialSwapped
from tests.factories.catalogue import MESH, ONT
from tests.factories.inventory import SERIALS, make_depot, make_units, make_van
from tests.factories.jobs import SUPERVISOR, do, make_dispatched_job, make_field

pytestmark = pytest.mark.anyio

OLD, NEW = (SERIALS[ONT.code].format(number) for number in (1, 2))
SCAN = CaptureMethod.SCAN
PUT_IN, TAKE_OUT = SerialInstalled(serial=OLD, method=SCAN), SerialRecovered(serial=OLD, method=SCAN)
SWAP = SerialSwapped(recovered=OLD, installed=NEW, method=SCAN)


@dataclass(frozen=True, kw_only=True)
class Van:
    """A technician at a job, with two ONTs in the van."""

    technician: TechnicianView
    job: JobView
    location: LocationView

    async def do(self, tx: Transaction, *operations, job_id: UUID | None = None) -> list[str | None]:
        return await do(tx, job_id or self.job.id, self.technician.id, *operations)

    async def document(self, tx: Transaction) -> JobDocument:
        return await service.see_job(tx, SUPERVISOR, self.job.id)


async def make_work(tx: Transaction) -> Van:
    technician = await make_field(tx)
    location = await make_van(tx, technician.id)
    await make_units(tx, location.id, quantity=2)
    return Van(technician=technician, job=await make_dispatched_job(tx, technician), location=location)


async def card_of(tx: Transaction, job_id: UUID) -> ReviewCard:
    return (await tx.session.scalars(select(ReviewCard).where(ReviewCard.job_id == job_id))).one()


async def test_a_unit_that_is_taken_out_is_with_the_technician(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)
        await van.do(tx, PUT_IN)

        answers = await van.do(tx, TAKE_OUT)

        unit = await inventory.unit(tx, OLD)
        (shown,) = (await van.document(tx)).recovered
        moves = (await tx.session.scalars(select(StockMove.reason).where(StockMove.serial_unit_id == unit.id))).all()
    assert (answers, unit.state, unit.location.id) == ([None], "recovered", van.location.id)
    assert (shown.serial, shown.model, shown.is_verified) == (OLD, ONT.code, True)
    assert sorted(moves) == ["installation", "receipt", "recovery"]


async def test_a_unit_is_taken_out_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)

        assert await van.do(tx, PUT_IN, TAKE_OUT, TAKE_OUT) == [None] * 3

        assert len((await van.document(tx)).recovered) == 1


@pytest.mark.parametrize(
    ("serial", "reason"), [(OLD, "not_at_premises"), (SERIALS[ONT.code].format(99), "unknown_serial")]
)
async def test_a_unit_that_stock_has_elsewhere_is_recorded_for_review(database: Database, serial: str, reason: str):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)

        answers = await van.do(tx, SerialRecovered(serial=serial, method=SCAN, model="ONT-G1"))

        (shown,) = (await van.document(tx)).recovered
        card = await card_of(tx, van.job.id)
    assert (answers, shown.is_verified, shown.reason, shown.model) == ([reason], False, reason, "ONT-G1")
    assert (card.kind, card.subject, card.technician_id) == ("serial", serial, van.technician.id)


async def test_a_misread_label_is_not_taken_out(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)

        with pytest.raises(WrongSerial):
            await van.do(tx, SerialRecovered(serial="LWON-??", method=SCAN))


async def test_a_technician_without_a_van_has_nowhere_to_take_a_unit(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        await make_units(tx, (await make_depot(tx)).id)
        job = await make_dispatched_job(tx, technician)

        assert await do(tx, job.id, technician.id, TAKE_OUT) == ["no_van"]


async def test_a_swap_is_one_fact_about_two_units(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)
        await van.do(tx, PUT_IN)

        answers = await van.do(tx, SWAP)

        document = await van.document(tx)
        installed = [unit.serial for unit in await inventory.installed_at(tx, van.job.premises_id)]
        old = await inventory.unit(tx, OLD)
    assert (answers, installed, old.state) == ([None], [NEW], "recovered")
    assert [(one.serial, one.replaced_by) for one in document.recovered] == [(OLD, NEW)]
    assert [one.serial for one in document.serials] == [OLD, NEW]


async def test_half_a_swap_that_stock_agrees_to_counts(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)

        answers = await van.do(tx, SWAP)

        document = await van.document(tx)
    assert answers == ["not_at_premises"]
    assert ([one.is_verified for one in document.recovered], [one.is_verified for one in document.serials]) == (
        [False],
        [True],
    )


async def test_a_unit_that_was_taken_out_goes_to_a_place_of_returns_only(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)
        await van.do(tx, PUT_IN, TAKE_OUT)
        depot = await make_depot(tx)
        returns = await inventory.add_location(tx, kind=LocationKind.RETURNS, name="Returns")

        with pytest.raises(WrongDestination):
            await inventory.transfer(tx, [OLD], van.location.id, depot.id)
        (given,) = await inventory.transfer(tx, [OLD], van.location.id, returns.id)

    assert (given.state, given.location.id) == ("recovered", returns.id)


async def test_a_unit_that_was_taken_out_is_not_put_in_again(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)
        await van.do(tx, PUT_IN, TAKE_OUT)
        other = await make_dispatched_job(tx, van.technician)

        assert await van.do(tx, PUT_IN, job_id=other.id) == ["illegal_move"]


async def test_parts_leave_the_van_by_the_ledger(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)

        await van.do(tx, PartsConsumed(part="SC-APC", quantity=2), PartsConsumed(part="SC-APC", quantity=1))

        lines = await tx.session.scalars(select(StockMove).where(StockMove.model == "SC-APC"))
        moved = [(line.from_location_id, line.quantity, line.subject_id) for line in lines]
    assert sorted(moved) == [(van.location.id, 1, van.job.id), (van.location.id, 2, van.job.id)]


async def test_a_van_that_had_no_such_parts_is_flagged_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)

        answers = await van.do(tx, *[PartsConsumed(part="SC-APC", quantity=2)] * 2)

        card = await card_of(tx, van.job.id)
    assert answers == [None, None]
    assert (card.kind, card.reason, card.subject) == ("stock", "negative_balance", "SC-APC")


async def test_parts_of_a_technician_without_a_van_are_not_ours(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        job = await make_dispatched_job(tx, technician)

        assert await do(tx, job.id, technician.id, PartsConsumed(part="SC-APC", quantity=2)) == [None]

        assert (await tx.session.scalars(select(StockMove))).all() == []


async def test_the_card_of_an_objection_says_which_unit_could_be_meant(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)

        answers = await van.do(
            tx, SerialInstalled(serial="lwon 000O 0002", method=CaptureMethod.MANUAL, is_confirmed=True)
        )

        card = await card_of(tx, van.job.id)
        (shown,) = (await van.document(tx)).serials
    assert answers == ["wrong_serial"]
    assert card.params == {"serial": "LWON000O0002", "looks_like": [NEW], "is_confirmed": True}
    assert (shown.serial, shown.is_verified, shown.reason) == ("LWON000O0002", False, "wrong_serial")


async def test_a_unit_of_a_model_that_the_job_does_not_ask_for_is_looked_at_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_work(tx)
        (await tx.session.get_one(Job, van.job.id)).parts = {MESH.code: 1}

        answers = await van.do(tx, PUT_IN, PUT_IN)

        card = await card_of(tx, van.job.id)
        (shown,) = (await van.document(tx)).serials
    assert answers == ["wrong_model", None]
    assert (card.reason, card.subject) == ("wrong_model", OLD)
    assert (shown.model, shown.is_verified, shown.reason) == (ONT.code, True, "wrong_model")
