"""Accounts, their contact and their premises, and who may see them."""

from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from backend.customers import service
from backend.customers.schemas import ChangeContact, CreateAccount
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.outbox import OutboxRow
from tests.factories.customers import make_account, make_premises
from tests.factories.workforce import make_territory

pytestmark = pytest.mark.anyio

AGENT = Principal(actor=SYSTEM, role=Role.AGENT)


def dispatcher(*territory_ids: UUID) -> Principal:
    return Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset(territory_ids))


async def contact_events(tx: Transaction) -> int:
    query = select(func.count()).where(OutboxRow.type == service.CONTACT_CHANGED)
    return (await tx.session.scalars(query)).one()


async def test_what_is_not_sent_stays_and_null_clears(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        account = await make_account(tx, email="old@example.com", phone="+358401111111")

        changed = await service.change_contact(tx, account.id, ChangeContact(email=None))

    assert changed.email is None
    assert changed.phone == "+358401111111"


async def test_a_changed_contact_is_told_to_the_others(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        account = await make_account(tx)

        await service.change_contact(tx, account.id, ChangeContact(phone="+358409999999"))

        assert await contact_events(tx) == 1


async def test_a_contact_that_stays_the_same_is_no_event(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        account = await make_account(tx, phone="+358401111111")

        same = await service.change_contact(tx, account.id, ChangeContact(phone="+358401111111"))

        assert same.version == account.version
        assert await contact_events(tx) == 0


@pytest.mark.parametrize("phone", ["0401234567", "+358 40 1234567", "+358401234567\n", "+" + "1" * 16])
def test_a_phone_number_is_e164(phone: str):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "Aino", "phone": phone}, CreateAccount)


def test_an_address_with_a_line_break_is_no_email():
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "Aino", "email": "a@example.com\nBcc: b@example.com"}, CreateAccount)


async def test_premises_of_an_unknown_account_are_refused(database: Database, new_id):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(service.UnknownAccount):
            await make_premises(tx, new_id())


async def test_a_dispatcher_sees_the_customers_of_the_own_territories_only(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        north, south = await make_territory(tx, code="N"), await make_territory(tx, code="S")
        mine = await make_premises(tx, territory_id=north.id)
        theirs = await make_premises(tx, territory_id=south.id)

        page = await service.see_accounts(tx, dispatcher(north.id), page_size=50, cursor=None)

        assert [view.id for view in page.items] == [mine.account_id]
        assert await service.see_premises(tx, dispatcher(north.id), mine.id) == mine
        with pytest.raises(service.UnknownPremises):
            await service.see_premises(tx, dispatcher(north.id), theirs.id)
        with pytest.raises(service.UnknownAccount):
            await service.see_account(tx, dispatcher(north.id), theirs.account_id)


async def test_a_technician_sees_no_accounts(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_account(tx)
        technician = Principal(actor=SYSTEM, role=Role.TECHNICIAN)

        page = await service.see_accounts(tx, technician, page_size=50, cursor=None)

    assert page.items == []


async def test_accounts_come_in_pages_that_neither_repeat_nor_skip(database: Database, clock):
    made: list[UUID] = []
    for _ in range(5):
        async with database.transaction(SYSTEM, "test") as tx:
            made.append((await make_account(tx)).id)
        clock.advance(1)

    seen: list[UUID] = []
    cursor: str | None = None
    async with database.snapshot(SYSTEM, "test") as tx:
        while cursor is not None or not seen:
            page = await service.see_accounts(tx, AGENT, page_size=2, cursor=cursor)
            seen += [view.id for view in page.items]
            cursor = page.next_cursor

    assert seen == made


async def test_premises_get_their_territory_later(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        territory = await make_territory(tx)
        premises = await make_premises(tx)

        assigned = await service.assign_territory(tx, premises.id, territory.id)

    assert premises.territory_id is None
    assert assigned.territory_id == territory.id


async def test_places_are_found_by_words_of_address_and_customer_in_the_own_territories(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        north, south = await make_territory(tx, code="N"), await make_territory(tx, code="S")
        account = await make_account(tx, name="Aino Laine")
        home, office = [
            await make_premises(tx, account.id, street=street, territory_id=north.id)
            for street in ("Liisankatu 12", "Kirkkokatu 100%")
        ]
        theirs = await make_premises(tx, street="Liisankatu 14", territory_id=south.id)

        async def found(principal: Principal, q: str) -> list[UUID]:
            return [place.id for place in (await service.find_premises(tx, principal, q)).items]

        assert await found(dispatcher(north.id), "liisan AINO") == [home.id]
        assert await found(dispatcher(north.id), "laine") == [office.id, home.id]
        assert await found(AGENT, "liisankatu") == [home.id, theirs.id]
        assert await found(AGENT, "0%") == [office.id]
        assert await found(AGENT, "nowhere") == []


async def test_a_search_says_that_it_lists_only_the_first(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        for number in range(service.MOST_FOUND + 1):
            await make_premises(tx, street=f"Liisankatu {number}")

        many, one = [await service.find_premises(tx, AGENT, q) for q in ("liisankatu", "liisankatu 20")]

    assert (len(many.items), many.has_more) == (service.MOST_FOUND, True)
    assert ([place.street for place in one.items], one.has_more) == (["Liisankatu 20"], False)
