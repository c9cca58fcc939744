"""Telling waiting clients that something has changed: one look at the scopes' numbers for all who wait in this process.

A poke is a hint and never the data: who hears one pulls, and nobody needs to hear them all. The database is looked at
and does not call, because a NOTIFY would make every commit wait for its turn.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from math import ceil

from sqlalchemy.exc import SQLAlchemyError

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import Unavailable
from backend.kernel.feed import scope_states
from sync.protocol import MAX_WAIT_S, Poke

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 0.3  # how soon a waiting client hears of a change
HEARTBEAT_S = 15  # below the idle limit of common proxies
STREAM_HEARTBEATS = 40  # ten quiet minutes: then the client opens it again, and is asked anew who it is
MAX_LISTENERS = 2_000  # per process: every phone of a large operator, and the boards

Pause = Callable[[float], Awaitable[None]]
Numbers = Mapping[str, int]
"""Scope → the number of its last change."""


class TooManyListeners(Unavailable):
    """Everybody waits here already. Pull now and then instead."""

    code = "busy"


class News:
    """The scopes' numbers, looked at again and again while anybody waits for another one."""

    def __init__(self, database: Database, *, pause: Pause = asyncio.sleep) -> None:
        self._database = database
        self._pause = pause
        self._listeners = set[_Listener]()
        self._looking: asyncio.Task[None] | None = None

    async def wait(self, known: Numbers, *, wait_s: int) -> Numbers:
        """The scopes whose number is not the known one, as soon as there is one; none when the time is over.

        known: every scope that is listened to. wait_s: at most MAX_WAIT_S. Raises TooManyListeners.
        """
        assert wait_s <= MAX_WAIT_S, f"{wait_s} s is longer than anybody may wait"
        if len(self._listeners) >= MAX_LISTENERS:
            raise TooManyListeners()
        listener = _Listener(known, looks=ceil(wait_s / LOOK_EVERY_SECONDS))
        self._listeners.add(listener)
        if self._looking is None:
            self._looking = asyncio.create_task(self._look())
        try:
            return await listener.heard
        finally:
            self._listeners.discard(listener)

    async def close(self) -> None:
        """Let everybody go."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)
        for listener in self._listeners:
            listener.heard.cancel()

    async def _look(self) -> None:
        while self._listeners:
            numbers = await self._numbers()
            for listener in self._listeners:
                listener.tell(numbers)
            await self._pause(LOOK_EVERY_SECONDS)
        self._looking = None

    async def _numbers(self) -> Numbers:
        """None at all while the database cannot be asked: the next look may find it back."""
        scopes = {scope for listener in self._listeners for scope in listener.known}
        try:
            async with self._database.snapshot(SYSTEM, "news") as tx:
                return {scope: state.seq for scope, state in (await scope_states(tx, scopes)).items()}
        except SQLAlchemyError as error:
            log.warning("nobody hears of news for a moment: %r", error)
            return {}


class _Listener:
    """One that waits, for so many looks."""

    def __init__(self, known: Numbers, *, looks: int) -> None:
        self.known = known
        self.heard: asyncio.Future[Numbers] = asyncio.get_running_loop().create_future()
        self._looks_left = looks

    def tell(self, numbers: Numbers) -> None:
        self._looks_left -= 1
        news = {s: number for s, number in numbers.items() if s in self.known and number != self.known[s]}
        if (news or self._looks_left < 0) and not self.heard.done():
            self.heard.set_result(news)


async def pokes(news: News, known: Numbers) -> AsyncGenerator[Poke | None]:
    """A poke for each scope that changes; None as a heartbeat. It ends by itself, to be opened again."""
    quiet = 0
    while quiet < STREAM_HEARTBEATS:
        changed = await news.wait(known, wait_s=HEARTBEAT_S)
        for scope, number in sorted(changed.items()):
            yield Poke(scope=scope, seq=number)
        if not changed:
            quiet += 1
            yield None
        known = {**known, **changed}
