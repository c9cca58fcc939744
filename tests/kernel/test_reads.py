"""Questions past the session: the same values as a session reads, and a line that broke is not used again."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import bindparam, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import create_async_engine

from backend.kernel.audit import SYSTEM, Actor, AuditRow
from backend.kernel.db import Database
from backend.kernel.statements import Question
from tests.kernel.widgets import widget

pytestmark = pytest.mark.anyio

COLUMNS = (AuditRow.id, AuditRow.at, AuditRow.actor_id, AuditRow.cause, AuditRow.fields)
AUDITED = Question(select(*COLUMNS).where(AuditRow.actor_id == bindparam("actor_id")))


async def changed_by(database: Database, actor: Actor) -> None:
    async with database.transaction(actor, "test") as tx:
        widget(tx)


async def test_values_are_those_that_a_session_reads(database: Database) -> None:
    actor = Actor(kind="user", id=uuid4())
    await changed_by(database, actor)

    rows = await database.reads.rows(AUDITED, actor_id=actor.id)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert rows == [tuple(row) for row in await tx.session.execute(select(*COLUMNS))]
    assert len(rows) == 1


async def test_each_question_sees_what_was_committed_before_it(database: Database) -> None:
    actor = Actor(kind="user", id=uuid4())

    before = await database.reads.rows(AUDITED, actor_id=actor.id)
    await changed_by(database, actor)
    after = await database.reads.rows(AUDITED, actor_id=actor.id)

    assert (len(before), len(after)) == (0, 1)


async def test_more_may_ask_at_once_than_there_are_connections(database: Database) -> None:
    answers = await asyncio.gather(*(database.reads.rows(AUDITED, actor_id=uuid4()) for _ in range(20)))

    assert answers == [[]] * 20


async def test_a_question_that_writes_is_refused_on_sqlite(database: Database) -> None:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL has no such switch for one statement; a Question is a SELECT by its type")
    await database.reads.rows(AUDITED, actor_id=uuid4())

    with pytest.raises(Exception, match="readonly"):
        database.reads._connection().execute("DELETE FROM audit")  # type: ignore[attr-defined]  # noqa: SLF001


@pytest.mark.postgres
async def test_after_a_broken_line_the_next_question_is_answered(database: Database) -> None:
    if database.dialect != "postgresql":
        pytest.skip("SQLite has no line that could break")
    await database.reads.rows(AUDITED, actor_id=uuid4())
    breaker = create_async_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    async with breaker.connect() as connection:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
        await connection.execute(text(f"{others} AND pid <> pg_backend_pid()"))
    await breaker.dispose()

    with pytest.raises(OperationalError) as caught:
        await database.reads.rows(AUDITED, actor_id=uuid4())

    assert caught.value.connection_invalidated, "so that it is answered with 503 and not as a mistake of ours"
    assert await database.reads.rows(AUDITED, actor_id=uuid4()) == []
