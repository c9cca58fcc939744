"""The race that costs such systems most: a change that was numbered early and commits late.

Ten writers hold their commits back for a random time while a reader takes whatever is new. A cursor over a sequence
loses changes here by the hundred, which the second test shows; the feed loses none.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import text

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction, open_database
from backend.kernel.feed import changes_since, scope_states
from tests.fakes import FixedClock
from tests.kernel.conftest import HOOKS
from tests.kernel.widgets import widget

SCOPE = "room:1"
WRITERS = 10
READ_AT_ONCE = 1000
LATEST_MS = 12  # enough for several other writers to commit meanwhile

# SQLite lets one transaction write at a time: there is no late commit to lose.
pytestmark = pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture
async def late_process(
    database: Database, database_url: str, clock: FixedClock, new_id: Callable[[], UUID]
) -> AsyncIterator[Database]:
    """A process whose commits come late. The database itself waits, with all locks that the transaction holds."""
    random = Random(1)

    async def come_late(tx: Transaction) -> None:
        await tx.session.execute(text("SELECT pg_sleep(:s)"), {"s": random.randrange(LATEST_MS) / 1000})

    opened = await open_database(database_url, clock=clock, new_id=new_id, before_commit=(*HOOKS, come_late))
    yield opened
    await opened.close()


async def race(late: Database, reader: Database, *, batches: int, batch: int) -> tuple[set[UUID], set[UUID]]:
    """(written, read) by ten writers, each with so many batches, and a reader that never looks back."""
    written, read, is_over = set[UUID](), set[UUID](), asyncio.Event()

    async def write() -> None:
        for _ in range(batches):
            async with late.transaction(SYSTEM, "test") as tx:
                made = {widget(tx, scope=SCOPE).id for _ in range(batch)}
            written.update(made)

    async def keep_reading() -> None:
        cursor, is_at_the_end = 0, False
        while not is_at_the_end:
            were_over = is_over.is_set()
            reached = await look(cursor)
            is_at_the_end, cursor = were_over and reached == cursor, reached

    async def look(cursor: int) -> int:
        """Take the next changes as a pull does: at their end the cursor goes to where the scope stands."""
        async with reader.snapshot(SYSTEM, "test") as tx:
            head = (await scope_states(tx, [SCOPE]))[SCOPE].seq
            changes = await changes_since(tx, SCOPE, after=cursor, limit=READ_AT_ONCE)
        read.update(change.id for change in changes)
        return changes[-1].seq if len(changes) == READ_AT_ONCE else head

    reading = asyncio.create_task(keep_reading())
    await asyncio.gather(*(write() for _ in range(WRITERS)))
    is_over.set()
    await reading
    return written, read


async def test_none_of_ten_thousand_changes_is_missed(late_process: Database, other_process: Database) -> None:
    written, read = await race(late_process, other_process, batches=20, batch=50)

    assert len(written) == 10_000
    assert written - read == set()


async def test_numbers_that_are_given_before_their_turn_to_commit_are_missed(
    late_process: Database, other_process: Database, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same race with the ordering taken out of the hook: a number comes from a transaction of its own."""
    count = text(
        "INSERT INTO feed_scope (scope, seq, floor, mismatches) VALUES (:scope, :by, 0, 0) "
        "ON CONFLICT (scope) DO UPDATE SET seq = feed_scope.seq + :by RETURNING seq"
    )

    async def advance_at_once(_tx: Transaction, by: Mapping[str, int]) -> dict[str, int]:
        async with database.engine.begin() as connection:
            return {
                scope: (await connection.execute(count, {"scope": scope, "by": further})).scalar_one()
                for scope, further in by.items()
            }

    monkeypatch.setattr("backend.kernel.feed._advance", advance_at_once)

    written, read = await race(late_process, other_process, batches=10, batch=5)

    assert len(written) == 500
    assert written - read != set()
