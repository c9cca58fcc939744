"""A person decides about work that the office had not foreseen: it counts now, or things stay as they are."""

from typing import Any

import pytest
from sqlalchemy import select

from backend.identity.principal import Principal, Role
from backend.inventory import service as inventory
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway, NothingToApply, StillRefused, UnknownReviewCard
from backend.jobs.lifecycle import ReviewCommand, ReviewKind
from backend.jobs.models import Job, JobNote, ReviewCard, Visit
from backend.jobs.operations import OPERATIONS
from backend.jobs.schemas import ResolveReview, ReviewCardView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import DomainError
from backend.kernel.lifecycle import IllegalMove
from backend.offline import service
from backend.offline.models import SyncMutation
from backend.orders import fulfilment
from backend.orders import service as orders
from sync.operations import (
    Arrive,
    CaptureMethod,
    Complete,
    EnRoute,
    FollowUp,
    NotDone,
    Note,
    Outcome,
    SerialInstalled,
    Start,
)
from sync.outbox import attention
from sync.protocol import MutationState
from tests.factories.handset import Handset, make_carrier, uid
from tests.factories.inventory import make_stock, make_units, make_van
from tests.factories.jobs import SUPERVISOR, everything_required
from tests.factories.orders import make_submitted_order
from tests.factories.resources import make_pools
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock
from tests.offline.conftest import Field, handed_on

pytestmark = pytest.mark.anyio

FULL = Complete(outcome=Outcome.FULL)
APPLY = ResolveReview(resolution=ReviewCommand.APPLY, note="The customer confirms it.")
DISMISS = ResolveReview(resolution=ReviewCommand.DISMISS, note="We go another time.")


async def rows(database: Database, model: type[Any], **wanted: Any) -> list[Any]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(model).filter_by(**wanted).order_by(model.id)))


async def decide(database: Database, wanted: ResolveReview, principal: Principal = SUPERVISOR) -> ReviewCardView:
    """Decide the only open card."""
    (card,) = await rows(database, ReviewCard, state="open")
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.resolve_review(tx, principal, card.id, wanted)


async def cancelled_and_done(database: Database, field: Field, clock: FixedClock) -> None:
    """The office cancels the job; the technician, offline, does it all the same, from 10 to 13 o'clock."""
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")
    for operation in (EnRoute(), Arrive(), Start(), *everything_required(), FULL):
        clock.advance(600)
        field.phone.do(field.job.id, operation)
    clock.advance(3600)
    await field.phone.push()


async def test_work_on_a_cancelled_job_counts_when_it_is_let_in(database: Database, field: Field, clock: FixedClock):
    began = clock.now()
    await cancelled_and_done(database, field, clock)

    card = await decide(database, APPLY)

    (job,), (visit,) = await rows(database, Job, id=field.job.id), await rows(database, Visit, job_id=field.job.id)
    async with database.snapshot(SYSTEM, "test") as tx:
        left = await jobs.completed_job(tx, job.id)
    assert (card.state, card.resolution, card.note) == ("resolved", "apply", APPLY.note)
    assert (job.state, job.outcome, job.needs_review) == ("completed", "full", False)
    assert (visit.is_beside, visit.outcome) == (False, "completed")
    assert [(at - began).seconds for at in (visit.en_route_at, visit.arrived_at, visit.started_at)] == [600, 1200, 1800]
    assert left.occurred_at == visit.ended_at


async def test_work_on_a_cancelled_job_stays_aside_when_it_is_not(database: Database, field: Field, clock: FixedClock):
    await cancelled_and_done(database, field, clock)

    await decide(database, DISMISS)

    (job,), (visit,) = await rows(database, Job, id=field.job.id), await rows(database, Visit, job_id=field.job.id)
    assert (job.state, job.needs_review, visit.is_beside) == ("cancelled", False, True)


@pytest.mark.parametrize("wanted", [APPLY, DISMISS])
async def test_the_work_is_resolved_with_its_card_and_the_phone_hears_of_it(
    database: Database, field: Field, clock: FixedClock, wanted: ResolveReview
):
    await cancelled_and_done(database, field, clock)
    await field.phone.pull()
    (asked,) = field.phone.held("review_card").values()
    before = len(attention(field.phone.replica.outbox))

    await decide(database, wanted)

    await field.phone.pull()
    (decided,) = field.phone.held("review_card").values()
    async with database.snapshot(SYSTEM, "test") as tx:
        told = await service.outcomes(tx, field.phone.principal, "phone.1", 1)
    states = {result.mid: result.status for result in told.results}
    assert [states[mid] for mid in (1, 2, 3, max(states))] == [MutationState.RESOLVED] * 4
    assert (asked["state"], decided["state"]) == ("open", "resolved")
    assert (before, attention(field.phone.replica.outbox)) == (4, ())
    assert (decided["resolution"], decided["note"]) == (wanted.resolution, wanted.note)
    assert set(decided["mutations"]) == {uid(mid) for mid, state in states.items() if state == "resolved"}


async def test_a_job_that_is_opened_again_takes_up_its_order(database: Database, field: Field, clock: FixedClock):
    await cancelled_and_done(database, field, clock)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_stock(tx)
        await make_pools(tx)
        order = await make_submitted_order(tx)
        (await tx.session.get_one(Job, field.job.id)).order_id = order.id
        await fulfilment.abandon(tx, order.id)

    await decide(database, APPLY)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await orders.order_view(tx, order.id)).state == "inProgress"
    (card,) = await rows(database, ReviewCard)
    assert card.state == "resolved"


async def test_work_on_a_job_that_another_is_at_says_why_it_cannot_count(database: Database, field: Field):
    other = await handed_on(database, field)
    other.do(field.job.id, Start(), uid=uid(901))
    await other.push()
    field.phone.do(field.job.id, NotDone(reason="refused"))
    await field.phone.push()

    with pytest.raises(JobUnderway):
        await decide(database, APPLY)

    (row,) = await rows(database, SyncMutation, uid=uid(1))
    assert row.status == "conflict"


async def test_a_job_that_another_has_not_begun_goes_back_to_who_was_there(database: Database, field: Field):
    await handed_on(database, field)
    field.phone.do(field.job.id, NotDone(reason="no_access.dog_loose"))
    await field.phone.push()

    await decide(database, APPLY)

    (job,) = await rows(database, Job, id=field.job.id)
    assert (job.state, job.reason, job.technician_id) == ("notDone", "no_access.dog_loose", field.technician.id)


async def test_what_was_lacking_then_may_be_there_now(database: Database, field: Field):
    field.phone.do(field.job.id, Start())
    field.phone.do(field.job.id, FULL)
    await field.phone.push()
    for operation in everything_required():
        field.phone.do(field.job.id, operation)
    await field.phone.push()

    await decide(database, APPLY)

    (job,) = await rows(database, Job, id=field.job.id)
    assert (job.state, job.needs_review) == ("completed", False)


async def test_a_unit_that_stock_knows_by_now_is_verified(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_van(tx, field.technician.id)
    field.phone.do(field.job.id, SerialInstalled(serial="LWON00000001", method=CaptureMethod.SCAN))
    await field.phone.push()
    with pytest.raises(StillRefused) as refused:
        await decide(database, APPLY)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_units(tx, van.id)

    await decide(database, APPLY)

    async with database.snapshot(SYSTEM, "test") as tx:
        document = await jobs.see_job(tx, SUPERVISOR, field.job.id)
        installed = await inventory.installed_at(tx, field.job.premises_id)
    assert refused.value.params["reason"] == "unknown_serial"
    assert [serial.is_verified for serial in document.serials] == [True]
    assert [unit.serial for unit in installed] == ["LWON00000001"]


async def test_work_that_our_mistake_held_up_counts_when_it_is_mended(
    database: Database, field: Field, monkeypatch: pytest.MonkeyPatch
):
    async def broken(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setitem(OPERATIONS, Note, broken)  # type: ignore[arg-type]
        field.phone.do(field.job.id, Note(text="kept"))
        await field.phone.push()

    await decide(database, APPLY)

    assert [note.text for note in await rows(database, JobNote)] == ["kept"]


async def test_work_that_cannot_be_read_says_so_again(database: Database, field: Field):
    field.phone.record(str(field.job.id), op="fly_drone", args={})
    await field.phone.push()

    with pytest.raises(StillRefused) as refused:
        await decide(database, APPLY)

    assert refused.value.params == {"reason": "unknown_operation", "op": "fly_drone", "path": "$.op"}


async def test_work_that_counts_already_is_not_carried_out_again(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="one"))
    field.phone.do(field.job.id, Note(text="another"), uid=uid(1))
    await field.phone.push()

    with pytest.raises(NothingToApply):
        await decide(database, APPLY)

    await decide(database, DISMISS)
    (kept,) = await rows(database, SyncMutation, is_first=True)
    assert (kept.status, len(await rows(database, JobNote))) == ("applied", 1)


async def test_a_card_about_nothing_that_was_sent_has_nothing_to_apply(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.open_review(tx, kind=ReviewKind.FALLOUT, reason="timeout", subject="radius", job_id=field.job.id)

    with pytest.raises(NothingToApply):
        await decide(database, APPLY)


async def test_work_that_a_technician_asked_for_is_ordered(database: Database, field: Field):
    field.phone.do(field.job.id, FollowUp(work=field.job.work, reason="network.drop_damaged", note="Squirrels"))
    (result,) = await field.phone.push()

    await decide(database, APPLY)

    (new,) = [job for job in await rows(database, Job, premises_id=field.job.premises_id) if job.id != field.job.id]
    assert result.status is MutationState.APPLIED
    assert (new.state, new.assignment, new.work) == ("pending", "unassigned", field.job.work)


async def test_a_card_is_decided_once(database: Database, field: Field):
    field.phone.record(str(field.job.id), op="resume", args={})
    await field.phone.push()
    (card,) = await rows(database, ReviewCard)
    await decide(database, DISMISS)

    with pytest.raises(IllegalMove):
        async with database.transaction(SYSTEM, "test") as tx:
            await service.resolve_review(tx, SUPERVISOR, card.id, APPLY)


async def test_a_dispatcher_of_elsewhere_does_not_find_the_card(database: Database, field: Field):
    field.phone.record(str(field.job.id), op="resume", args={})
    await field.phone.push()
    dispatcher = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset())

    with pytest.raises(UnknownReviewCard):
        await decide(database, APPLY, dispatcher)


async def test_work_on_a_job_that_was_never_the_sender_s_is_not_let_in(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        stranger = Handset(
            database, await make_carrier(tx, await make_technician(tx, field.technician.territory_id)), outbox="2"
        )
    stranger.do(field.job.id, Note(text="not mine"))
    await stranger.push()

    with pytest.raises(DomainError, match="unknown_job"):
        await decide(database, APPLY)
