"""Events that left a transaction: rows written with it, delivered by the worker, at least once.

An event says only what happened to whom and when; who reacts reads the rows. So events need no payload to keep
compatible, and a late reader never acts on stale values.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.tables import Row
from backend.kernel.tasks import WorkRow


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. type: `<subject>.<past tense>`, for example `job.completed`; id: for idempotence."""

    id: UUID
    type: str
    version: int
    subject_id: UUID
    occurred_at: datetime
    recorded_at: datetime


Subscriber = Callable[[Transaction, Event], Awaitable[None]]


class OutboxRow(WorkRow, Row):
    """An event on its way to the subscriptions."""

    __tablename__ = "outbox"
    audited = False

    type: Mapped[str] = mapped_column(index=True)
    event_version: Mapped[int] = mapped_column(default=1)
    subject_id: Mapped[UUID] = mapped_column(index=True)
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]

    def event(self) -> Event:
        return Event(
            id=self.id,
            type=self.type,
            version=self.event_version,
            subject_id=self.subject_id,
            occurred_at=self.occurred_at,
            recorded_at=self.recorded_at,
        )


def record(tx: Transaction, event_type: str, subject_id: UUID, *, occurred_at: datetime | None = None) -> None:
    """Put an event into the outbox of this transaction. occurred_at: when it happened, now if not said."""
    tx.add(
        OutboxRow(
            id=tx.new_id(),
            type=event_type,
            subject_id=subject_id,
            occurred_at=occurred_at or tx.now,
            recorded_at=tx.now,
            due_at=tx.now,
        )
    )


async def on_their_way(tx: Transaction, *event_types: str) -> frozenset[UUID]:
    """The subjects of events of these types that nobody has reacted to yet; parked ones wait for a person, and are not."""
    waiting = OutboxRow.due_at.is_not(None) & OutboxRow.parked_at.is_(None)
    query = select(OutboxRow.subject_id).where(OutboxRow.type.in_(event_types), waiting)
    return frozenset(await tx.session.scalars(query))


async def deliver(database: Database, subscriptions: Mapping[str, Sequence[Subscriber]], row_id: UUID) -> None:
    """Let every subscriber of one event write its rows, in one transaction with the mark that it was delivered."""
    async with database.transaction(SYSTEM, "deliver") as tx:
        row = await tx.session.get_one(OutboxRow, row_id)
        tx.cause = f"event:{row.type}"
        for react in subscriptions.get(row.type, ()):
            await react(tx, row.event())
        row.finish_work()
