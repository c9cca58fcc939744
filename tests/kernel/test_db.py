"""Opening a database safely, and what a transaction promises."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, make_url, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.orm.exc import StaleDataError

from backend.kernel import db
from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.db import SQLITE_PRAGMAS, Database, Transaction, UnsafeDatabase, open_database
from backend.kernel.errors import NotFound
from backend.kernel.feed import FeedEntry
from tests.factories.listening import listening
from tests.kernel.widgets import Widget, WidgetNote, widget


class WidgetNotFound(NotFound):
    code = "widget_not_found"


async def write_and_fail(tx: Transaction, **changes: Any) -> None:
    widget(tx, **changes)
    await tx.flush()
    raise ZeroDivisionError


async def count(database: Database, model: type) -> int:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(func.count()).select_from(model))).one()


async def prepared_statements(database: Database) -> int:
    """How many there are after a statement was used some times on one connection."""
    async with database.snapshot(SYSTEM, "test") as tx:
        for _ in range(db.PREPARE_AFTER + 1):
            await tx.session.execute(select(text("1")))
        return (await tx.session.execute(text("SELECT count(*) FROM pg_prepared_statements"))).scalar_one()


@asynccontextmanager
async def pooler(address: str) -> AsyncIterator[str]:
    """The address of a relay to PostgreSQL that tells its clients a process id of its own, as poolers do."""
    found = make_url(address)
    key_data = b"K" + (12).to_bytes(4, "big")  # BackendKeyData, its length, then the process id and a secret

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_unix_connection(
            f"{found.query['host']}/.s.PGSQL.{found.port or 5432}"
        )

        async def answers() -> None:
            while data := await up_reader.read(1 << 16):
                head, mark, rest = data.partition(key_data)
                writer.write(head + mark + bytes(4) + rest[4:] if mark else data)

        async with asyncio.TaskGroup() as both:
            both.create_task(answers())
            while data := await reader.read(1 << 16):
                up_writer.write(data)
            up_writer.close()
        await up_writer.wait_closed()

    async with listening(relay) as port:
        yield f"postgresql://{found.username}@127.0.0.1:{port}/{found.database}?sslmode=disable"


# --- Opening ----------------------------------------------------------------------------------------------------------


async def test_every_sqlite_connection_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path / 'new.db'}")

    engine = database.engine.execution_options(reads_only=True)
    async with engine.connect() as first, engine.connect() as second:
        for name, value in SQLITE_PRAGMAS.items():
            assert (await first.execute(text(f"PRAGMA {name}"))).scalar() == value
        assert (await second.execute(text("PRAGMA synchronous"))).scalar() == 2
    await database.close()


async def test_a_sqlite_that_would_lose_commits_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_engine = db.make_engine

    def make_careless_engine(url: str) -> AsyncEngine:
        engine = make_engine(url)
        event.listen(engine.sync_engine, "connect", lambda dbapi, _: dbapi.execute("PRAGMA synchronous=NORMAL"))
        return engine

    monkeypatch.setattr(db, "make_engine", make_careless_engine)

    with pytest.raises(UnsafeDatabase, match="'synchronous': 1"):
        await open_database(f"sqlite:///{tmp_path / 'new.db'}")


async def test_a_database_in_memory_is_refused() -> None:
    with pytest.raises(UnsafeDatabase, match="journal_mode"):
        await open_database("sqlite://")


@pytest.mark.postgres
async def test_a_postgres_that_acknowledges_before_it_has_written_is_refused(postgres: str) -> None:
    separator = "&" if "?" in postgres else "?"

    with pytest.raises(UnsafeDatabase, match="synchronous_commit"):
        await open_database(f"{postgres}{separator}options=-c%20synchronous_commit%3Doff")


@pytest.mark.postgres
async def test_a_statement_that_is_often_used_is_prepared(postgres: str) -> None:
    database = await open_database(postgres)

    assert await prepared_statements(database) > 0
    await database.close()


@pytest.mark.postgres
async def test_nothing_is_prepared_behind_a_pooler(postgres: str) -> None:
    async with pooler(postgres) as address:
        database = await open_database(address)

        assert await prepared_statements(database) == 0
        await database.close()


async def test_a_database_of_another_make_is_refused_by_name() -> None:
    with pytest.raises(UnsafeDatabase, match="mysql"):
        await open_database("mysql://localhost/truckroll")


# --- Transactions -----------------------------------------------------------------------------------------------------


async def test_a_transaction_that_ends_commits(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await tx.get(Widget, made.id, WidgetNotFound)).name == "gear"


async def test_a_transaction_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction(SYSTEM, "test") as tx:
            await write_and_fail(tx, scope="room:1")

    assert [await count(database, model) for model in (Widget, AuditRow, FeedEntry)] == [0, 0, 0]


async def test_a_hook_that_raises_takes_the_transaction_with_it(database: Database) -> None:
    async def refuse(_tx: Transaction) -> None:
        raise ZeroDivisionError

    hooked = await open_database(database.engine.url.render_as_string(hide_password=False), before_commit=(refuse,))

    with pytest.raises(ZeroDivisionError):
        async with hooked.transaction(SYSTEM, "test") as tx:
            widget(tx)

    await hooked.close()
    assert await count(database, Widget) == 0


async def test_a_row_that_is_not_there_is_told_in_the_slices_own_words(database: Database) -> None:
    async with database.snapshot(SYSTEM, "test") as tx:
        missing = tx.new_id()
        with pytest.raises(WidgetNotFound) as refused:
            await tx.get(Widget, missing, WidgetNotFound)

    assert refused.value.params == {"id": str(missing)}


async def test_locking_a_row_keeps_what_the_transaction_had_already_changed(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
    async with database.transaction(SYSTEM, "test") as tx:
        row = await tx.get(Widget, made.id, WidgetNotFound)
        row.name = "wheel"

        locked = await tx.get(Widget, made.id, WidgetNotFound, lock=True)

        assert locked.name == "wheel"


async def test_a_snapshot_cannot_write(database: Database) -> None:
    async with database.snapshot(SYSTEM, "test") as tx:
        widget(tx)
        with pytest.raises(DBAPIError):
            await tx.flush()
        await tx.session.rollback()

    assert await count(database, Widget) == 0


async def test_a_snapshot_sees_one_state_while_others_write(database: Database) -> None:
    async with database.snapshot(SYSTEM, "test") as reader:
        before = (await reader.session.scalars(select(func.count()).select_from(Widget))).one()
        async with database.transaction(SYSTEM, "test") as tx:
            widget(tx)
        after = (await reader.session.scalars(select(func.count()).select_from(Widget))).one()

    assert (before, after, await count(database, Widget)) == (0, 0, 1)


async def test_the_second_writer_of_one_version_is_told(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
    async with database.snapshot(SYSTEM, "test") as reader:
        stale = await reader.get(Widget, made.id, WidgetNotFound)
    async with database.transaction(SYSTEM, "test") as tx:
        (await tx.get(Widget, made.id, WidgetNotFound)).name = "wheel"

    async with database.transaction(SYSTEM, "test") as tx:
        tx.add(stale)
        stale.name = "cog"
        with pytest.raises(StaleDataError):
            await tx.flush()
        await tx.session.rollback()


# --- Savepoints -------------------------------------------------------------------------------------------------------


async def test_a_savepoint_that_fails_takes_its_changes_out_of_audit_and_feed(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        kept = widget(tx, scope="room:1")
        with pytest.raises(ZeroDivisionError):
            async with tx.savepoint():
                await write_and_fail(tx, scope="room:2")

    async with database.snapshot(SYSTEM, "test") as tx:
        audited = list(await tx.session.scalars(select(AuditRow.subject_id)))
        placed = list(await tx.session.scalars(select(FeedEntry.scope)))
    assert (audited, placed) == ([str(kept.id)], ["room:1"])


async def test_a_constraint_that_refuses_inside_a_savepoint_leaves_the_rest_usable(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx)
        tx.add(WidgetNote(id=tx.new_id(), widget_id=made.id, text="once"))
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                tx.add(WidgetNote(id=tx.new_id(), widget_id=made.id, text="once"))
        tx.add(WidgetNote(id=tx.new_id(), widget_id=made.id, text="twice"))

    assert await count(database, WidgetNote) == 2


async def test_a_row_changed_in_a_failed_savepoint_reads_as_before_it(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        made = widget(tx, scope="room:1")

        async def rename_and_fail() -> None:
            made.name = "wheel"
            await write_and_fail(tx)

        with pytest.raises(ZeroDivisionError):
            async with tx.savepoint():
                await rename_and_fail()

        assert made.name == "gear"


async def test_a_savepoint_that_ends_keeps_its_changes(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx, tx.savepoint():
        widget(tx, scope="room:1")

    assert [await count(database, model) for model in (Widget, AuditRow, FeedEntry)] == [1, 1, 1]
