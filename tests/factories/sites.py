"""Real sites for tests: use cases in their database beside their processes, and a PostgreSQL that may be hurt."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from typing import TypeVar
from uuid import uuid4

from backend.demo.site import Site
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Transaction, open_database
from tests.factories.databases import SCRATCH, postgres_in
from tests.schema import FEED

T = TypeVar("T")


def in_database(site: Site, use_case: Callable[[Transaction], Awaitable[T]]) -> T:
    """Run a use case in a transaction of the site's own database, as another process of it would."""

    async def run() -> T:
        database = await open_database(site.database_url, before_commit=FEED)
        async with database.transaction(SYSTEM, "test") as tx:
            found = await use_case(tx)
        await database.close()
        return found

    return asyncio.run(run())


def kill(site: Site, name: str) -> None:
    """End a process of the site with SIGKILL and its children with it, as a power cut does; return when it is gone.

    A server that only lost its parent would go on answering.
    """
    process = site.processes[name]
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    for pid in (process.pid, *map(int, children)):
        os.kill(pid, signal.SIGKILL)
    process.wait()


@contextmanager
def own_postgres() -> Iterator[str]:
    """The address of a PostgreSQL that nobody else uses, for a test that kills it."""
    directory = SCRATCH / f"truckroll-postgres-{uuid4().hex[:12]}"
    server = postgres_in(directory, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        rmtree(directory)
