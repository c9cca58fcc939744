"""What the beats of a clock lead to: one look for all kinds of work, and for each as many drains as it has lanes.

A beat never waits. What is still at work when the next one comes is left at it, however slow the database is.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from backend.kernel.db import Database
from backend.kernel.leases import Look
from backend.kernel.tasks import AnyTask, run_due

log = logging.getLogger(__name__)


class Steady:
    """Something to do at each beat, never twice at a time. act: what it raises is logged, and the next beat tries again."""

    def __init__(self, act: Callable[[], Awaitable[None]]) -> None:
        self._act = act
        self._at_work: asyncio.Task[None] | None = None

    async def beat(self) -> None:
        """Begin, unless it is still at work; returns at once."""
        if self._at_work is None or self._at_work.done():
            self._at_work = asyncio.create_task(self._once())

    async def end(self, within_seconds: float) -> None:
        """Let what is at work come to its end, and cut it off after that; its leases run out then."""
        if self._at_work is None:
            return
        _, late = await asyncio.wait([self._at_work], timeout=within_seconds)
        for one in late:
            one.cancel()
            await asyncio.gather(one, return_exceptions=True)

    async def _once(self) -> None:
        try:
            await self._act()
        except Exception:  # the edge of what nobody awaits
            log.exception("what a beat led to ended early; the next one begins it again")


class Foreman:
    """Sees to it that what is due is done by `worker`, until `stop` is set."""

    def __init__(self, database: Database, kinds: Sequence[AnyTask], worker: str, stop: asyncio.Event) -> None:
        self._database = database
        self._worker = worker
        self._stop = stop
        self._look = Look(kinds)
        self._lanes = {kind.name: [Steady(partial(self._drain, kind)) for _ in range(kind.lanes)] for kind in kinds}

    async def look(self) -> None:
        """Look once, and begin what is due and not yet at work."""
        for name in await self._look.due(self._database):
            for lane in self._lanes[name]:
                await lane.beat()

    async def end(self, within_seconds: float) -> None:
        """Let what is being done come to its end."""
        await asyncio.gather(*(lane.end(within_seconds) for lanes in self._lanes.values() for lane in lanes))

    async def _drain(self, kind: AnyTask) -> None:
        while not self._stop.is_set() and await run_due(self._database, kind, self._worker):
            pass
