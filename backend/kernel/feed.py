"""The feed: per scope, the last change of every document, numbered so that no reader can miss a late commit.

A scope is a stream of documents (`technician:<id>`, `territory:<id>`, `visit:<id>`, `models`). Slices register what
documents they have (`DocumentKind`); one hook writes the feed as the last statements before commit: the scopes' rows
stay locked until the commit is visible, so within a scope a smaller number is always committed first.
Nothing else writes these tables. Design: sync/PROTOCOL.md, "The feed".
"""

import base64
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from sqlalchemy import Index, bindparam, func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel import bodies
from backend.kernel.bodies import Amend, Name, Render
from backend.kernel.changes import Change
from backend.kernel.db import Database, Transaction
from backend.kernel.statements import Insertion, Question, among
from backend.kernel.tables import Table

Watch = Callable[[Transaction, Sequence[Change]], Awaitable[Iterable[UUID]]]


class FeedScope(Table):
    """A scope's counter. floor: removals at or below it may be forgotten.

    mismatches: how often a reader held something else than this feed had sent; the target is 0.
    """

    __tablename__ = "feed_scope"
    audited = False

    scope: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    floor: Mapped[int] = mapped_column(default=0)
    mismatches: Mapped[int] = mapped_column(default=0)


class FeedEntry(Table):
    """The last change of one document in one scope. op: put or remove; why, removed_at: of a removal.

    version: of the document, counted here: each transaction that changes it makes one.
    """

    __tablename__ = "feed_entry"
    __table_args__ = (
        Index("ix_feed_entry_scope_seq", "scope", "seq"),
        Index("ix_feed_entry_kind_id", "kind", "id"),
        Index(
            "ix_feed_entry_removed_at",
            "removed_at",
            sqlite_where=text("removed_at IS NOT NULL"),
            postgresql_where=text("removed_at IS NOT NULL"),
        ),
    )
    audited = False

    scope: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    seq: Mapped[int]
    op: Mapped[str]
    why: Mapped[str | None]
    removed_at: Mapped[datetime | None]
    version: Mapped[int]


class FeedEpoch(Table):
    """The server's epoch: a new one after a backup was restored, so that no cursor from the lost future is trusted.

    restored_at: when that was, None for a database that never was.
    """

    __tablename__ = "feed_epoch"
    audited = False

    singleton: Mapped[int] = mapped_column(primary_key=True, default=1)
    epoch: Mapped[UUID]
    restored_at: Mapped[datetime | None]


class ScopeState(NamedTuple):
    """seq: number of the scope's last change; floor: removals up to here are forgotten."""

    seq: int
    floor: int


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Where a document belongs now. why: what a scope that it left is told (a removal reason of the protocol)."""

    scopes: frozenset[str]
    why: str = "scope"


@dataclass(frozen=True, kw_only=True)
class DocumentKind:
    """One kind of document, as its slice describes it.

    watches: table name → which documents a change of its rows concerns.
    place: where those documents belong now; ids that it leaves out are deleted.
    render: their bodies, as the clients get them.
    amend: the same without a look at any row, from the bodies before and what changed (see `bodies.Amend`).
    """

    kind: str
    watches: Mapping[str, Watch]
    place: Callable[[Transaction, Sequence[UUID]], Awaitable[Mapping[UUID, Placement]]]
    render: Render
    amend: Amend | None = None


def by_column(name: str) -> Watch:
    """The watch for rows that name their document in a column (`id` for the document's own row)."""

    async def ids(_tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
        return {getattr(change.row, name) for change in changes} - {None}

    return ids


@dataclass(frozen=True)
class Feed:
    """The kinds of documents of this deployment, and the hook that keeps their feed."""

    kinds: Mapping[str, DocumentKind]

    @classmethod
    def of(cls, *kinds: DocumentKind) -> "Feed":
        return cls({kind.kind: kind for kind in kinds})

    async def write(self, tx: Transaction) -> None:
        """The last hook before commit: number and store the changes of every document concerned."""
        changed: dict[str, list[Change]] = {}
        for change in tx.changes:
            changed.setdefault(change.table, []).append(change)
        entries = [entry for kind in self.kinds.values() for entry in await _entries(tx, kind, changed)]
        put = {(entry["kind"], entry["id"]): entry["version"] for entry in entries if entry["op"] == "put"}
        gone = {(entry["kind"], entry["id"]) for entry in entries} - put.keys()
        await bodies.note_changes(tx, put, gone, await bodies.amended(tx, self._amends, put, changed))
        await _number_and_store(tx, entries)  # last: whoever writes into the same scope waits from here to the commit

    async def bodies(self, tx: Transaction, entries: Sequence[FeedEntry]) -> dict[Name, bytes]:
        """What the documents of these entries are now, as JSON; removals have none."""
        put = {(entry.kind, entry.id): entry.version for entry in entries if entry.op == "put"}
        return await bodies.read(tx, self._renders, put) if put else {}

    async def render_ahead(self, database: Database) -> int:
        """Render bodies before anybody asks for them; how many, 0 when none is missing."""
        return await bodies.render_ahead(database, self._renders)

    @property
    def _amends(self) -> dict[str, Amend]:
        return {kind.kind: kind.amend for kind in self.kinds.values() if kind.amend}

    @property
    def _renders(self) -> dict[str, Render]:
        return {kind.kind: kind.render for kind in self.kinds.values()}


async def changes_since(tx: Transaction, scope: str, *, after: int, limit: int) -> list[FeedEntry]:
    """The scope's changes with a number above `after`, in order, at most `limit`."""
    query = select(FeedEntry).where(FeedEntry.scope == scope, FeedEntry.seq > after)
    return list(await tx.session.scalars(query.order_by(FeedEntry.seq).limit(limit)))


async def names_since(tx: Transaction, scope: str, *, after: int, limit: int) -> list[tuple[str, UUID]]:
    """(kind, id) of the same changes: for who only wants to know what it was."""
    return [(kind, id_) for kind, id_ in await tx.ask(_NAMES_SINCE, scope=scope, after=after, limit=limit)]


async def scope_states(tx: Transaction, scopes: Collection[str]) -> dict[str, ScopeState]:
    """Where each scope stands; a scope that never changed stands at 0."""
    rows = await tx.ask(_STATES, scopes=list(scopes))
    return dict.fromkeys(scopes, ScopeState(0, 0)) | {scope: ScopeState(seq, floor) for scope, seq, floor in rows}


async def documents_in(tx: Transaction, scope: str) -> Sequence[tuple[str, UUID, int]]:
    """(kind, id, version) of every document that is in the scope now."""
    query = select(FeedEntry.kind, FeedEntry.id, FeedEntry.version)
    rows = await tx.session.execute(query.where(FeedEntry.scope == scope, FeedEntry.op == "put"))
    return [(row.kind, row.id, row.version) for row in rows]


async def versions(tx: Transaction, kind: str, ids: Collection[UUID]) -> dict[UUID, int]:
    """The version of each of these documents; those that never were in a scope are left out."""
    return dict(await tx.ask(_VERSIONS, kind=kind, ids=list(ids)))


async def forget_removals(tx: Transaction, *, before: datetime, limit: int) -> int:
    """Let go of at most `limit` removals from before an instant, and raise the floors of their scopes. How many went.

    A reader below the floor gets its scope again. Locks are taken as the hook takes them: entries, then scopes.
    """
    old = select(FeedEntry).where(FeedEntry.removed_at < before).order_by(FeedEntry.id, FeedEntry.scope).limit(limit)
    gone = list(await tx.session.scalars(old.with_for_update(skip_locked=True)))
    floors: dict[str, int] = {}
    for entry in gone:
        floors[entry.scope] = max(entry.seq, floors.get(entry.scope, 0))
        await tx.session.delete(entry)
    for scope, floor in sorted(floors.items()):
        raised = update(FeedScope).where(FeedScope.scope == scope, FeedScope.floor < floor).values(floor=floor)
        await tx.session.execute(raised)
    return len(gone)


async def count_mismatches(tx: Transaction, scopes: Collection[str]) -> None:
    """Note that a reader held something else in these scopes than they have."""
    for scope in sorted(scopes):
        more = update(FeedScope).where(FeedScope.scope == scope).values(mismatches=FeedScope.mismatches + 1)
        await tx.session.execute(more)


async def mismatches(tx: Transaction) -> int:
    """How often any reader differed."""
    return (await tx.session.scalars(select(func.coalesce(func.sum(FeedScope.mismatches), 0)))).one()


async def epoch(tx: Transaction) -> str:
    """The epoch that cursors of this database belong to: base64url, as it is in every pull, twice."""
    [(stored,)] = await tx.ask(_EPOCH)
    return epoch_name(stored)


def epoch_name(stored: UUID) -> str:
    """How an epoch is told to clients."""
    return base64.urlsafe_b64encode(stored.bytes).decode().rstrip("=")


async def begin_epoch(tx: Transaction) -> str:
    """A new epoch, for a database that was restored: cursors and answers of the lost future are void. Its name."""
    await tx.session.execute(update(FeedEpoch).values(epoch=uuid4(), restored_at=tx.now))
    return await epoch(tx)


async def restored_at(tx: Transaction) -> datetime | None:
    """When this database was last restored from a backup."""
    return (await tx.session.scalars(select(FeedEpoch.restored_at))).one()


async def _entries(tx: Transaction, kind: DocumentKind, changed: Mapping[str, list[Change]]) -> list[dict[str, Any]]:
    ids: set[UUID] = set()
    for table, watch in kind.watches.items():
        if table in changed:
            ids.update(await watch(tx, changed[table]))
    if not ids:
        return []
    wanted = sorted(ids)
    # Locked first, placed then: who waited here for another change of the same document sees where that one put it.
    held = await _held(tx, kind.kind, wanted)
    placements = await kind.place(tx, wanted)
    return [
        entry for id_ in wanted for entry in _of_document(kind.kind, id_, placements.get(id_), held.get(id_, _Held()))
    ]


def _of_document(kind: str, id_: UUID, now: Placement | None, held: "_Held") -> list[dict[str, Any]]:
    placed = now or Placement(scopes=frozenset(), why="deleted")
    key = {"kind": kind, "id": id_, "version": held.version + 1}
    puts = [key | {"scope": scope, "op": "put", "why": None} for scope in placed.scopes]
    removals = [key | {"scope": scope, "op": "remove", "why": placed.why} for scope in held.scopes - placed.scopes]
    return puts + removals


class _Held(NamedTuple):
    """version: the highest that any scope was told, also of a removal, so that none comes back with a smaller one."""

    version: int = 0
    scopes: frozenset[str] = frozenset()


async def _held(tx: Transaction, kind: str, ids: Sequence[UUID]) -> dict[UUID, _Held]:
    held: dict[UUID, _Held] = {}
    for id_, scope, told, op in await tx.ask(_HELD, kind=kind, ids=ids):
        version, scopes = held.get(id_, _Held())
        held[id_] = _Held(max(version, told), scopes | {scope} if op == "put" else scopes)
    return held


def _advancing(add: Any) -> Any:
    scopes = FeedScope.__table__.c
    further = {"seq": scopes.seq + add.excluded.seq}
    return add.on_conflict_do_update(index_elements=["scope"], set_=further).returning(scopes.scope, scopes.seq)


def _storing(put: Any) -> Any:
    written = {name: put.excluded[name] for name in ("seq", "op", "why", "removed_at", "version")}
    return put.on_conflict_do_update(index_elements=["scope", "kind", "id"], set_=written)


# They run with every change of anything.
_EPOCH = Question(select(FeedEpoch.__table__.c.epoch))
_ENTRIES = FeedEntry.__table__.c
_OF_KIND = (_ENTRIES.kind == bindparam("kind"), among(_ENTRIES.id, "ids"))
_HELD = Question(
    select(_ENTRIES.id, _ENTRIES.scope, _ENTRIES.version, _ENTRIES.op)
    .where(*_OF_KIND)
    .order_by(_ENTRIES.id, _ENTRIES.scope)
    .with_for_update()
)
_SCOPES = FeedScope.__table__.c
_STATES = Question(select(_SCOPES.scope, _SCOPES.seq, _SCOPES.floor).where(among(_SCOPES.scope, "scopes")))
_NAMES_SINCE = Question(
    select(_ENTRIES.kind, _ENTRIES.id)
    .where(_ENTRIES.scope == bindparam("scope"), _ENTRIES.seq > bindparam("after"))
    .order_by(_ENTRIES.seq)
    .limit(bindparam("limit"))
)
_VERSIONS = Question(select(_ENTRIES.id, func.max(_ENTRIES.version)).where(*_OF_KIND).group_by(_ENTRIES.id))
_ADVANCE = Insertion(FeedScope.__table__, _advancing)
_STORE = Insertion(FeedEntry.__table__, _storing)


async def _number_and_store(tx: Transaction, entries: list[dict[str, Any]]) -> None:
    by_scope: dict[str, list[dict[str, Any]]] = {}
    for entry in entries:
        by_scope.setdefault(entry["scope"], []).append(entry)
    numbered: list[dict[str, Any]] = []
    for scope, last in (await _advance(tx, {scope: len(by_scope[scope]) for scope in by_scope})).items():
        first = last - len(by_scope[scope]) + 1
        for seq, entry in enumerate(by_scope[scope], start=first):
            removed_at = tx.now if entry["op"] == "remove" else None
            numbered.append(entry | {"seq": seq, "removed_at": removed_at})
    tx.put_later(_STORE, *numbered)


async def _advance(tx: Transaction, by: Mapping[str, int]) -> dict[str, int]:
    """Where each of these scopes stands, that many numbers further; locked in one order, so that none waits for another."""
    further = [{"scope": scope, "seq": by[scope], "floor": 0, "mismatches": 0} for scope in sorted(by)]
    return dict(await tx.put(_ADVANCE, *further))
