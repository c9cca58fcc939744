"""The kernel's small values: ids, money, pages, columns."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.ids import uuid7
from backend.kernel.money import MAX_AMOUNT_MINOR, Money
from backend.kernel.paging import BadCursor, decode_cursor, encode_cursor, page_of
from tests.fakes import MONDAY
from tests.kernel.widgets import Label, Widget, WidgetState, widget

# --- Ids --------------------------------------------------------------------------------------------------------------


def test_ids_are_of_version_7_and_the_rfc_variant() -> None:
    made = uuid7(MONDAY, lambda n: b"\xff" * n)

    assert (made.version, made.variant) == (7, "specified in RFC 4122")


def test_an_id_carries_its_millisecond() -> None:
    # The example of RFC 9562, appendix A.6.
    instant = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)

    made = uuid7(instant, lambda n: bytes.fromhex("0cc318c4dc0c0c07398f")[:n])

    assert made == UUID("017f22e2-79b0-7cc3-98c4-dc0c0c07398f")


def test_later_ids_sort_later() -> None:
    ids = [uuid7(MONDAY + timedelta(milliseconds=n), lambda n: b"\x00" * n) for n in range(1000)]

    assert ids == sorted(set(ids))


def test_an_instant_before_1970_has_no_id() -> None:
    with pytest.raises(OverflowError):
        uuid7(datetime(1969, 12, 31, tzinfo=UTC))


# --- Money ------------------------------------------------------------------------------------------------------------


def test_money_multiplies_exactly() -> None:
    assert Money(amount_minor=1999, currency="EUR").times(3) == Money(amount_minor=5997, currency="EUR")


@pytest.mark.parametrize(
    "amount",
    [
        {"amount_minor": 19.99, "currency": "EUR"},
        {"amount_minor": "1999", "currency": "EUR"},
        {"amount_minor": MAX_AMOUNT_MINOR + 1, "currency": "EUR"},
        {"amount_minor": 1999, "currency": "eur"},
        {"amount_minor": 1999, "currency": "EURO"},
        {"amount_minor": 1999, "currency": "EUR\n"},
        {"amount_minor": 1999},
    ],
)
def test_what_is_no_amount_of_money_is_refused(amount: dict[str, object]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(amount, Money)


# --- Pages ------------------------------------------------------------------------------------------------------------


def test_a_page_with_more_behind_it_says_where_to_go_on() -> None:
    ids = [UUID(int=n) for n in range(3)]

    page = page_of(["a", "b", "c"], ids, page_size=2)

    assert page.items == ["a", "b"]
    assert page.next_cursor is not None
    assert decode_cursor(page.next_cursor) == ids[1]


def test_the_last_page_says_that_it_is_the_last() -> None:
    assert page_of(["a", "b"], [UUID(int=1), UUID(int=2)], page_size=2).next_cursor is None
    assert page_of([], [], page_size=2).items == []


@pytest.mark.parametrize("cursor", ["", "x", "!!!", "ä", "AAAA", "0" * 500, encode_cursor(UUID(int=7)) + "!"])
def test_a_cursor_that_we_did_not_make_is_refused(cursor: str) -> None:
    with pytest.raises(BadCursor):
        decode_cursor(cursor)


# --- Columns ----------------------------------------------------------------------------------------------------------


async def test_instants_come_back_aware_and_in_utc(database: Database) -> None:
    helsinki = timezone(timedelta(hours=3))
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx, due_at=datetime(2026, 6, 1, 9, 0, 0, 123456, tzinfo=helsinki))

    async with database.snapshot(SYSTEM, "test") as tx:
        due_at = (await tx.session.get_one(Widget, made.id)).due_at
    assert due_at == datetime(2026, 6, 1, 6, 0, 0, 123456, tzinfo=UTC)
    assert due_at is not None
    assert due_at.tzinfo is UTC


async def test_an_instant_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive"):
        async with database.transaction(SYSTEM, "test") as tx:
            widget(tx, due_at=datetime(2026, 6, 1))  # noqa: DTZ001 - the mistake that this is about


async def test_states_are_stored_by_value_and_come_back_as_themselves(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)

    async with database.snapshot(SYSTEM, "test") as tx:
        stored = (await tx.session.scalars(select(func.lower(Widget.__table__.c.state)))).one()
        read = (await tx.session.get_one(Widget, made.id)).state
    assert (stored, read) == ("planned", WidgetState.PLANNED)
    assert type(read) is WidgetState


async def test_structs_come_back_as_themselves(database: Database) -> None:
    label = Label(text="Gear", printed_at=MONDAY, sizes_mm={12: "small", 40: "large"})
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx, label=label)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.get_one(Widget, made.id)).label == label


async def test_no_struct_is_null_for_the_database_too(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx, label=None)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert list(await tx.session.scalars(select(Widget.id).where(Widget.label.is_(None)))) == [made.id]
