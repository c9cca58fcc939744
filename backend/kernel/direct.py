"""Whole transactions in one turn of a thread, for the work that comes in floods.

A statement that is awaited costs as much again in switches between tasks, greenlets and threads as the statement
itself. A use case awaits nothing but its database; so its coroutine can run over a blocking session from beginning to
end without an event loop, and only the thread that it runs in waits.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, asynccontextmanager
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

T = TypeVar("T")


class WaitedForSomethingElse(RuntimeError):
    """A use case awaited what is no statement of its own transaction: there is no event loop to wait with."""


class DirectSession:
    """The methods of AsyncSession that use cases know, over a blocking session: awaiting them never waits."""

    def __init__(self, session: Session) -> None:
        self._session = self.sync_session = session
        self.info = session.info
        self.identity_map = session.identity_map

    async def run_sync(self, work: Callable[..., T], *arguments: Any) -> T:
        return work(self._session, *arguments)

    async def execute(self, *arguments: Any, **options: Any) -> Any:
        return self._session.execute(*arguments, **options)

    async def scalars(self, *arguments: Any, **options: Any) -> Any:
        return self._session.scalars(*arguments, **options)

    async def scalar(self, *arguments: Any, **options: Any) -> Any:
        return self._session.scalar(*arguments, **options)

    async def get(self, *arguments: Any, **options: Any) -> Any:
        return self._session.get(*arguments, **options)

    async def get_one(self, *arguments: Any, **options: Any) -> Any:
        return self._session.get_one(*arguments, **options)

    async def merge(self, *arguments: Any, **options: Any) -> Any:
        return self._session.merge(*arguments, **options)

    async def refresh(self, *arguments: Any, **options: Any) -> None:
        self._session.refresh(*arguments, **options)

    async def delete(self, row: object) -> None:
        self._session.delete(row)

    async def flush(self) -> None:
        self._session.flush()

    def add_all(self, rows: Iterable[object]) -> None:
        self._session.add_all(rows)

    @property
    def no_autoflush(self) -> AbstractContextManager[Any]:
        return self._session.no_autoflush

    def get_bind(self) -> Any:
        return self._session.get_bind()

    @asynccontextmanager
    async def begin_nested(self) -> AsyncGenerator[None]:
        with self._session.begin_nested():
            yield


class Turns:
    """Threads that carry out transactions over one blocking engine, `at_once` of them; the others wait for their turn."""

    def __init__(self, engine: Engine, session_class: type[Session], *, at_once: int) -> None:
        self._engine = engine
        self._session_class = session_class
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="transaction")

    async def take(self, use_case: Callable[[DirectSession], Coroutine[Any, Any, T]]) -> T:
        """The use case's answer, committed; what it raises, with nothing of it left."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._carry_out, use_case)

    def close(self) -> None:
        self._threads.shutdown()
        self._engine.dispose()

    def _carry_out(self, use_case: Callable[[DirectSession], Coroutine[Any, Any, T]]) -> T:
        with self._session_class(self._engine, expire_on_commit=False) as session, session.begin():
            return _answer(use_case(DirectSession(session)))


def _answer(coroutine: Coroutine[Any, Any, T]) -> T:
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    coroutine.close()
    raise WaitedForSomethingElse(coroutine.__qualname__)
