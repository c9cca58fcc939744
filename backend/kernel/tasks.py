"""Work that is due lives in rows; the clock only looks.

A row that has work mixes in `WorkRow`. A worker claims due rows under a lease (attempts are counted and committed
before the work runs), performs each, and the performer says it is finished in the transaction that records the result.
Several workers share the work by claims alone: `SKIP LOCKED` on PostgreSQL, the write lock on SQLite.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS = 0.5
LONGEST_RETRY_SECONDS = 300.0
LEASE_SECONDS = 10.0  # rows of a dead worker wait this long; a living one renews its leases
NEVER_ANSWERED = "every attempt ended without an answer: the worker died or took longer than its lease"
UNSEEN = {"synchronize_session": False}


class WorkRow:
    """Columns of a row that has work to do. due_at: when to look at it next; None when there is nothing to do.

    leased_by: the worker that has it, or had it last.
    """

    id: Any
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[str | None]
    last_error: Mapped[str | None]
    parked_at: Mapped[datetime | None]

    def finish_work(self, *, again_at: datetime | None = None) -> None:
        """Nothing more to do, or not before `again_at`: the next piece of work starts with fresh attempts."""
        self.due_at, self.attempts, self.leased_until = again_at, 0, None
        self.last_error = self.parked_at = None


@dataclass(frozen=True, kw_only=True)
class Work:
    """One kind of background work: which rows, how often to look, how many at a time.

    lanes: how many batches of one worker go on beside one another; for work that takes long and waits for others.
    """

    name: str
    model: type[Any]
    every_seconds: float = 0.25
    batch: int = 20
    max_attempts: int = 12
    lanes: int = 1


@dataclass(frozen=True, kw_only=True)
class Task(Work):
    """Work that is done row by row.

    perform: gets the row's id, outside any transaction; opens its own; may call the outside between them.
    """

    perform: Callable[[UUID], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class ManyTask(Work):
    """Work on many rows at a time by somebody who claims them, keeps their leases and lets them go himself.

    drain: gets the task and the worker's name; the number of rows that had their turn.
    """

    drain: Callable[[Work, str], Awaitable[int]]


@dataclass(frozen=True, kw_only=True)
class Lease:
    """One claimed row: it is this worker's, until it finishes, fails or the lease runs out."""

    row_id: UUID
    attempts: int
    worker: str


async def run_due(database: Database, task: Task | ManyTask, worker: str) -> int:
    """Claim and perform what is due for `task`, one batch; the number of rows that were claimed."""
    if isinstance(task, ManyTask):
        return await task.drain(task, worker)
    if not await anything_due(database, task):
        return 0
    claimed = await claim(database, task, worker)
    async with keep_leases(database, task, worker, [row_id for row_id, _ in claimed]):
        for row_id, attempts in claimed:
            await _perform(database, task, Lease(row_id=row_id, attempts=attempts, worker=worker))
    return len(claimed)


@asynccontextmanager
async def keep_leases(database: Database, task: Work, worker: str, ids: Iterable[UUID]) -> AsyncGenerator[None]:
    """Keep the leases of what is still being done for as long as this process lives, however long that takes.

    ids: read at each renewal, so it may be a view of what changes.
    """

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            held = (
                task.model.id.in_(list(ids)) & (task.model.leased_by == worker) & task.model.leased_until.is_not(None)
            )
            try:
                async with database.transaction(SYSTEM, f"renew:{task.name}") as tx:
                    await _write(tx, task.model, held, {"leased_until": tx.now + timedelta(seconds=LEASE_SECONDS)})
            except SQLAlchemyError as error:  # busy or away for a moment: the next renewal may still be in time
                log.warning("the leases of %s were not renewed: %r", task.name, error)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def claim(database: Database, task: Work, worker: str, *, at_most: int | None = None) -> list[tuple[UUID, int]]:
    """Lease up to one batch of due rows to `worker`; (id, attempts including this one) in order of due time.

    at_most: so many rows instead of the task's batch.

    A row whose last lease ran out at its last attempt is parked instead: it ends the process that touches it.
    """
    model = task.model
    async with database.transaction(SYSTEM, f"claim:{task.name}") as tx:
        due = (
            select(model.id, model.attempts)
            .where(*_due(model, tx.now))
            .order_by(model.due_at)
            .limit(at_most or task.batch)
        )
        rows = (await tx.session.execute(due.with_for_update(skip_locked=True))).all()
        fresh = [row for row in rows if row.attempts < task.max_attempts]
        spent = [row.id for row in rows if row.attempts >= task.max_attempts]
        until = tx.now + timedelta(seconds=LEASE_SECONDS)
        leased = {"attempts": model.attempts + 1, "leased_until": until, "leased_by": worker}
        await _write(tx, model, model.id.in_([row.id for row in fresh]), leased)
        await _write(tx, model, model.id.in_(spent), {"parked_at": tx.now, "last_error": NEVER_ANSWERED})
        return [(row.id, row.attempts + 1) for row in fresh]


async def _write(tx: Transaction, model: Any, which: ColumnElement[bool], values: dict[str, Any]) -> None:
    """Past the session: leases are no business facts, and counting a version for them would refuse their owners."""
    await tx.session.execute(update(model).where(which).values(values), execution_options=UNSEEN)


async def anything_due(database: Database, task: Work) -> bool:
    """Whether a row waits to be claimed: a look that locks nobody out."""
    async with database.snapshot(SYSTEM, f"look:{task.name}") as tx:
        found = await tx.session.scalars(select(task.model.id).where(*_due(task.model, tx.now)).limit(1))
        return found.first() is not None


def _due(model: Any, now: datetime) -> tuple[Any, ...]:
    free = model.leased_until.is_(None) | (model.leased_until <= now)
    return model.due_at <= now, free, model.parked_at.is_(None)


async def _perform(database: Database, task: Task, lease: Lease) -> None:
    try:
        await task.perform(lease.row_id)
    except Exception as error:  # the edge of background work: recorded on the row, tried again, parked in the end
        log.warning("%s of %s failed at attempt %d: %r", task.name, lease.row_id, lease.attempts, error, exc_info=True)
        await record_failure(database, task, lease, repr(error))


async def record_failure(database: Database, task: Work, lease: Lease, reason: str) -> None:
    """Write down on the row why it was not done; it is tried again later, and parked after its last attempt."""
    model = task.model
    # Only while the lease is still ours: a late failure must not undo what another worker finished meanwhile.
    ours = (model.id == lease.row_id) & (model.leased_by == lease.worker) & (model.attempts == lease.attempts)
    async with database.transaction(SYSTEM, f"fail:{task.name}") as tx:
        failed = {
            "due_at": tx.now + retry_delay(lease.attempts, random.random()),
            "leased_until": None,
            "leased_by": None,
            "last_error": reason[:2000],
            "parked_at": tx.now if lease.attempts >= task.max_attempts else None,
        }
        await _write(tx, model, ours, failed)


def retry_delay(attempts: int, jitter: float) -> timedelta:
    """Exponential back-off with full jitter. attempts: ≥ 1; jitter: 0 to 1.

    Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    longest = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1))
    return timedelta(seconds=longest * (0.5 + jitter / 2))
