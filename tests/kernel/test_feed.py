"""The feed: where each document is, numbered so that no reader misses a late commit."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction, open_database
from backend.kernel.errors import NotFound
from backend.kernel.feed import Feed, changes_since, epoch, scope_states
from tests.fakes import FixedClock
from tests.kernel.conftest import HOOKS
from tests.kernel.widgets import WIDGETS, Widget, WidgetDocument, WidgetNote, widget

BACKEND = Path(__file__).parent.parent.parent / "backend"
WRITES_FEED = re.compile(
    r"\bFeed(Entry|Scope)\(|\b(insert|update|delete|upsert|add|merge)\(\s*Feed(Entry|Scope)\b"
    r"|(?i:\b(INTO|UPDATE|DELETE FROM|TRUNCATE)\s+feed_(entry|scope)\b)"
)


async def feed(database: Database, scope: str, *, after: int = 0, limit: int = 100) -> list[tuple[int, str, UUID]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        found = await changes_since(tx, scope, after=after, limit=limit)
        return [(entry.seq, entry.op, entry.id) for entry in found]


async def new_widget(database: Database, scope: str | None = "room:1") -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        return widget(tx, scope=scope).id


async def move_to(database: Database, widget_id: UUID, scope: str | None) -> None:
    async with database.transaction(SYSTEM, "move") as tx:
        (await tx.get(Widget, widget_id, NotFound)).scope = scope


async def add_note(database: Database, widget_id: UUID, words: str) -> None:
    async with database.transaction(SYSTEM, "note") as tx:
        tx.add(WidgetNote(id=tx.new_id(), widget_id=widget_id, text=words))


async def test_a_document_appears_in_its_scope(database: Database) -> None:
    widget_id = await new_widget(database)

    assert await feed(database, "room:1") == [(1, "put", widget_id)]


async def test_a_document_without_a_scope_is_nowhere(database: Database) -> None:
    await new_widget(database, scope=None)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.session.execute(text("SELECT count(*) FROM feed_entry"))).scalar() == 0


async def test_a_document_that_moves_leaves_one_scope_and_appears_in_the_other(database: Database) -> None:
    widget_id = await new_widget(database)

    await move_to(database, widget_id, "room:2")

    assert await feed(database, "room:1") == [(2, "remove", widget_id)]
    assert await feed(database, "room:2") == [(1, "put", widget_id)]


async def test_a_scope_that_is_left_is_told_why(database: Database) -> None:
    widget_id = await new_widget(database)

    await move_to(database, widget_id, None)

    async with database.snapshot(SYSTEM, "test") as tx:
        [entry] = await changes_since(tx, "room:1", after=0, limit=10)
    assert (entry.op, entry.why, entry.version) == ("remove", "reassigned", 2)


async def test_a_deleted_document_is_removed_from_where_it_was(database: Database) -> None:
    widget_id = await new_widget(database)

    async with database.transaction(SYSTEM, "test") as tx:
        await tx.session.delete(await tx.get(Widget, widget_id, NotFound))

    async with database.snapshot(SYSTEM, "test") as tx:
        [entry] = await changes_since(tx, "room:1", after=0, limit=10)
    assert (entry.op, entry.why, entry.version) == ("remove", "deleted", 2)


async def test_a_change_of_a_watched_row_is_a_change_of_its_document(database: Database) -> None:
    widget_id = await new_widget(database)

    await add_note(database, widget_id, "oiled")

    assert await feed(database, "room:1") == [(2, "put", widget_id)]


async def test_each_scope_counts_its_changes_without_holes(database: Database) -> None:
    for _ in range(3):
        await new_widget(database, "room:1")
        await new_widget(database, "room:2")

    async with database.snapshot(SYSTEM, "test") as tx:
        states = await scope_states(tx, ["room:1", "room:2", "room:3"])
        numbers = {scope: state.seq for scope, state in states.items()}
    assert [seq for seq, _, _ in await feed(database, "room:1")] == [1, 2, 3]
    assert numbers == {"room:1": 3, "room:2": 3, "room:3": 0}


async def test_documents_of_one_transaction_get_numbers_of_their_own(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = {widget(tx, scope="room:1").id for _ in range(3)} | {widget(tx, scope="room:2").id}

    first, second = await feed(database, "room:1"), await feed(database, "room:2")
    assert [seq for seq, _, _ in first] == [1, 2, 3]
    assert [seq for seq, _, _ in second] == [1]
    assert {id_ for _, _, id_ in first + second} == made


async def test_one_document_that_changes_many_times_in_a_transaction_is_one_change(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx, scope="room:1")
        await tx.flush()
        made.name = "wheel"
        tx.add(WidgetNote(id=tx.new_id(), widget_id=made.id, text="oiled"))

    assert await feed(database, "room:1") == [(1, "put", made.id)]


async def test_a_reader_takes_the_feed_in_steps(database: Database) -> None:
    made = [await new_widget(database) for _ in range(3)]

    assert await feed(database, "room:1", limit=2) == [(1, "put", made[0]), (2, "put", made[1])]
    assert await feed(database, "room:1", after=2) == [(3, "put", made[2])]


async def test_a_database_has_one_epoch(database: Database) -> None:
    async with database.snapshot(SYSTEM, "test") as tx:
        assert len(await epoch(tx)) == 22


async def test_a_document_is_rendered_as_its_kind_says(database: Database) -> None:
    widget_id = await new_widget(database)

    async with database.snapshot(SYSTEM, "test") as tx:
        bodies = await Feed.of(WIDGETS).kinds["widget"].render(tx, [widget_id])

    assert bodies[widget_id] == WidgetDocument("gear")


async def test_no_reader_ever_sees_a_hole_below_a_number(database: Database, other_process: Database) -> None:
    async def write(process: Database) -> None:
        for _ in range(4):
            await new_widget(process)

    async def read(until: int) -> list[list[int]]:
        seen: list[list[int]] = []
        while not seen or len(seen[-1]) < until:
            seen.append([seq for seq, _, _ in await feed(database, "room:1")])
        return seen

    reading = asyncio.create_task(read(24))
    await asyncio.gather(*(write(process) for process in (database, other_process) * 3))

    assert all(look == list(range(1, len(look) + 1)) for look in await reading)


# --- Two transactions that meet, on PostgreSQL (SQLite lets one write at a time) ----------------------------------------


class Pause:
    """Holds a transaction of the cause `slow` after its feed was written and before it commits."""

    def __init__(self) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, tx: Transaction) -> None:
        if tx.cause == "slow":
            self.reached.set()
            await self.go_on.wait()


@pytest.fixture
def pause() -> Pause:
    return Pause()


@pytest.fixture
async def slow_process(
    database: Database, database_url: str, clock: FixedClock, pause: Pause
) -> AsyncIterator[Database]:
    opened = await open_database(database_url, clock=clock, before_commit=(*HOOKS, pause))
    yield opened
    await opened.close()


async def until_one_waits(database: Database) -> None:
    """Look until some other connection waits for a lock."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    async with database.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        while not (await autocommit.execute(waiting)).scalar():  # noqa: ASYNC110 - only the server knows of it
            await asyncio.sleep(0)


on_postgres = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@on_postgres
async def test_a_change_that_commits_late_keeps_later_numbers_waiting(
    database: Database, slow_process: Database, pause: Pause
) -> None:
    async def slowly() -> None:
        async with slow_process.transaction(SYSTEM, "slow") as tx:
            widget(tx, scope="room:1", name="first")

    first = asyncio.create_task(slowly())
    await pause.reached.wait()
    second = asyncio.create_task(new_widget(database))
    await until_one_waits(database)
    between = await feed(database, "room:1")
    pause.go_on.set()
    await asyncio.gather(first, second)

    assert between == []
    assert [(seq, id_ == second.result()) for seq, _, id_ in await feed(database, "room:1")] == [(1, False), (2, True)]


@on_postgres
async def test_other_scopes_do_not_wait(database: Database, slow_process: Database, pause: Pause) -> None:
    async def slowly() -> None:
        async with slow_process.transaction(SYSTEM, "slow") as tx:
            widget(tx, scope="room:1")

    first = asyncio.create_task(slowly())
    await pause.reached.wait()
    widget_id = await new_widget(database, "room:2")
    pause.go_on.set()
    await first

    assert await feed(database, "room:2") == [(1, "put", widget_id)]


@on_postgres
async def test_a_note_that_meets_a_move_does_not_bring_the_document_back(
    database: Database, slow_process: Database, pause: Pause
) -> None:
    widget_id = await new_widget(database, "room:1")

    async def move_slowly() -> None:
        async with slow_process.transaction(SYSTEM, "slow") as tx:
            (await tx.get(Widget, widget_id, NotFound)).scope = "room:2"

    moving = asyncio.create_task(move_slowly())
    await pause.reached.wait()
    noting = asyncio.create_task(add_note(database, widget_id, "oiled"))
    await until_one_waits(database)
    pause.go_on.set()
    await asyncio.gather(moving, noting)

    assert await feed(database, "room:1") == [(2, "remove", widget_id)]
    assert await feed(database, "room:2") == [(2, "put", widget_id)]


def test_nothing_but_the_feed_writes_its_tables() -> None:
    sources = [path for path in BACKEND.rglob("*.py") if "migrations" not in path.parts]
    writers = {path.relative_to(BACKEND).as_posix() for path in sources if WRITES_FEED.search(path.read_text())}

    assert writers == {"kernel/feed.py"}


@pytest.mark.parametrize(
    "line", ["FeedEntry(scope=scope)", "update(FeedScope)", "tx.upsert( FeedEntry )", 'text("DELETE FROM feed_entry")']
)
def test_a_write_to_the_feed_tables_is_recognised(line: str) -> None:
    assert WRITES_FEED.search(line)
