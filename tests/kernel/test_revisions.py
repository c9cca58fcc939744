"""Rows that are changed alike are written together, and everything else is as when a session writes each by itself."""

from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.db import Database, Transaction
from tests.fakes import MONDAY
from tests.kernel.widgets import Label, Widget, WidgetNote, WidgetState, widget

pytestmark = pytest.mark.anyio

LABEL = Label(text='café "1"', printed_at=MONDAY, sizes_mm={7: "A"})


async def three(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        for number in range(3):
            widget(tx, name=f"gear {number}")


async def widgets(tx: Transaction) -> list[Widget]:
    return list(await tx.session.scalars(select(Widget).order_by(Widget.name)))


async def paint(tx: Transaction) -> None:
    for one in await widgets(tx):
        one.state, one.label, one.due_at, one.scope = WidgetState.MADE, LABEL, tx.now + timedelta(seconds=1.5), None


async def test_each_row_has_its_new_values_and_the_next_version(database: Database):
    await three(database)

    await database.write(SYSTEM, "test", paint)

    async with database.snapshot(SYSTEM, "test") as tx:
        found = [(one.name, one.state, one.label, one.due_at, one.version) for one in await widgets(tx)]
    due_at = MONDAY + timedelta(seconds=1.5)
    assert found == [(f"gear {number}", WidgetState.MADE, LABEL, due_at, 2) for number in range(3)]


async def test_a_row_that_was_written_together_can_be_changed_again(database: Database):
    await three(database)

    async def twice(tx: Transaction) -> list[int]:
        await paint(tx)
        await tx.flush()
        (first, *_others) = found = await widgets(tx)
        first.name = "the first"
        await tx.flush()
        return [one.version for one in found]

    assert await database.write(SYSTEM, "test", twice) == [3, 2, 2]


async def test_values_of_each_row_are_its_own(database: Database):
    await three(database)

    async def name(tx: Transaction) -> None:
        for number, one in enumerate(await widgets(tx)):
            one.name = f"wheel {number}"

    await database.write(SYSTEM, "test", name)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert [one.name for one in await widgets(tx)] == ["wheel 0", "wheel 1", "wheel 2"]


async def test_one_statement_writes_them_all(database: Database):
    await three(database)
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        seen.append(statement)

    async with database.transaction(SYSTEM, "test") as tx:
        await paint(tx)
        event.listen(database.engine.sync_engine, "before_cursor_execute", note)
        await tx.flush()
        event.remove(database.engine.sync_engine, "before_cursor_execute", note)

    assert [statement for statement in seen if statement.startswith("UPDATE widget")] == []


@pytest.mark.parametrize("changed", [1, 3])
async def test_a_row_that_somebody_changed_meanwhile_is_refused(database: Database, changed: int):
    await three(database)
    async with database.snapshot(SYSTEM, "test") as tx:
        ids = [one.id for one in await widgets(tx)][:changed]

    async def late(tx: Transaction) -> None:
        await paint(tx)
        with tx.session.no_autoflush:
            counted = update(Widget).where(Widget.id.in_(ids)).values(version=Widget.version + 1)
            await tx.session.execute(counted, execution_options={"synchronize_session": False})
        await tx.flush()

    with pytest.raises(StaleDataError):
        await database.write(SYSTEM, "test", late)


async def test_each_change_is_audited_once_with_its_columns(database: Database):
    await three(database)

    await database.write(SYSTEM, "paint", paint)

    async with database.snapshot(SYSTEM, "test") as tx:
        rows = await tx.session.scalars(select(AuditRow).where(AuditRow.cause == "paint"))
        found = [(row.subject_kind, row.change, sorted(row.fields)) for row in rows]
    assert found == [("widget", "update", ["due_at", "label", "state"])] * 3


async def test_a_savepoint_takes_back_what_was_written_together(database: Database):
    await three(database)

    async def undo(tx: Transaction) -> list[tuple[WidgetState, int]]:
        with suppress(ValueError):
            async with tx.savepoint():
                await paint(tx)
                await tx.flush()
                raise ValueError("no")
        return [(one.state, one.version) for one in await widgets(tx)]

    assert await database.write(SYSTEM, "test", undo) == [(WidgetState.PLANNED, 1)] * 3


async def test_what_has_to_be_unique_is_still_refused(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
        await tx.flush()
        tx.add(*(WidgetNote(id=tx.new_id(), widget_id=made.id, text=text) for text in ("one", "two")))

    async def same(tx: Transaction) -> None:
        for note in await tx.session.scalars(select(WidgetNote)):
            note.text = "the same"

    with pytest.raises(IntegrityError):
        await database.write(SYSTEM, "test", same)
