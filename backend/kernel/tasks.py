"""Work that is due lives in rows; the clock only looks. The kinds of work that there are, and one turn of each.

A row that has work mixes in `leases.WorkRow`. A worker claims due rows, performs them, and the performer says that one is
finished in the transaction that records the result.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from backend.kernel.db import Database
from backend.kernel.leases import Lease, Work, anything_due, claim, keep_leases, record_failure

log = logging.getLogger(__name__)

FAILED = "%s of %s failed at attempt %d: %r"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Task(Work):
    """Work that is done row by row.

    perform: gets the row's id, outside any transaction; opens its own; may call the outside between them.
    at_once: rows of one claim that are performed at the same time; worth it where the outside is waited for.
    """

    perform: Callable[[UUID], Awaitable[None]]
    at_once: int = 1


@dataclass(frozen=True, kw_only=True)
class BatchTask(Work):
    """Work that is done for many claimed rows together.

    perform: gets the task and the leases, outside any transaction; records by itself what failed (see `together`).
    """

    perform: Callable[[Work, Sequence[Lease]], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ManyTask(Work):
    """Work on many rows at a time by somebody who claims them, keeps their leases and lets them go himself.

    drain: gets the task and the worker's name; the number of rows that had their turn.
    """

    drain: Callable[[Work, str], Awaitable[int]]


AnyTask = Task | BatchTask | ManyTask


async def run_due(database: Database, task: AnyTask, worker: str) -> int:
    """Claim and perform what is due for `task`, one batch; the number of rows that were claimed."""
    if isinstance(task, ManyTask):
        return await task.drain(task, worker)
    if not await anything_due(database, task):
        return 0
    leases = await claim(database, task, worker)
    async with keep_leases(database, task, worker, [lease.row_id for lease in leases]):
        if isinstance(task, BatchTask):
            await task.perform(task, leases)
        else:
            await _each(database, task, leases)
    return len(leases)


async def together(
    database: Database, task: Work, leases: Sequence[Lease], write: Callable[[Sequence[Lease]], Awaitable[T]]
) -> list[T]:
    """Do one thing for all of these rows; where that fails for each alone, so that a mistake holds up only its own row.

    write: all or nothing for the leases that it gets. What it answers, once or for each; what fails alone is recorded.
    """
    try:
        return [await write(leases)]
    except Exception as error:  # the edge of background work: recorded on the row, tried again, parked in the end
        if len(leases) > 1:
            log.info("%s of %d rows failed together, so each goes alone: %r", task.name, len(leases), error)
            return [answer for lease in leases for answer in await together(database, task, [lease], write)]
        log.warning(FAILED, task.name, leases[0].row_id, leases[0].attempts, error, exc_info=True)
        await record_failure(database, task, leases[0], repr(error))
        return []


async def _each(database: Database, task: Task, leases: Sequence[Lease]) -> None:
    room = asyncio.Semaphore(task.at_once)

    async def perform(lease: Lease) -> None:
        async with room:
            await _perform(database, task, lease)

    await asyncio.gather(*(perform(lease) for lease in leases))


async def _perform(database: Database, task: Task, lease: Lease) -> None:
    try:
        await task.perform(lease.row_id)
    except Exception as error:  # the edge of background work: recorded on the row, tried again, parked in the end
        log.warning(FAILED, task.name, lease.row_id, lease.attempts, error, exc_info=True)
        await record_failure(database, task, lease, repr(error))
