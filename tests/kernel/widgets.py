"""A tiny slice that the kernel is tried on: widgets with a life, with work, with notes, with a place in the feed.

Its tables have a metadata of their own, so that they never stand among the product's.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import MetaData, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Transaction
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.feed import DocumentKind, Placement, by_column
from backend.kernel.leases import WorkRow
from backend.kernel.lifecycle import Lifecycle, Move
from backend.kernel.tables import NAMES, Row, StructJson, Versioned
from backend.kernel.tasks import Task

METADATA = MetaData(naming_convention=NAMES)


class WidgetState(StrEnum):
    PLANNED = "planned"
    MADE = "made"
    BROKEN = "broken"


class WidgetCommand(StrEnum):
    MAKE = "make"
    BREAK = "break"


def has_parts(facts: Any) -> bool:
    return bool(facts)


WIDGET = Lifecycle(
    "widget",
    initial=WidgetState.PLANNED,
    moves={
        (WidgetState.PLANNED, WidgetCommand.MAKE): Move(WidgetState.MADE, event="widget.made", guard=has_parts),
        (WidgetState.MADE, WidgetCommand.BREAK): Move(WidgetState.BROKEN),
    },
)


class Label(msgspec.Struct, frozen=True, kw_only=True):
    text: str
    printed_at: datetime
    sizes_mm: dict[int, str]


class WidgetFact(FactRow):
    __tablename__ = "widget_fact"
    metadata = METADATA


class Widget(WorkRow, Stateful, Versioned):
    """scope: the stream that its document belongs to, if any."""

    __tablename__ = "widget"
    metadata = METADATA
    lifecycle = WIDGET
    facts = WidgetFact

    name: Mapped[str]
    scope: Mapped[str | None]
    state: Mapped[WidgetState] = mapped_column(default=WidgetState.PLANNED)
    label: Mapped[Label | None] = mapped_column(StructJson(Label))


class WidgetNote(Row):
    __tablename__ = "widget_note"
    __table_args__ = (UniqueConstraint("text"),)
    metadata = METADATA

    widget_id: Mapped[UUID]
    text: Mapped[str]


class WidgetDocument(msgspec.Struct, frozen=True):
    name: str


async def place(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    rows = await tx.session.execute(select(Widget.id, Widget.scope).where(Widget.id.in_(ids)))
    return {row.id: Placement(scopes=frozenset({row.scope} - {None}), why="reassigned") for row in rows}


async def render(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, WidgetDocument]:
    rows = await tx.session.execute(select(Widget.id, Widget.name).where(Widget.id.in_(ids)))
    return {row.id: WidgetDocument(row.name) for row in rows}


WIDGETS = DocumentKind(
    kind="widget",
    watches={"widget": by_column("id"), "widget_note": by_column("widget_id")},
    place=place,
    render=render,
)


def widget(tx: Transaction, **changes: Any) -> Widget:
    """A planned widget, added to the transaction."""
    made = Widget(**({"id": tx.new_id(), "name": "gear", "state": WidgetState.PLANNED} | changes))
    tx.add(made)
    return made


def work(perform: Any, **changes: Any) -> Task:
    """A task over widgets."""
    return Task(**({"name": "polish", "model": Widget, "perform": perform} | changes))
