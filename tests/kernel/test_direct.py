"""Whole transactions in a thread: what a use case may await, and that it commits or leaves nothing."""

import asyncio
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.db import Database, Transaction
from backend.kernel.direct import WaitedForSomethingElse
from tests.kernel.widgets import Widget, WidgetNote, widget

pytestmark = pytest.mark.anyio


async def count(tx: Transaction) -> int:
    return (await tx.session.scalars(select(func.count()).select_from(Widget))).one()


async def add(tx: Transaction) -> None:
    widget(tx)


async def test_what_a_use_case_writes_is_committed_with_its_audit(database: Database) -> None:
    await database.write(SYSTEM, "test", add)

    assert await database.look(SYSTEM, "test", count) == 1
    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(AuditRow.cause))).all() == ["test"]


async def test_nothing_is_left_of_a_use_case_that_raises(database: Database) -> None:
    async def fail(tx: Transaction) -> None:
        widget(tx)
        await tx.flush()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.write(SYSTEM, "test", fail)

    assert await database.look(SYSTEM, "test", count) == 0


async def test_a_savepoint_undoes_only_what_is_in_it(database: Database) -> None:
    async def half(tx: Transaction) -> int:
        widget(tx)
        with suppress(ZeroDivisionError):
            async with tx.savepoint():
                widget(tx)
                raise ZeroDivisionError
        return await count(tx)

    assert await database.write(SYSTEM, "test", half) == 1


async def test_a_use_case_that_waits_for_something_else_is_a_mistake(database: Database) -> None:
    async def dawdle(tx: Transaction) -> None:
        widget(tx)
        await asyncio.sleep(0)

    with pytest.raises(WaitedForSomethingElse, match="whole"):
        await database.write(SYSTEM, "test", dawdle)

    assert await database.look(SYSTEM, "test", count) == 0


async def test_who_only_looks_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await database.look(SYSTEM, "test", write_note)


async def write_note(tx: Transaction) -> None:
    tx.add(WidgetNote(id=tx.new_id(), widget_id=tx.new_id(), text="no"))
    await tx.flush()


async def test_more_may_write_at_once_than_there_are_threads(database: Database) -> None:
    await asyncio.gather(*(database.write(SYSTEM, "test", add) for _ in range(20)))

    assert await database.look(SYSTEM, "test", count) == 20


async def test_turns_and_transactions_of_the_event_loop_live_beside_each_other(database: Database) -> None:
    async def from_the_loop() -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            widget(tx)

    await asyncio.gather(*(one for _ in range(5) for one in (from_the_loop(), database.write(SYSTEM, "test", add))))

    assert await database.look(SYSTEM, "test", count) == 10
