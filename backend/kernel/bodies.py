"""Bodies of documents, rendered ahead: a reader joins bytes instead of reading the rows of every slice.

A body is kept for one version and counts for no other, so what is kept can only be right or missing; who finds none
renders it. The feed's hook says what has a new version. It amends the body where that takes no look at any row; what it
cannot amend, the worker renders moments later, off everybody's path.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, TypeAlias
from uuid import UUID

import msgspec
from sqlalchemy import Index, bindparam, delete, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM
from backend.kernel.changes import Change
from backend.kernel.db import Database, Transaction
from backend.kernel.statements import Insertion, Question, among
from backend.kernel.tables import Table

AT_ONCE = 200  # documents rendered together: their slices read each table once for all of them

Name: TypeAlias = tuple[str, UUID]
"""Kind and id of a document."""
Render: TypeAlias = Callable[[Transaction, Sequence[UUID]], Awaitable[Mapping[UUID, msgspec.Struct]]]
"""(ids of one kind) -> bodies; documents that are not there any more are left out."""

Amend: TypeAlias = Callable[[Mapping[UUID, bytes], Mapping[str, Sequence[Change]]], Mapping[UUID, bytes]]
"""(bodies before a transaction, its changes by table) -> bodies after it; left out is what must be rendered."""


class FeedBody(Table):
    """The newest body of a document, as JSON; None until it is rendered. version: of the document that it shows."""

    __tablename__ = "feed_body"
    __table_args__ = (
        Index(
            "ix_feed_body_missing",
            "kind",
            sqlite_where=text("body IS NULL"),
            postgresql_where=text("body IS NULL"),
        ),
    )
    audited = False

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int]
    body: Mapped[bytes | None]


async def read(tx: Transaction, renders: Mapping[str, Render], wanted: Mapping[Name, int]) -> dict[Name, bytes]:
    """The bodies of these documents as JSON. wanted: the version that each of them has in this transaction."""
    rows = await tx.ask(_KEPT, ids=[id_ for _, id_ in wanted])
    kept = {(kind, id_): body for kind, id_, version, body in rows if body and wanted.get((kind, id_)) == version}
    return kept | await _rendered(tx, renders, wanted.keys() - kept.keys())


async def amended(
    tx: Transaction, amends: Mapping[str, Amend], now: Mapping[Name, int], changed: Mapping[str, Sequence[Change]]
) -> dict[Name, bytes]:
    """The new bodies of documents whose last ones are kept. now: the versions that this transaction gives them."""
    ids = [id_ for kind, id_ in now if kind in amends]
    before: dict[str, dict[UUID, bytes]] = {}
    for kind, id_, version, body in await tx.ask(_KEPT, ids=ids) if ids else ():
        if body is not None and now.get((kind, id_)) == version + 1:
            before.setdefault(kind, {})[id_] = body
    after = {kind: amends[kind](bodies, changed) for kind, bodies in before.items() if kind in amends}
    return {(kind, id_): body for kind, bodies in after.items() for id_, body in bodies.items()}


async def note_changes(
    tx: Transaction, now: Mapping[Name, int], gone: Iterable[Name], bodies: Mapping[Name, bytes]
) -> None:
    """Documents have new versions, some with their bodies already; what is gone from every scope needs none."""
    if now:
        rows = [
            {"id": id_, "kind": kind, "version": now[kind, id_], "body": bodies.get((kind, id_))}
            for kind, id_ in sorted(now)
        ]
        tx.put_later(_NOTE, *rows)
    for kind, id_ in sorted(gone):
        await tx.session.execute(delete(FeedBody).where(FeedBody.id == id_, FeedBody.kind == kind))


async def render_ahead(database: Database, renders: Mapping[str, Render]) -> int:
    """Render some of the bodies that are missing; how many. What changes meanwhile is rendered another time."""
    async with database.snapshot(SYSTEM, "render ahead") as tx:
        query = select(FeedBody.kind, FeedBody.id, FeedBody.version).where(FeedBody.body.is_(None))
        rows = await tx.session.execute(query.order_by(FeedBody.kind).limit(AT_ONCE))
        missing = {(row.kind, row.id): row.version for row in rows}
        bodies = await _rendered(tx, renders, missing)
    if bodies:
        async with database.transaction(SYSTEM, "render ahead") as tx:
            connection = await tx.session.connection()  # not the session, which would track each row
            await connection.execute(_KEEP, [_kept(name, missing[name], bodies[name]) for name in sorted(bodies)])
    return len(bodies)


def _noting(new: Any) -> Any:
    newer = {"version": new.excluded.version, "body": new.excluded.body}
    return new.on_conflict_do_update(index_elements=["id", "kind"], set_=newer)


_NOTE = Insertion(FeedBody.__table__, _noting)
_BODIES = FeedBody.__table__.c
_KEPT = Question(select(_BODIES.kind, _BODIES.id, _BODIES.version, _BODIES.body).where(among(_BODIES.id, "ids")))
_OF_VERSION = (
    FeedBody.id == bindparam("of_id"),
    FeedBody.kind == bindparam("of_kind"),
    FeedBody.version == bindparam("shown"),
)
_KEEP = update(FeedBody).where(*_OF_VERSION).values(body=bindparam("rendered"))


def _kept(name: Name, version: int, body: bytes) -> dict[str, Any]:
    return {"of_kind": name[0], "of_id": name[1], "shown": version, "rendered": body}


async def _rendered(tx: Transaction, renders: Mapping[str, Render], names: Iterable[Name]) -> dict[Name, bytes]:
    bodies: dict[Name, bytes] = {}
    for kind, group in groupby(sorted(names), key=lambda name: name[0]):
        rendered = await renders[kind](tx, [id_ for _, id_ in group])
        bodies |= {(kind, id_): msgspec.json.encode(body) for id_, body in rendered.items()}
    return bodies
