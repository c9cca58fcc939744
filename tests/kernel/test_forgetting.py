"""Old removals are forgotten, and the floor of a scope says from where on its feed is whole."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import NotFound
from backend.kernel.feed import (
    FeedEntry,
    changes_since,
    count_mismatches,
    forget_removals,
    mismatches,
    scope_states,
)
from tests.fakes import FixedClock
from tests.kernel.widgets import Widget, widget

DAY_SECONDS = 24 * 3600


async def new_widget(database: Database, scope: str = "room:1") -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        return widget(tx, scope=scope).id


async def move_to(database: Database, widget_id: UUID, scope: str | None) -> None:
    async with database.transaction(SYSTEM, "move") as tx:
        (await tx.get(Widget, widget_id, NotFound)).scope = scope


async def forget(database: Database, *, days: int = 45, limit: int = 100) -> int:
    async with database.transaction(SYSTEM, "forget") as tx:
        return await forget_removals(tx, before=tx.now - timedelta(days=days), limit=limit)


async def floor(database: Database, scope: str = "room:1") -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await scope_states(tx, [scope]))[scope].floor


async def removals(database: Database) -> list[UUID]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(FeedEntry.id).where(FeedEntry.op == "remove")))


async def removed(database: Database, scope: str = "room:1") -> UUID:
    """A widget that was in this scope and left it."""
    widget_id = await new_widget(database, scope)
    await move_to(database, widget_id, None)
    return widget_id


async def test_an_old_removal_is_forgotten_and_its_scope_says_from_where_on(
    database: Database, clock: FixedClock
) -> None:
    await removed(database)
    clock.advance(46 * DAY_SECONDS)

    assert await forget(database) == 1
    assert (await removals(database), await floor(database)) == ([], 2)


async def test_a_removal_that_a_phone_may_still_have_to_hear_of_stays(database: Database, clock: FixedClock) -> None:
    gone = await removed(database)
    clock.advance(44 * DAY_SECONDS)

    assert await forget(database) == 0
    assert (await removals(database), await floor(database)) == ([gone], 0)


async def test_what_is_there_is_never_forgotten(database: Database, clock: FixedClock) -> None:
    widget_id = await new_widget(database)
    clock.advance(400 * DAY_SECONDS)
    await forget(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert [entry.id for entry in await changes_since(tx, "room:1", after=0, limit=10)] == [widget_id]


async def test_a_document_that_came_back_was_not_removed(database: Database, clock: FixedClock) -> None:
    widget_id = await removed(database)
    await move_to(database, widget_id, "room:1")
    clock.advance(46 * DAY_SECONDS)

    assert (await forget(database), await floor(database)) == (0, 0)


async def test_only_the_scope_that_was_left_is_touched(database: Database, clock: FixedClock) -> None:
    widget_id = await new_widget(database, "room:1")
    await move_to(database, widget_id, "room:2")
    clock.advance(46 * DAY_SECONDS)
    await forget(database)

    assert (await floor(database, "room:1"), await floor(database, "room:2")) == (2, 0)


async def test_forgetting_goes_in_steps(database: Database, clock: FixedClock) -> None:
    for _ in range(3):
        await removed(database)
    clock.advance(46 * DAY_SECONDS)

    assert [await forget(database, limit=2) for _ in range(3)] == [2, 1, 0]
    assert await floor(database) == 6


async def test_readers_that_differ_are_counted(database: Database) -> None:
    await new_widget(database, "room:1")
    await new_widget(database, "room:2")
    async with database.transaction(SYSTEM, "test") as tx:
        await count_mismatches(tx, {"room:1", "room:2"})
        await count_mismatches(tx, {"room:2"})

    async with database.snapshot(SYSTEM, "test") as tx:
        assert await mismatches(tx) == 3
