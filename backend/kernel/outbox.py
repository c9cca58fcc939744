"""Events that left a transaction: rows written with it, delivered by the worker, at least once.

An event says only what happened to whom and when; who reacts reads the rows. So events need no payload to keep
compatible, and a late reader never acts on stale values.
"""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import msgspec
from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.leases import Lease, Work, WorkRow, finish
from backend.kernel.statements import among
from backend.kernel.tables import Row
from backend.kernel.tasks import BatchTask, together

TOGETHER = 20
"""Events of one claim and one transaction at most: it holds what it locked for a tenth of a second then."""


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened. type: `<subject>.<past tense>`, for example `job.completed`; id: for idempotence."""

    id: UUID
    type: str
    version: int
    subject_id: UUID
    occurred_at: datetime
    recorded_at: datetime


Subscriber = Callable[[Transaction, Event], Awaitable[None]]


@dataclass(frozen=True)
class AtOnce:
    """A subscriber that reacts to all events of one transaction at once: for types that come in floods, of which each by
    itself would cost many statements. react: gets events of one type, in the order in which they are delivered."""

    react: Callable[[Transaction, Sequence[Event]], Awaitable[None]]

    async def __call__(self, tx: Transaction, event: Event) -> None:
        await self.react(tx, [event])


Subscriptions = Mapping[str, Sequence[Subscriber]]


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
    tx.append(
        OutboxRow,
        type=event_type,
        subject_id=subject_id,
        occurred_at=occurred_at or tx.now,
        recorded_at=tx.now,
        due_at=tx.now,
    )


async def on_their_way(tx: Transaction, *event_types: str) -> frozenset[UUID]:
    """The subjects of events of these types that nobody has reacted to yet; parked ones wait for a person, and are not."""
    waiting = OutboxRow.due_at.is_not(None) & OutboxRow.parked_at.is_(None)
    query = select(OutboxRow.subject_id).where(OutboxRow.type.in_(event_types), waiting)
    return frozenset(await tx.session.scalars(query))


def delivering(database: Database, subscriptions: Subscriptions) -> BatchTask:
    """The worker's task that lets every subscriber of an event write its rows, with the mark that it was delivered."""
    deliver = partial(_deliver, database, subscriptions)
    return BatchTask(name="deliver events", model=OutboxRow, perform=deliver, batch=TOGETHER)


async def _deliver(database: Database, subscriptions: Subscriptions, task: Work, leases: Sequence[Lease]) -> None:
    """Events of one type share a transaction; those that came before go alone, as they may be what stopped it then."""
    of = {lease.row_id: lease for lease in leases}
    events = await database.look(SYSTEM, "look:events", partial(_events, ids=list(of)))
    again = {event.id for event in events if of[event.id].attempts > 1}
    for batch in batches(events, alone=again):

        async def write(some: Sequence[Lease], batch: Sequence[Event] = batch) -> None:
            held = {lease.row_id for lease in some}
            chosen = [event for event in batch if event.id in held]
            cause = f"event:{batch[0].type}"
            await database.write(SYSTEM, cause, partial(_react, subscriptions=subscriptions, events=chosen))

        await together(database, task, [of[event.id] for event in batch], write)


def batches(events: Iterable[Event], *, alone: Collection[UUID]) -> list[list[Event]]:
    """Events of one type together, of each subject in the order in which they come. alone: ids of those with no company."""
    found: list[list[Event]] = []
    reached: dict[UUID, int] = {}  # subject → the batch of its last event
    for event in events:
        first = reached.get(event.subject_id, 0)
        fits = (n for n in range(first, len(found)) if event.type == found[n][0].type and found[n][0].id not in alone)
        place = len(found) if event.id in alone else next(fits, len(found))
        if place == len(found):
            found.append([])
        found[place].append(event)
        reached[event.subject_id] = place
    return found


async def _events(tx: Transaction, ids: Collection[UUID]) -> list[Event]:
    rows = await tx.session.scalars(
        select(OutboxRow).where(among(OutboxRow.id, ids)).order_by(OutboxRow.due_at, OutboxRow.id)
    )
    return [row.event() for row in rows]


async def _react(tx: Transaction, subscriptions: Subscriptions, events: Sequence[Event]) -> None:
    """One subscriber after the other, each to all of these events, which are of one type."""
    for subscriber in subscriptions.get(events[0].type, ()):
        if isinstance(subscriber, AtOnce):
            await subscriber.react(tx, events)
        else:
            for event in events:
                await subscriber(tx, event)
    await finish(tx, OutboxRow, [event.id for event in events])
