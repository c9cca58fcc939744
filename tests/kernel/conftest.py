"""The kernel's own database: the product's tables and the widgets, with audit and feed written before each commit."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest

from backend.kernel.audit import write_audit
from backend.kernel.db import Database, open_database
from backend.kernel.feed import Feed
from tests.fakes import FixedClock
from tests.kernel.widgets import METADATA, WIDGETS

HOOKS = (write_audit, Feed.of(WIDGETS).write)


@pytest.fixture
async def database(database_url: str, clock: FixedClock, new_id: Callable[[], UUID]) -> AsyncIterator[Database]:
    opened = await open_database(database_url, clock=clock, new_id=new_id, before_commit=HOOKS)
    async with opened.engine.begin() as connection:
        await connection.run_sync(METADATA.create_all)
    yield opened
    await opened.close()


@pytest.fixture
async def other_process(database: Database, database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    """A second process on the same database, with connections of its own."""
    opened = await open_database(database_url, clock=clock, before_commit=HOOKS)
    yield opened
    await opened.close()
