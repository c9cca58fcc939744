"""Facts: an append-only table per lifecycle, with the time something happened and the time we learned of it.

The state column of a row is the latest reading of its facts. Only `move` writes it.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.lifecycle import Lifecycle
from backend.kernel.tables import Row, StructJson


class FactRow(Row):
    """One move of one subject. detail: what the mover said of it, plain values."""

    __abstract__ = True
    audited = False  # a fact is itself the record of who did what

    subject_id: Mapped[UUID] = mapped_column(index=True)
    command: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    detail: Mapped[dict[str, Any]] = mapped_column(StructJson(dict[str, Any]))


class Stateful:
    """Mixed into a row that has a lifecycle: declares which one, and where its facts go."""

    lifecycle: ClassVar[Lifecycle]
    facts: ClassVar[type[FactRow]]
    id: Any
    state: Any


def move(
    tx: Transaction,
    row: Stateful,
    command: StrEnum,
    *,
    occurred_at: datetime | None = None,
    given: Any = None,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Advance `row` by `command`: sets its state, appends the fact, records the event.

    occurred_at: when it happened in the field; now if not said. given: what the guard looks at.
    Raises IllegalMove or GuardRefused and changes nothing then.
    """
    step = row.lifecycle.advance(row.state, command, given)
    happened = occurred_at or tx.now
    tx.append(
        row.facts,
        subject_id=row.id,
        command=str(command),
        from_state=str(row.state),
        to_state=str(step.to),
        occurred_at=happened,
        recorded_at=tx.now,
        actor_kind=tx.actor.kind,
        actor_id=tx.actor.id,
        detail=dict(detail or {}),
    )
    row.state = step.to
    if step.event:
        outbox.record(tx, step.event, row.id, occurred_at=happened)


async def as_known_on(
    tx: Transaction, facts: type[FactRow], subject_id: UUID, *, known_at: datetime, at: datetime | None = None
) -> str | None:
    """The state that the subject had at `at` (default `known_at`), as we knew it on `known_at`; None if unknown then."""
    found = await tx.session.scalars(
        select(facts.to_state)
        .where(facts.subject_id == subject_id, facts.recorded_at <= known_at, facts.occurred_at <= (at or known_at))
        .order_by(facts.occurred_at.desc(), facts.recorded_at.desc(), facts.id.desc())
        .limit(1)
    )
    return found.first()
