"""Watching a run from outside: its state and how far the search is, again and again until it has an answer.

The worker searches in another process, perhaps on another host; what it says of its progress is a row. Few people watch for
less than a minute, so that each stream looks for itself (phones, of which there are hundreds, share one look: `offline.waiting`).
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from uuid import UUID

from backend.dispatch import queries
from backend.dispatch.errors import UnknownRun
from backend.dispatch.lifecycle import UNFINISHED
from backend.dispatch.schemas import RunNews
from backend.identity.principal import Principal
from backend.kernel.db import Database

LOOK_EVERY_SECONDS = 0.3
MOST_LOOKS = 1_000  # five minutes, longer than any search takes: then the client opens the stream again

Pause = Callable[[float], Awaitable[None]]


async def look(database: Database, principal: Principal, run_id: UUID) -> RunNews:
    """Raises UnknownRun, also for one that the principal may not see."""
    async with database.snapshot(principal.actor, "follow_run") as tx:
        run = await queries.visible_run(tx, principal, run_id)
        if run is None:
            raise UnknownRun(id=str(run_id))
        return RunNews(run_id=run.id, state=run.state, progress=await queries.progress_of(tx, run_id))


async def follow(
    database: Database, principal: Principal, first: RunNews, *, pause: Pause = asyncio.sleep
) -> AsyncGenerator[RunNews]:
    """What there is to say of a run, each time that it changes; the last says that it has ended."""
    news = first
    yield news
    for _ in range(MOST_LOOKS):
        if news.state not in UNFINISHED:
            return
        await pause(LOOK_EVERY_SECONDS)
        newer = await look(database, principal, first.run_id)
        if newer != news:
            news = newer
            yield news
