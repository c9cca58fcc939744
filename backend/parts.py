"""What both processes are made of: the database with its hooks, and an adapter behind every port.

Which supplier stands behind a port is decided here, from the settings, and nowhere else.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from backend.kernel.audit import write_audit
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.db import Database, open_database
from backend.kernel.feed import Feed
from backend.settings import Settings

FEED = Feed.of()
BEFORE_COMMIT = (write_audit, FEED.write)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The opened parts of one process."""

    settings: Settings
    clock: Clock
    database: Database


@asynccontextmanager
async def open_parts(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[Parts]:
    """Open everything that `settings` names, and close it in the end."""
    clock = clock or SystemClock()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = await open_database(settings.database_url, clock=clock, before_commit=BEFORE_COMMIT)
    try:
        yield Parts(settings=settings, clock=clock, database=database)
    finally:
        await database.close()
