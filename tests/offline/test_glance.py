"""The pull of one statement: it answers what the pull of a whole snapshot answers, or leaves it to that one."""

from typing import Any

import pytest
from msgspec import structs

from backend.catalogue.service import add_cpe_model
from backend.customers import service as customers
from backend.customers.schemas import ChangeContact
from backend.identity.principal import Principal, Role
from backend.inventory.documents import MODELS
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database
from backend.kernel.feed import begin_epoch
from backend.kernel.reads import Reads
from backend.kernel.statements import Question, Rows
from backend.offline import service
from backend.offline.tasks import REMOVALS_KEPT, forget_removals
from backend.parts import FEED
from sync import PullAnswer, wire
from sync import cursor as cursors
from sync.operations import Note
from sync.replica import pull_request
from tests.factories.booking import make_appointment, window
from tests.factories.catalogue import MODEM
from tests.factories.dispatch import make_jobs, make_team
from tests.factories.handset import Handset
from tests.factories.jobs import SUPERVISOR, do
from tests.fakes import FixedClock
from tests.offline.conftest import Field, handed_on

pytestmark = pytest.mark.anyio


async def both(database: Database, phone: Handset, **wanted: Any) -> tuple[PullAnswer | None, PullAnswer]:
    """(the glance's answer, the snapshot's) to one request. wanted: see `sync.replica.pull_request`."""
    request = pull_request(phone.replica, device="phone", **wanted)
    glanced = await service.glance(database.reads, phone.principal, request, database.clock.now())
    async with database.snapshot(SYSTEM, "test") as tx:
        return glanced, await service.pull(tx, FEED, phone.principal, request)


class Counting:
    """Answers as another does, and counts."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self.statements = 0

    async def rows(self, question: Question, **values: Any) -> Rows:
        self.statements += 1
        return await self._reads.rows(question, **values)

    async def close(self) -> None:
        await self._reads.close()


async def rendered(database: Database) -> None:
    while await FEED.render_ahead(database):
        pass


async def add_note(database: Database, field: Field) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await do(tx, field.job.id, field.technician.id, Note(text="Key at the caretaker's"))


async def test_the_first_pull_of_rendered_documents_takes_a_glance(database: Database, field: Field) -> None:
    await rendered(database)
    fresh = Handset(database, field.phone.principal, outbox="fresh")

    glanced, answer = await both(database, fresh)

    assert len(answer.patch) == 3  # two jobs, and what serials look like
    assert glanced is not None
    assert wire.encode(glanced) == wire.encode(answer)


async def test_so_does_a_pull_of_what_changed(database: Database, field: Field) -> None:
    await add_note(database, field)
    await rendered(database)

    glanced, answer = await both(database, field.phone)

    assert len(answer.patch) == 1
    assert glanced is not None
    assert wire.encode(glanced) == wire.encode(answer)


async def test_so_does_a_pull_without_news(database: Database, field: Field) -> None:
    glanced, answer = await both(database, field.phone)

    assert answer.patch == ()
    assert glanced is not None
    assert wire.encode(glanced) == wire.encode(answer)


async def test_so_does_a_pull_of_a_new_model(database: Database, field: Field) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await add_cpe_model(tx, MODEM)
    await rendered(database)

    glanced, answer = await both(database, field.phone)

    assert [change.scope for change in answer.patch] == [MODELS]
    assert glanced is not None
    assert wire.encode(glanced) == wire.encode(answer)


async def test_so_does_a_pull_of_changes_in_both_scopes(database: Database, field: Field) -> None:
    await add_note(database, field)
    async with database.transaction(SYSTEM, "test") as tx:
        await add_cpe_model(tx, MODEM)
    await rendered(database)

    glanced, answer = await both(database, field.phone)

    assert [change.scope for change in answer.patch] == [MODELS, f"technician:{field.technician.id}"]
    assert glanced is not None
    assert wire.encode(glanced) == wire.encode(answer)


async def test_so_does_the_page_of_a_customer(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        (eero,) = await make_team(tx, 1)
        (job,) = await make_jobs(tx, eero.territory_id, 1)
    await make_appointment(database, job.id, window(10))
    await rendered(database)
    actor = Actor(kind="customer", id=job.id)
    customer = Principal(actor=actor, role=Role.CUSTOMER, job_id=job.id)

    glanced, answer = await both(database, Handset(database, customer, outbox="page"))

    assert [change.kind for change in answer.patch] == ["appointment"]
    assert glanced is not None
    assert wire.encode(glanced) == wire.encode(answer)


async def test_a_phone_without_news_costs_one_statement(database: Database, field: Field) -> None:
    asked = Counting(database.reads)
    request = pull_request(field.phone.replica, device="phone")

    glanced = await service.glance(asked, field.phone.principal, request, database.clock.now())

    assert (glanced is not None, asked.statements) == (True, 1)


async def test_so_does_a_removal(database: Database, field: Field) -> None:
    await handed_on(database, field)

    glanced, answer = await both(database, field.phone)

    assert [type(change).__name__ for change in answer.patch] == ["Remove"]
    assert glanced is not None
    assert wire.encode(glanced) == wire.encode(answer)


async def test_so_does_the_number_of_the_last_work(database: Database, field: Field) -> None:
    field.phone.do(field.job.id, Note(text="Gate code 4711"))
    await field.phone.push()
    await rendered(database)

    glanced, answer = await both(database, field.phone)

    assert answer.last_mid == 1
    assert glanced is not None
    assert glanced.last_mid == 1


async def test_a_document_that_nobody_has_rendered_takes_more(database: Database, field: Field) -> None:
    await rendered(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await customers.change_contact(tx, field.job.account_id, ChangeContact(phone="+358409876543"))

    glanced, answer = await both(database, field.phone)

    assert (glanced, len(answer.patch)) == (None, 1)


async def test_a_page_that_is_full_takes_more(database: Database, field: Field) -> None:
    await rendered(database)
    fresh = Handset(database, field.phone.principal, outbox="fresh")

    glanced, answer = await both(database, fresh, limit_bytes=1)

    assert (glanced, answer.more) == (None, True)


async def test_digests_that_must_be_compared_take_more(database: Database, field: Field) -> None:
    glanced, answer = await both(database, field.phone, with_digests=True)

    assert (glanced, answer.resync) == (None, ())


async def test_forgotten_removals_take_more(database: Database, field: Field, clock: FixedClock) -> None:
    await handed_on(database, field)
    clock.advance(REMOVALS_KEPT.total_seconds() + 1)
    await forget_removals(database)

    glanced, answer = await both(database, field.phone)

    assert (glanced, len(answer.resync)) == (None, 1)


async def test_another_epoch_takes_more(database: Database, field: Field) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await begin_epoch(tx)
    request = pull_request(field.phone.replica, device="phone")

    glanced = await service.glance(database.reads, field.phone.principal, request, database.clock.now())

    assert glanced is None


async def test_an_outbox_of_somebody_else_takes_more(database: Database, field: Field) -> None:
    field.phone.do(field.job.id, Note(text="Gate code 4711"))
    await field.phone.push()
    other = await handed_on(database, field)
    request = pull_request(field.phone.replica, device="phone")

    glanced = await service.glance(database.reads, other.principal, request, database.clock.now())

    assert glanced is None


async def test_a_phone_from_before_there_were_grammars_takes_more_and_gets_them(
    database: Database, field: Field
) -> None:
    scope = f"technician:{field.technician.id}"
    cursor = cursors.decode(field.phone.replica.cursor or "")
    older = cursors.encode(structs.replace(cursor, positions={scope: cursor.positions[scope]}))
    field.phone.replica = structs.replace(field.phone.replica, cursor=older)
    await rendered(database)

    glanced, answer = await both(database, field.phone)

    assert glanced is None
    assert [(change.scope, change.kind) for change in answer.patch] == [(MODELS, "serial_grammars")]


async def test_who_holds_many_scopes_needs_more(database: Database, field: Field) -> None:
    request = pull_request(Handset(database, SUPERVISOR, outbox="board").replica, device="board")

    glanced = await service.glance(database.reads, SUPERVISOR, request, database.clock.now())

    assert glanced is None
