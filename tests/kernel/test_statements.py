"""Statements past the session, in a session's transaction and in a thread's: the same values, order, errors and savepoints."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import bindparam, insert, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.db import Database, Transaction
from backend.kernel.feed import FeedScope
from backend.kernel.statements import Insertion, Question, among
from backend.kernel.tables import Row, StructJson
from tests.kernel.widgets import METADATA, Label, Widget, WidgetNote, WidgetState, widget

pytestmark = pytest.mark.anyio

LABEL = Label(text='café "1"', printed_at=datetime(2026, 3, 1, 8, 30, tzinfo=UTC), sizes_mm={7: "A"})


class Sample(Row):
    """A column of each type that our tables have."""

    __tablename__ = "widget_sample"
    metadata = METADATA

    made: Mapped[datetime]
    weight: Mapped[float]
    count: Mapped[int]
    is_good: Mapped[bool]
    state: Mapped[WidgetState]
    label: Mapped[Label | None] = mapped_column(StructJson(Label))
    value: Mapped[Any] = mapped_column(StructJson(Any), nullable=True)
    body: Mapped[bytes | None]
    note: Mapped[str | None]


COLUMNS = Sample.__table__.c
PUT = Insertion(Sample.__table__)
SAMPLES = Question(select(*COLUMNS).where(among(COLUMNS.id, "ids")).order_by(COLUMNS.count))
MADE_AT = Question(select(COLUMNS.count).where(among(COLUMNS.made, "times")))
NOTES = Question(select(WidgetNote.text).where(WidgetNote.widget_id == bindparam("widget_id")).order_by(WidgetNote.id))


def sample(**changes: Any) -> dict[str, Any]:
    values = {
        "id": uuid4(),
        "made": datetime(2026, 3, 1, 8, 30, 0, 250, tzinfo=UTC),
        "weight": -18.51,
        "count": 1,
        "is_good": True,
        "state": WidgetState.MADE,
        "label": LABEL,
        "value": ["a", 1, {"b": None}],
        "body": b'{"a":"\\u00e9"}\x00\xff',
        "note": "it's 100% \\ fine: :ids %(ids)s",
    }
    return values | changes


async def in_a_thread(database: Database, use_case: Callable[[Transaction], Awaitable[Any]]) -> Any:
    async def carried_out(tx: Transaction) -> Any:
        return await use_case(tx)

    return await database.write(SYSTEM, "test", carried_out)


async def in_a_session(database: Database, use_case: Callable[[Transaction], Awaitable[Any]]) -> Any:
    async with database.transaction(SYSTEM, "test") as tx:
        return await use_case(tx)


@pytest.fixture(params=[in_a_session, in_a_thread])
def carry_out(request: pytest.FixtureRequest) -> Any:
    return request.param


async def test_rows_are_put_in_as_a_session_would(database: Database, carry_out: Any) -> None:
    rows = [sample(count=n) for n in range(3)]
    rows[1] |= {"label": None, "value": None, "body": None, "note": None, "is_good": False, "made": LABEL.printed_at}

    async def put(tx: Transaction) -> None:
        await tx.put(PUT, *rows)

    await carry_out(database, put)

    async with database.snapshot(SYSTEM, "test") as tx:
        found = (await tx.session.scalars(select(Sample).order_by(Sample.count))).all()
        assert [{name: getattr(row, name) for name in COLUMNS.keys()} for row in found] == [  # noqa: SIM118 - of columns
            dict(row) for row in rows
        ]


async def test_rows_are_asked_for_as_a_session_wrote_them(database: Database, carry_out: Any) -> None:
    rows = [sample(count=n, made=LABEL.printed_at + timedelta(hours=n)) for n in range(3)]

    async def asked(tx: Transaction) -> tuple[Any, Any, Any]:
        await tx.session.execute(insert(Sample), rows)
        some = [rows[2]["id"], rows[0]["id"], uuid4()]
        times = [row["made"] for row in rows[1:]]
        return await tx.ask(SAMPLES, ids=some), await tx.ask(MADE_AT, times=times), await tx.ask(SAMPLES, ids=[])

    samples, times, none = await carry_out(database, asked)

    assert samples == [tuple(row[name] for name in COLUMNS.keys()) for row in (rows[0], rows[2])]  # noqa: SIM118
    assert (times, none) == ([(1,), (2,)], [])


async def test_what_comes_back_is_in_the_order_of_the_rows(database: Database, carry_out: Any) -> None:
    scopes = FeedScope.__table__.c
    returning = Insertion(FeedScope.__table__, lambda new: new.returning(scopes.scope, scopes.seq))

    async def put(tx: Transaction) -> Any:
        return await tx.put(
            returning, *[{"scope": name, "seq": n, "floor": 0, "mismatches": 0} for n, name in enumerate("cab")]
        )

    assert await carry_out(database, put) == [("c", 0), ("a", 1), ("b", 2)]


async def test_a_constraint_answers_as_it_does_to_a_session(database: Database, carry_out: Any) -> None:
    row = sample()

    async def twice(tx: Transaction) -> None:
        await tx.put(PUT, row, row)

    with pytest.raises(IntegrityError) as caught:
        await carry_out(database, twice)

    assert "it's" not in str(caught.value), "an error's text goes to the log, people's data do not"


async def test_a_value_that_no_column_takes_is_an_error_of_the_database_on_postgresql(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite keeps whatever it gets")

    with pytest.raises(StatementError):
        async with database.transaction(SYSTEM, "test") as tx:
            await tx.put(PUT, sample(count="many"))


async def test_an_appended_row_is_seen_by_the_next_query_and_noted(database: Database, carry_out: Any) -> None:
    async def appended(tx: Transaction) -> Any:
        made = widget(tx)
        tx.append(WidgetNote, widget_id=made.id, text="first")
        tx.append(WidgetNote, widget_id=made.id, text="second")
        texts = (await tx.session.scalars(select(WidgetNote.text).order_by(WidgetNote.id))).all()
        return texts, [(change.table, change.kind, change.row.text) for change in list(tx.changes)[1:]]

    texts, noted = await carry_out(database, appended)

    assert texts == ["first", "second"]
    assert noted == [("widget_note", "insert", text) for text in texts]
    async with database.snapshot(SYSTEM, "test") as tx:
        audited = select(AuditRow.subject_kind).where(AuditRow.subject_kind == "widget_note")
        assert len((await tx.session.scalars(audited)).all()) == 2


async def test_a_question_does_not_write_what_waits(database: Database, carry_out: Any) -> None:
    async def asked(tx: Transaction) -> Any:
        made: Widget = widget(tx)
        tx.append(WidgetNote, widget_id=made.id, text="waiting")
        before = await tx.ask(NOTES, widget_id=made.id)
        await tx.flush()
        return before, await tx.ask(NOTES, widget_id=made.id)

    assert await carry_out(database, asked) == ([], [("waiting",)])


@pytest.mark.parametrize("is_written", [True, False])
async def test_a_savepoint_that_fails_takes_its_appended_rows_along(
    database: Database, carry_out: Any, *, is_written: bool
) -> None:
    async def half(tx: Transaction) -> UUID:
        made = widget(tx)
        tx.append(WidgetNote, widget_id=made.id, text="before")
        with suppress(ZeroDivisionError):
            async with tx.savepoint():
                tx.append(WidgetNote, widget_id=made.id, text="in it")
                if is_written:
                    await tx.flush()
                raise ZeroDivisionError
        tx.append(WidgetNote, widget_id=made.id, text="after")
        return made.id

    made_id = await carry_out(database, half)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert await tx.ask(NOTES, widget_id=made_id) == [("before",), ("after",)]


async def test_a_constraint_refuses_an_appended_row_inside_its_savepoint(database: Database, carry_out: Any) -> None:
    async def twice(tx: Transaction) -> UUID:
        made = widget(tx)
        tx.append(WidgetNote, widget_id=made.id, text="once")
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                tx.append(WidgetNote, widget_id=made.id, text="once")
        return made.id

    made_id = await carry_out(database, twice)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert await tx.ask(NOTES, widget_id=made_id) == [("once",)]
