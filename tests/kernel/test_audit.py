"""What a transaction changed is noted, and written to the audit with it."""

from uuid import UUID

import pytest
from sqlalchemy import select, update

from backend.kernel.audit import SYSTEM, Actor, AuditRow
from backend.kernel.changes import Change, merged
from backend.kernel.db import Database
from backend.kernel.errors import NotFound
from tests.kernel.widgets import Widget, WidgetNote, widget


async def audit(database: Database) -> list[AuditRow]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(AuditRow).order_by(AuditRow.id)))


async def test_an_insert_is_noted_with_all_its_columns(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        note = WidgetNote(id=tx.new_id(), widget_id=tx.new_id(), text="oiled")
        tx.add(note)
        await tx.flush()

        [change] = tx.changes
    assert (change.table, change.row_id, change.kind, change.row) == ("widget_note", note.id, "insert", note)
    assert set(change.fields) == {"id", "widget_id", "text"}


async def test_an_update_is_noted_with_the_columns_that_were_written(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
    async with database.transaction(SYSTEM, "test") as tx:
        row = await tx.get(Widget, made.id, NotFound)
        row.name, row.scope = "wheel", row.scope
        await tx.flush()

        assert [(change.kind, change.fields) for change in tx.changes] == [("update", ("name",))]


async def test_a_row_that_was_touched_but_keeps_its_values_is_no_change(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
    async with database.transaction(SYSTEM, "test") as tx:
        row = await tx.get(Widget, made.id, NotFound)
        row.name = "gear"
        await tx.flush()

        assert list(tx.changes) == []


async def test_a_delete_is_noted_without_columns(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
    async with database.transaction(SYSTEM, "test") as tx:
        await tx.session.delete(await tx.get(Widget, made.id, NotFound))
        await tx.flush()

        assert [(change.row_id, change.kind, change.fields) for change in tx.changes] == [(made.id, "delete", ())]


async def test_a_bulk_statement_is_seen_when_it_says_so(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
    async with database.transaction(SYSTEM, "test") as tx:
        row = await tx.get(Widget, made.id, NotFound)
        await tx.session.execute(update(Widget).values(scope="room:1"))
        tx.changes.touch(row, "scope")

    assert [(row.change, row.fields) for row in await audit(database)][1:] == [("update", ["scope"])]


async def test_who_did_it_by_what_and_when_stands_in_the_audit(database: Database) -> None:
    eero = Actor(kind="user", id=UUID(int=7))
    async with database.transaction(eero, "POST /widgets") as tx:
        made = widget(tx)

    [row] = await audit(database)
    assert (row.actor_kind, row.actor_id, row.cause, row.at) == ("user", eero.id, "POST /widgets", tx.now)
    assert (row.subject_kind, row.subject_id, row.change) == ("widget", str(made.id), "insert")


async def test_no_value_reaches_the_audit(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx, name="canary-4711")
        await tx.flush()
        made.scope = "canary-4712"

    rows = await audit(database)
    assert rows
    assert "canary" not in repr([vars(row) for row in rows])


async def test_several_flushes_of_one_row_are_one_change(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
        await tx.flush()
        made.name = "wheel"
        await tx.flush()
        made.scope = "room:1"

    assert [row.change for row in await audit(database)] == ["insert"]


def test_merged_changes_keep_every_column_once_and_end_in_a_delete() -> None:
    first = Change("widget", 1, "update", ("name",), None)
    second = Change("widget", 1, "update", ("scope", "name"), None)
    gone = Change("widget", 1, "delete", (), None)
    other = Change("widget", 2, "update", ("name",), None)

    assert merged([first, other, second]) == [Change("widget", 1, "update", ("name", "scope"), None), other]
    assert merged([first, gone]) == [gone]


async def test_the_audit_of_a_transaction_goes_with_its_rollback(database: Database) -> None:
    async def write_and_fail() -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            widget(tx)
            await tx.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_fail()

    assert await audit(database) == []
