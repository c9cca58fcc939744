"""Rows with work, and who has them: claimed under a lease, kept by the living, let go when done, or after a failure.

Several workers share the work by claims alone: `SKIP LOCKED` on PostgreSQL, the write lock on SQLite. Attempts are
counted and committed by the claim, before the work runs. What is done with a claimed row is in `tasks`.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, literal, select, union_all, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.statements import Question, among
from backend.kernel.tables import UtcDateTime

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
class Lease:
    """One claimed row: it is this worker's, until it finishes, fails or the lease runs out."""

    row_id: UUID
    attempts: int
    worker: str


@dataclass(frozen=True, kw_only=True)
class Work:
    """One kind of background work: which rows, how many at a time, how often each is tried.

    lanes: how many batches of one worker go on beside one another; for work that takes long and waits for others.
    """

    name: str
    model: type[Any]
    batch: int = 20
    max_attempts: int = 12
    lanes: int = 1


async def anything_due(database: Database, task: Work) -> bool:
    """Whether a row waits to be claimed: a look that locks nobody out."""
    return bool(await database.reads.rows(_question(task.model), now=database.clock.now()))


class Look:
    """One look for all kinds of work: what of them is due. With one each, a worker at rest did little else."""

    def __init__(self, kinds: Iterable[Work]) -> None:
        asked = (select(literal(kind.name).label("name")).where(exists(_any_due(kind.model))) for kind in kinds)
        self._question = Question(select(union_all(*asked).subquery().c.name))

    async def due(self, database: Database) -> list[str]:
        """The names of the kinds of which a row waits to be claimed."""
        return [name for (name,) in await database.reads.rows(self._question, now=database.clock.now())]


async def claim(database: Database, task: Work, worker: str, *, at_most: int | None = None) -> list[Lease]:
    """Lease up to one batch of due rows to `worker`, in order of due time; each lease counts this attempt.

    at_most: so many rows instead of the task's batch.

    A row whose last lease ran out at its last attempt is parked instead: it ends the process that touches it.
    """
    model, limit = task.model, at_most or task.batch

    async def write(tx: Transaction) -> list[Lease]:
        found = (await tx.session.execute(_claim(tx, model, worker, limit), execution_options=UNSEEN)).all()
        spent = [row.id for row in found if row.attempts > task.max_attempts]
        if spent:
            parked = {"parked_at": tx.now, "last_error": NEVER_ANSWERED, "attempts": task.max_attempts}
            await _write(tx, model, among(model.id, spent), parked)
        return [
            Lease(row_id=row.id, attempts=row.attempts, worker=worker)
            for row in sorted(found, key=lambda row: (row.due_at, row.id))
            if row.attempts <= task.max_attempts
        ]

    return await database.write(SYSTEM, f"claim:{task.name}", write)


async def finish(tx: Transaction, model: Any, row_ids: Collection[UUID]) -> None:
    """What `WorkRow.finish_work` does, for many rows that nobody has loaded, in one statement."""
    done = {"due_at": None, "attempts": 0, "leased_until": None, "last_error": None, "parked_at": None}
    await _write(tx, model, among(model.id, row_ids), done)


@asynccontextmanager
async def keep_leases(database: Database, task: Work, worker: str, ids: Iterable[UUID]) -> AsyncGenerator[None]:
    """Keep the leases of what is still being done for as long as this process lives, however long that takes.

    ids: read at each renewal, so it may be a view of what changes.
    """

    model = task.model

    async def write(tx: Transaction) -> None:
        held = among(model.id, list(ids)) & (model.leased_by == worker) & model.leased_until.is_not(None)
        await _write(tx, model, held, {"leased_until": tx.now + timedelta(seconds=LEASE_SECONDS)})

    async def renew() -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            try:
                await database.write(SYSTEM, f"renew:{task.name}", write)
            except SQLAlchemyError as error:  # busy or away for a moment: the next renewal may still be in time
                log.warning("the leases of %s were not renewed: %r", task.name, error)

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)


async def record_failure(database: Database, task: Work, lease: Lease, reason: str) -> None:
    """Write down on the row why it was not done; it is tried again later, and parked after its last attempt."""
    model = task.model
    # Only while the lease is still ours: a late failure must not undo what another worker finished meanwhile.
    ours = (model.id == lease.row_id) & (model.leased_by == lease.worker) & (model.attempts == lease.attempts)

    async def write(tx: Transaction) -> None:
        failed = {
            "due_at": tx.now + retry_delay(lease.attempts, random.random()),
            "leased_until": None,
            "leased_by": None,
            "last_error": reason[:2000],
            "parked_at": tx.now if lease.attempts >= task.max_attempts else None,
        }
        await _write(tx, model, ours, failed)

    await database.write(SYSTEM, f"fail:{task.name}", write)


def retry_delay(attempts: int, jitter: float) -> timedelta:
    """Exponential back-off with full jitter. attempts: ≥ 1; jitter: 0 to 1.

    Source: M. Brooker, "Exponential Backoff and Jitter", AWS Architecture Blog, 2015.
    """
    longest = min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (attempts - 1))
    return timedelta(seconds=longest * (0.5 + jitter / 2))


def _claim(tx: Transaction, model: Any, worker: str, limit: int) -> Any:
    """One statement. The rows are chosen apart: PostgreSQL might look for them again for each row that it updates."""
    due = select(model.id).where(*_due(model, tx.now)).order_by(model.due_at).limit(limit)
    chosen = due.with_for_update(skip_locked=True).cte("chosen")
    leased = {
        "attempts": model.attempts + 1,
        "leased_until": tx.now + timedelta(seconds=LEASE_SECONDS),
        "leased_by": worker,
    }
    claimed: Any = update(model).where(model.id.in_(select(chosen.c.id))).values(leased)
    return claimed.returning(model.id, model.attempts, model.due_at)


async def _write(tx: Transaction, model: Any, which: ColumnElement[bool], values: dict[str, Any]) -> None:
    """Past the session: leases are no business facts, and counting a version for them would refuse their owners."""
    await tx.session.execute(update(model).where(which).values(values), execution_options=UNSEEN)


@cache
def _question(model: Any) -> Question:
    return Question(_any_due(model))


def _any_due(model: Any) -> "Select[*tuple[Any, ...]]":
    return select(model.id).where(*_due(model, bindparam("now", type_=UtcDateTime()))).limit(1)


def _due(model: Any, now: Any) -> tuple[Any, ...]:
    free = model.leased_until.is_(None) | (model.leased_until <= now)
    return model.due_at <= now, free, model.parked_at.is_(None)
