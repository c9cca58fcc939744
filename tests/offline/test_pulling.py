"""A pull: one snapshot of what changed, in pages of any size, and never less than that."""

import msgspec
import pytest

from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.inventory.documents import MODELS
from backend.jobs import service as jobs
from backend.jobs import tasks
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.feed import FeedScope
from backend.offline.tasks import REMOVALS_KEPT, forget_removals
from sync import Cursor, PullAnswer, Refused, wire
from sync import cursor as cursors
from sync.operations import NotDone, Note, Start
from sync.protocol import ErrorCode, Put, RemovalReason, Remove
from tests.factories.catalogue import GATEWAY, MESH, ONT
from tests.factories.handset import Handset, make_carrier
from tests.factories.inventory import make_units, make_van
from tests.factories.jobs import SUPERVISOR, do, give, make_dispatched_job
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock
from tests.offline.conftest import Field

pytestmark = pytest.mark.anyio

EMPTY_PULL_BYTES = 250  # what a phone that asks every half a minute may cost it


def changes(answer: PullAnswer) -> list[tuple[str, str]]:
    return [(type(row).__name__, row.id) for row in answer.patch]


async def refusal(phone: Handset, **wanted: str) -> Refused:
    with pytest.raises(Refused) as caught:
        await phone.pull_page(**wanted)
    return caught.value


def with_cursor(phone: Handset, cursor: str) -> None:
    phone.replica = msgspec.structs.replace(phone.replica, cursor=cursor)


async def test_the_first_pull_brings_the_jobs_and_the_van(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        (unit,) = await make_units(tx, (await make_van(tx, field.technician.id)).id)
    fresh = Handset(database, field.phone.principal, outbox="fresh")

    answer = await fresh.pull()

    assert fresh.held().keys() == {str(field.job.id), str(field.other_job.id)}
    assert [held["serial"] for held in fresh.held("serial_unit").values()] == [unit.serial]
    [told] = fresh.held("serial_grammars").values()
    assert [one["model"] for one in told["grammars"]] == [GATEWAY.code, MESH.code, ONT.code]
    assert {row.scope for row in answer.patch} == {f"technician:{field.technician.id}", MODELS}


async def test_the_next_pull_brings_only_what_changed(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, field.job.account_id, ChangeContact(phone="+358409876543"))

    answer = await field.phone.pull()

    assert changes(answer) == [("Put", str(field.job.id))]
    assert field.phone.held()[str(field.job.id)]["customer"]["phone"] == "+358409876543"


async def test_a_pull_without_news_is_small(field: Field):
    answer = await field.phone.pull()

    assert (answer.patch, answer.more) == ((), False)
    assert len(wire.encode(answer)) <= EMPTY_PULL_BYTES


async def test_pages_of_one_change_lead_to_the_same_state(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_units(tx, (await make_van(tx, field.technician.id)).id, quantity=5)
    slow = Handset(database, field.phone.principal, outbox="slow")

    pages = 0
    while (await slow.pull_page(limit_bytes=1)).more:
        pages += 1
    await field.phone.pull()

    assert pages == 8
    assert slow.replica.documents == field.phone.replica.documents
    assert slow.replica.cursor == field.phone.replica.cursor


async def test_what_changes_between_two_pages_is_not_missed(database: Database, field: Field):
    slow = Handset(database, field.phone.principal, outbox="slow")
    first = await slow.pull_page(limit_bytes=1)
    async with database.transaction(SYSTEM, "test") as tx:
        for job in (field.job, field.other_job):
            await do(tx, job.id, field.technician.id, Note(text="meanwhile"))

    await slow.pull(limit_bytes=1)

    assert first.more
    assert [len(held["notes"]) for held in slow.held().values()] == [1, 1]


async def test_more_changes_than_are_read_at_once_all_arrive(
    database: Database, field: Field, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("backend.offline.pulling.READ_AT_ONCE", 2)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_units(tx, (await make_van(tx, field.technician.id)).id, quantity=5)

    answer = await field.phone.pull()

    assert (len(answer.patch), len(field.phone.held("serial_unit")), len(field.phone.held("van"))) == (6, 5, 1)


async def test_last_mid_comes_with_the_effects_that_it_speaks_of(field: Field):
    field.phone.do(field.job.id, Note(text="mine"))
    request = field.phone.request()
    before = (await field.phone.pull()).last_mid

    await field.phone.send(request)
    after = await field.phone.pull()

    assert (before, after.last_mid) == (0, 1)
    assert [note["text"] for note in field.phone.held()[str(field.job.id)]["notes"]] == ["mine"]


async def test_a_reassigned_job_leaves_the_phone_and_says_why(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_technician(tx, field.technician.territory_id)
        his = Handset(database, await make_carrier(tx, other), outbox="his")
        await give(tx, field.job.id, other)

    answer = await field.phone.pull()
    await his.pull()

    (removal,) = answer.patch
    assert isinstance(removal, Remove)
    assert (removal.id, removal.why) == (str(field.job.id), RemovalReason.REASSIGNED)
    assert field.phone.held().keys() == {str(field.other_job.id)}
    assert his.held().keys() == {str(field.job.id)}


async def test_a_job_that_comes_back_has_a_higher_version(database: Database, field: Field):
    was = field.phone.replica.documents[f"job/{field.job.id}"].version
    async with database.transaction(SYSTEM, "test") as tx:
        await give(tx, field.job.id, await make_technician(tx, field.technician.territory_id))
    await field.phone.pull()
    async with database.transaction(SYSTEM, "test") as tx:
        await give(tx, field.job.id, field.technician)

    await field.phone.pull()

    assert field.phone.replica.documents[f"job/{field.job.id}"].version > was


async def test_a_cancelled_job_leaves_the_phone_and_says_why(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")

    answer = await field.phone.pull()

    assert [(row.id, row.why) for row in answer.patch if isinstance(row, Remove)] == [
        (str(field.job.id), RemovalReason.CANCELLED)
    ]


async def test_a_job_of_yesterday_leaves_the_phone_and_says_why(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, field.job.id, field.technician.id, Start(), NotDone(reason="no_access"))
    await tasks.release(database, field.job.id)

    answer = await field.phone.pull()

    assert [(row.id, row.why) for row in answer.patch if isinstance(row, Remove)] == [
        (str(field.job.id), RemovalReason.EXPIRED)
    ]


# --- Cursors ----------------------------------------------------------------------------------------------------------


async def test_a_cursor_of_another_epoch_is_refused_with_the_new_one(field: Field):
    epoch = field.phone.replica.epoch
    with_cursor(field.phone, cursors.encode(Cursor(epoch="another")))

    refused = (await refusal(field.phone)).refusal

    assert (refused.code, refused.epoch) == (ErrorCode.EPOCH_CHANGED, epoch)


async def test_a_cursor_that_has_seen_the_future_is_refused(field: Field):
    scope = f"technician:{field.technician.id}"
    assert field.phone.replica.epoch is not None
    with_cursor(field.phone, cursors.encode(Cursor(epoch=field.phone.replica.epoch, positions={scope: 10_000})))

    assert (await refusal(field.phone)).refusal.code is ErrorCode.CURSOR_AHEAD


@pytest.mark.parametrize("cursor", ["", "garbage", "eyJlIjoxfQ", "a" * 70_000])
async def test_a_cursor_that_we_cannot_have_made_is_refused(field: Field, cursor: str):
    with_cursor(field.phone, cursor)

    assert (await refusal(field.phone)).refusal.code is ErrorCode.CURSOR_INVALID


async def test_a_schema_older_than_all_that_are_served_is_refused(field: Field):
    with pytest.raises(Refused) as caught:
        await field.phone.pull_page(schema=0)

    assert (caught.value.refusal.code, caught.value.refusal.minimum) == (ErrorCode.SCHEMA_TOO_OLD, 1)


async def test_the_outbox_of_another_user_cannot_be_pulled_for(database: Database, field: Field):
    field.phone.do(field.job.id, Note(text="mine"))
    await field.phone.push()
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_carrier(tx, await make_technician(tx, field.technician.territory_id))

    assert (await refusal(Handset(database, other))).refusal.code is ErrorCode.OUTBOX_FOREIGN


async def test_a_cursor_from_before_forgotten_removals_gets_its_scope_again(database: Database, field: Field):
    scope = f"technician:{field.technician.id}"
    async with database.transaction(SYSTEM, "test") as tx:
        await make_dispatched_job(tx, field.technician)
    async with database.transaction(SYSTEM, "test") as tx:
        row = await tx.session.get_one(FeedScope, scope)
        row.floor = row.seq

    answer = await field.phone.pull_page(limit_bytes=1)
    await field.phone.pull(limit_bytes=1)

    assert answer.resync == (scope,)
    assert len(field.phone.held()) == 3
    assert (await field.phone.pull()).patch == ()


# --- Digests ----------------------------------------------------------------------------------------------------------


async def test_equal_digests_send_nothing(field: Field):
    answer = await field.phone.pull(with_digests=True)

    assert (answer.resync, answer.patch) == ((), ())


async def test_a_document_that_a_phone_lost_is_found_by_its_digest(field: Field):
    scope = f"technician:{field.technician.id}"
    kept = {name: held for name, held in field.phone.replica.documents.items() if held.id != str(field.job.id)}
    field.phone.replica = msgspec.structs.replace(field.phone.replica, documents=kept)

    answer = await field.phone.pull(with_digests=True)

    assert answer.resync == (scope,)
    assert field.phone.held().keys() == {str(field.job.id), str(field.other_job.id)}


async def test_a_phone_that_lost_all_its_documents_is_found_too(field: Field):
    field.phone.replica = msgspec.structs.replace(field.phone.replica, documents={})

    answer = await field.phone.pull(with_digests=True)

    assert {type(row) for row in answer.patch} == {Put}
    assert (len(field.phone.held()), len(field.phone.held("serial_grammars"))) == (2, 1)


async def test_a_document_that_a_phone_should_not_hold_goes(field: Field):
    scope = f"technician:{field.technician.id}"
    some = field.phone.replica.documents[f"job/{field.job.id}"]
    ghost = msgspec.structs.replace(some, id="ghost")
    documents = field.phone.replica.documents | {"job/ghost": ghost}
    field.phone.replica = msgspec.structs.replace(field.phone.replica, documents=documents)

    answer = await field.phone.pull(with_digests=True)

    assert answer.resync == (scope,)
    assert "ghost" not in field.phone.held()


async def test_digests_are_not_compared_while_something_is_on_its_way(database: Database, field: Field):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_dispatched_job(tx, field.technician)

    answer = await field.phone.pull_page(with_digests=True)

    assert (answer.resync, len(answer.patch)) == ((), 1)


async def test_who_was_away_for_too_long_gets_the_scope_again_without_what_was_forgotten(
    database: Database, field: Field, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")
    clock.advance(REMOVALS_KEPT.total_seconds() + 1)
    await forget_removals(database)

    answer = await field.phone.pull()

    assert answer.resync == (f"technician:{field.technician.id}",)
    assert field.phone.held().keys() == {str(field.other_job.id)}


async def test_who_heard_of_a_removal_in_time_is_sent_nothing_when_it_is_forgotten(
    database: Database, field: Field, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await jobs.cancel(tx, SUPERVISOR, field.job.id, "customer_cancelled")
    await field.phone.pull()
    clock.advance(REMOVALS_KEPT.total_seconds() + 1)
    await forget_removals(database)

    answer = await field.phone.pull()

    assert (answer.resync, answer.patch) == ((), ())
