"""Bodies of documents: kept for one version, rendered ahead, never another than a reader would render itself."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import func, select

from backend.kernel.audit import SYSTEM
from backend.kernel.bodies import FeedBody
from backend.kernel.db import Database, Transaction
from backend.kernel.errors import NotFound
from backend.kernel.feed import Feed, changes_since
from tests.kernel.widgets import WIDGETS, Widget, WidgetDocument, widget

pytestmark = pytest.mark.anyio

FEED = Feed.of(WIDGETS)


async def read(database: Database, scope: str = "room:1") -> list[dict[str, object]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        entries = await changes_since(tx, scope, after=0, limit=100)
        return [msgspec.json.decode(body) for body in (await FEED.bodies(tx, entries)).values()]


async def kept(database: Database) -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(func.count()).where(FeedBody.body.is_not(None)))).one()


async def test_a_body_that_was_rendered_ahead_is_what_a_reader_would_render(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        widget(tx, scope="room:1")
    before = await read(database)

    rendered = await FEED.render_ahead(database)

    assert (rendered, await kept(database)) == (1, 1)
    assert await read(database) == before


async def test_nothing_is_rendered_twice(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        widget(tx, scope="room:1")
    await FEED.render_ahead(database)

    assert await FEED.render_ahead(database) == 0


async def test_a_change_makes_the_kept_body_count_no_more(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        widget_id = widget(tx, scope="room:1").id
    await FEED.render_ahead(database)

    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.get(Widget, widget_id, NotFound)).name = "renamed"

    assert await kept(database) == 0
    assert [body["name"] for body in await read(database)] == ["renamed"]


async def test_a_body_that_was_overtaken_while_it_was_rendered_is_not_kept(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        widget_id = widget(tx, scope="room:1").id

    async def slow(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, WidgetDocument]:
        bodies = await WIDGETS.render(tx, ids)
        async with database.transaction(SYSTEM, "overtake") as other:
            (await other.get(Widget, widget_id, NotFound)).name = "renamed"
        return {id_: WidgetDocument(body.name) for id_, body in bodies.items() if isinstance(body, WidgetDocument)}

    await Feed.of(replace(WIDGETS, render=slow)).render_ahead(database)

    assert await kept(database) == 0


async def test_what_is_gone_from_every_scope_has_no_body(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        widget_id = widget(tx, scope="room:1").id
    async with database.transaction(SYSTEM, "test") as tx:
        await tx.session.delete(await tx.get(Widget, widget_id, NotFound))

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.scalars(select(func.count()).select_from(FeedBody))).one() == 0
    assert await FEED.render_ahead(database) == 0
