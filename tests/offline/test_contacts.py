"""Phones are heard of by what they ask anyway; it is noted for all of them together, and never beside a pull."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from msgspec import structs
from sqlalchemy import select

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline.contacts import Contact, Contacts
from backend.offline.models import PhoneContact
from sync import wire
from sync.operations import Note
from sync.replica import pull_request
from tests.factories.handset import Handset
from tests.factories.identity import make_phone, make_user
from tests.fakes import MONDAY, FixedClock
from tests.offline.conftest import Field
from tests.offline.line import JSON, Pauses

pytestmark = pytest.mark.anyio

LATER = MONDAY + timedelta(hours=5)


async def make_devices(database: Database, field: Field, count: int) -> list[UUID]:
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, technician_id=field.technician.id, role=field.phone.principal.role)
        return [(await make_phone(tx, user)).tokens.device_id for _ in range(count)]


async def stored(database: Database) -> list[PhoneContact]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(PhoneContact).order_by(PhoneContact.device_id)))


async def test_what_phones_tell_is_written_for_all_of_them_after_a_while(database: Database, field: Field):
    pauses = Pauses()
    first, second = await make_devices(database, field, 2)
    contacts = Contacts(database, pause=pauses.pause)

    contacts.note(Contact(device_id=second, heard_at=LATER, schema=1, app="technician 1.0", waiting=7))
    contacts.note(Contact(device_id=first, heard_at=LATER, schema=1, synced_at=LATER))
    ended = await pauses.next()
    before = await stored(database)
    ended.set()
    while not (after := await stored(database)):
        pass

    assert before == []
    assert [(one.device_id, one.waiting, one.app) for one in after] == [
        (first, None, None),
        (second, 7, "technician 1.0"),
    ]
    assert pauses.count == 1


async def test_what_a_call_does_not_tell_stays_and_an_earlier_one_changes_nothing(database: Database, field: Field):
    [device] = await make_devices(database, field, 1)
    ours, theirs = Contacts(database, pause=Pauses().pause), Contacts(database, pause=Pauses().pause)
    told = Contact(device_id=device, heard_at=LATER, schema=1, synced_at=LATER, app="technician 1.0", waiting=3)
    ours.note(told)
    ours.note(Contact(device_id=device, heard_at=LATER + timedelta(minutes=1), schema=2))
    await ours.close()

    theirs.note(structs.replace(told, heard_at=LATER - timedelta(hours=1), waiting=9))
    await theirs.close()

    [one] = await stored(database)
    assert (one.heard_at, one.schema) == (LATER + timedelta(minutes=1), 2)
    assert (one.synced_at, one.app, one.waiting) == (LATER, "technician 1.0", 3)


async def test_what_cannot_be_written_does_not_come_in_the_way(database: Database, caplog: pytest.LogCaptureFixture):
    contacts = Contacts(database, pause=Pauses().pause)
    contacts.note(Contact(device_id=UUID(int=1), heard_at=LATER, schema=1))  # no such phone

    await contacts.close()

    assert await stored(database) == []
    assert "were not noted" in caplog.text


async def test_a_phone_is_heard_of_by_its_pushes_and_pulls(
    app: Litestar, api: httpx.AsyncClient, database: Database, field: Field, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        user = await make_user(tx, technician_id=field.technician.id, role=field.phone.principal.role)
        tokens = (await make_phone(tx, user)).tokens
    headers = JSON | {"authorization": f"Bearer {tokens.access_token}"}
    phone = Handset(database, structs.replace(field.phone.principal, user_id=user.id), outbox="away")
    for number in range(3):
        phone.do(field.job.id, Note(text=f"note {number}"))
    push = structs.replace(phone.request(), app="technician 1.0", waiting=5)

    await api.post("/sync/v1/push", content=wire.encode(push), headers=headers)
    await app.state.contacts.write()
    [pushed] = await stored(database)
    clock.advance(60)
    pull = structs.replace(pull_request(phone.replica, device="phone"), app="technician 1.1", waiting=2)
    await api.post("/sync/v1/pull", content=wire.encode(pull), headers=headers)
    await app.state.contacts.write()
    [pulled] = await stored(database)

    assert (pushed.heard_at, pushed.synced_at) == (LATER - timedelta(hours=1), None)
    assert (pushed.app, pushed.waiting) == ("technician 1.0", 2)
    assert (pulled.heard_at, pulled.synced_at) == (clock.now(), clock.now())
    assert (pulled.app, pulled.waiting) == ("technician 1.1", 2)
