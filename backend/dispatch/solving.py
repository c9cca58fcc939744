"""Solver processes: a search takes seconds of a whole core, which neither the web's nor the worker's loop can spare."""

import asyncio
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Protocol

from backend.dispatch.searching import Answer, Question, work_it_out


class Solver(Protocol):
    """Answers a question somewhere where it holds nobody up."""

    async def __call__(self, question: Question, /) -> Answer:
        """Raises InvalidProblem, PlanBreaksRules; BrokenProcessPool when the process died."""
        ...


class SolverProcesses:
    """So many processes of their own, started when they are first needed."""

    def __init__(self, count: int = 1) -> None:
        self._count = count
        self._pool: ProcessPoolExecutor | None = None

    async def __call__(self, question: Question) -> Answer:
        if self._pool is None:
            # Spawned, not forked: a copy of a process with threads and database connections may hang.
            self._pool = ProcessPoolExecutor(self._count, mp_context=get_context("spawn"))
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work_it_out, question)
        except BrokenProcessPool:
            self.close()  # a pool that lost a process answers nothing any more: the next question starts a new one
            raise

    def close(self) -> None:
        """Let the processes end; one that is searching ends with its search."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None
