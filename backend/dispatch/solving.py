"""Solver processes: a search takes seconds of a whole core, which neither the web's nor the worker's loop can spare."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from time import monotonic
from typing import Protocol

from backend.dispatch.searching import Answer, PlanBreaksRules, Question, warm_engine, work_it_out
from scheduling import InvalidProblem, Progress

TELL_EVERY_SECONDS = 0.25  # how old news of a search may be, and how soon it ends when nobody wants it any more

# Whoever asks hears how far the search is, a few times a second (None before the first news), and answers whether the
# answer is still wanted.
Watch = Callable[[Progress | None], Awaitable[bool]]


class SolverDied(Exception):
    """The process ended without an answer: the question was too much for it, or somebody killed it."""


class NotWanted(Exception):
    """Whoever asked wants no answer any more; the search has ended."""


class Solver(Protocol):
    """Answers a question somewhere where it holds nobody up."""

    async def __call__(self, question: Question, watch: Watch, /) -> Answer:
        """Raises InvalidProblem, PlanBreaksRules; SolverDied; NotWanted after the watch said so."""
        ...


class SolverProcesses:
    """So many processes of their own. Each answers one question at a time; more questions wait."""

    def __init__(self, count: int = 1) -> None:
        self._count = count
        self._room = asyncio.Semaphore(count)
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()

    def warm(self) -> None:
        """Start all of them now, so that the first question finds the engine loaded."""
        self._idle += [_Process() for _ in range(self._count - len(self._idle) - len(self._busy))]

    @property
    def pids(self) -> list[int]:
        """Of the processes that are searching."""
        return [process.pid for process in self._busy]

    async def __call__(self, question: Question, watch: Watch) -> Answer:
        async with self._room:
            process = self._take()
            try:
                answer = await process.answer(question, watch)
            except (InvalidProblem, PlanBreaksRules):
                self._idle.append(process)
                raise
            except BaseException:
                process.kill()  # nobody will hear it; what is not wanted any more must not go on searching
                raise
            else:
                self._idle.append(process)
                return answer
            finally:
                self._busy.discard(process)

    def close(self) -> None:
        """End the processes, with what they are searching."""
        for process in (*self._idle, *self._busy):
            process.kill()
        self._idle.clear()

    def _take(self) -> "_Process":
        process = self._idle.pop() if self._idle else _Process()
        if not process.is_alive:
            process = _Process()
        self._busy.add(process)
        return process


class _Process:
    """One process behind a pipe: questions go in, progress and answers come out."""

    def __init__(self) -> None:
        # Spawned, not forked: a copy of a process with threads and database connections may hang.
        context = get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=answer_questions, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()  # or its end would never be noticed here

    @property
    def pid(self) -> int:
        assert self._process.pid is not None, "the process was started"
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.is_alive()

    async def answer(self, question: Question, watch: Watch) -> Answer:
        news: Progress | None = None
        try:
            await asyncio.to_thread(self._pipe.send, question)
            while True:
                told = await asyncio.to_thread(self._hear)
                if isinstance(told, Answer):
                    return told
                if isinstance(told, Exception):
                    raise told
                news = told or news
                if not await watch(news):
                    raise NotWanted
        except (EOFError, ConnectionError):
            raise SolverDied from None

    def kill(self) -> None:
        self._process.kill()
        self._process.join()
        self._pipe.close()

    def _hear(self) -> Answer | Exception | Progress | None:
        """What the process says next; None when it is silent: it may be at something that takes long."""
        return self._pipe.recv() if self._pipe.poll(TELL_EVERY_SECONDS) else None


def answer_questions(pipe: Connection) -> None:
    """The life of a solver process. It ends with the process that asks, at the latest when it has something to say."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # from the terminal it goes to all; who asks decides when to end
    warm_engine()
    try:
        while True:
            question: Question = pipe.recv()
            try:
                pipe.send(work_it_out(question, _telling(pipe)))
            except (InvalidProblem, PlanBreaksRules) as error:
                pipe.send(error)
    except (EOFError, ConnectionError):
        return


def _telling(pipe: Connection) -> Callable[[Progress], bool]:
    """A progress callback that tells over the pipe, not more often than anybody looks."""
    told_at = monotonic()

    def tell(progress: Progress) -> bool:
        nonlocal told_at
        if monotonic() - told_at >= TELL_EVERY_SECONDS:
            told_at = monotonic()
            pipe.send(progress)
        return True

    return tell
