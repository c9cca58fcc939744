"""What a device needs of a server, and a small server in memory that keeps the promises of PROTOCOL.md.

The twin exists so that replicas can be proven without a database; it is plain about time and identity (both are
arguments) and does no authorisation: `grant` says which scopes an outbox's user holds.
"""

import copy
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from sync import cursor as cursors
from sync import operations, wire
from sync.cursor import Cursor, Standing
from sync.digest import ScopeDigest, digest_of
from sync.optimistic import APPLIERS
from sync.protocol import (
    SCHEMA,
    ErrorCode,
    JsonObject,
    Mutation,
    MutationState,
    Patch,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Put,
    ReasonCode,
    Refusal,
    Refused,
    RemovalReason,
    Remove,
    Result,
)

_POLL_AFTER_MS: Final = 30_000


class Server(Protocol):
    """The other side of a replica. now_ms: the server's clock, milliseconds since 1970. Both raise Refused."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        """Decide every mutation of a batch once, in order, and remember the verdicts."""
        ...

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        """Return what changed since the cursor, with the cursor and last_mid of the same snapshot."""
        ...


class Decision(Struct, frozen=True, kw_only=True):
    """What a mutation does. document: its new body, None when it stays as it is."""

    status: MutationState
    document: JsonObject | None = None
    code: str | None = None
    path: str | None = None


Decide: TypeAlias = Callable[[JsonObject | None, Mutation], Decision]
"""(document as it is now or None, mutation) -> decision."""


def decide_job(document: JsonObject | None, mutation: Mutation) -> Decision:
    """Decide as `sync.optimistic` guesses: enough of a domain for proving replicas, and no more."""
    try:
        operations.decode(mutation.op, mutation.args, kind=mutation.kind)
    except operations.OperationError as error:
        return Decision(status=MutationState.REJECTED, code=error.code, path=error.path)
    if document is None:
        return Decision(status=MutationState.QUARANTINED, code=ReasonCode.NOT_FOUND)
    changed = APPLIERS[mutation.op](document, mutation.args)
    if changed == document:
        return Decision(status=MutationState.CONFLICT, code=ReasonCode.ILLEGAL_MOVE)
    return Decision(status=MutationState.APPLIED, document=changed)


class _Change(Struct):
    """The last change of one document in one scope; why is None for a put."""

    kind: str
    id: str
    seq: int
    why: RemovalReason | None


class _Scope(Struct):
    """seq: number of the last change; floor: removals up to here are forgotten."""

    seq: int = 0
    floor: int = 0
    changes: dict[tuple[str, str], _Change] = field(default_factory=dict[tuple[str, str], _Change])


class _Stored(Struct):
    version: int
    body: JsonObject
    scopes: frozenset[str]


class _Decided(Struct):
    digest: str
    result: Result


class _Outbox(Struct):
    last: int = 0
    durable: int = 0
    decided: dict[int, _Decided] = field(default_factory=dict[int, _Decided])


class _State(Struct):
    """All that a backup holds.

    versions: last one of every document, also of those that were removed, for none may come back with a smaller one;
    effects: uids in the order in which they took effect.
    """

    versions: dict[tuple[str, str], int] = field(default_factory=dict[tuple[str, str], int])
    documents: dict[tuple[str, str], _Stored] = field(default_factory=dict[tuple[str, str], _Stored])
    scopes: dict[str, _Scope] = field(default_factory=dict[str, _Scope])
    outboxes: dict[str, _Outbox] = field(default_factory=dict[str, _Outbox])
    uids: dict[str, _Decided] = field(default_factory=dict[str, _Decided])
    effects: list[str] = field(default_factory=list[str])


class MemoryServer:
    """A `Server` in memory."""

    def __init__(self, epoch: str, *, decide: Decide = decide_job, minimum_schema: int = SCHEMA) -> None:
        self.epoch = epoch
        self.minimum_schema = minimum_schema
        self._decide = decide
        self._grants: dict[str, frozenset[str]] = {}
        self._state = _State()

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        """See `Server.push`."""
        wire.check_push(request)
        self._refuse_epoch(request.epoch)
        outbox = self._state.outboxes.setdefault(request.outbox, _Outbox())
        if request.batch[0].mid > outbox.last + 1:
            refusal = Refusal(code=ErrorCode.MID_GAP, path="$.batch[0].mid", expected=outbox.last + 1)
            raise Refused(refusal)
        results = list[Result]()
        for mutation in request.batch:
            results.append(self._judge(outbox, mutation))
            if results[-1].status is MutationState.RETRY:
                break
        return PushAnswer(
            last=outbox.last,
            durable_mid=outbox.durable,
            results=tuple(results),
            epoch=self.epoch,
            time=now_ms,
            poll_after_ms=_POLL_AFTER_MS,
        )

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        """See `Server.pull`."""
        granted = self._grants.get(request.outbox, frozenset())
        cursor, removed = cursors.keep_only(self._known_cursor(request), granted)
        resync = tuple(s for s in sorted(granted) if self._must_resend(cursor, s, request.digests))
        for scope in granted - (cursor.positions.keys() - set(resync)):
            cursor = cursors.begin(cursor, scope, self._scope(scope).floor)
        cursor, patch, more = self._page(cursor, request.limit_bytes)
        outbox = self._state.outboxes.get(request.outbox, _Outbox())
        return PullAnswer(
            cursor=cursors.encode(cursor),
            epoch=self.epoch,
            more=more,
            patch=patch,
            last_mid=outbox.last,
            durable_mid=outbox.durable,
            resync=resync,
            scopes_removed=removed,
            time=now_ms,
            schema=SCHEMA,
            poll_after_ms=_POLL_AFTER_MS,
        )

    def grant(self, outbox: str, scopes: set[str]) -> None:
        """Say which scopes the user of an outbox holds from now on."""
        self._grants[outbox] = frozenset(scopes)

    def put(
        self,
        kind: str,
        id: str,
        body: JsonObject,
        scopes: set[str],
        *,
        why: RemovalReason = RemovalReason.REASSIGNED,
    ) -> None:
        """Store a document as the office does; why: told to the scopes that no longer hold it."""
        held = self._state.documents.get((kind, id))
        version = self._state.versions.get((kind, id), 0) + 1
        stored = _Stored(version=version, body=body, scopes=frozenset(scopes))
        self._state.versions[(kind, id)], self._state.documents[(kind, id)] = version, stored
        for scope in sorted((held.scopes if held else frozenset[str]()) | stored.scopes):
            self._feed(scope, kind, id, None if scope in stored.scopes else why)

    def remove(self, kind: str, id: str, *, why: RemovalReason = RemovalReason.DELETED) -> None:
        """Delete a document, if it is there."""
        held = self._state.documents.pop((kind, id), None)
        for scope in sorted(held.scopes if held else ()):
            self._feed(scope, kind, id, why)

    def compact(self, scope: str) -> None:
        """Forget the removals of a scope, as a server does after 45 days."""
        held = self._scope(scope)
        held.changes = {name: change for name, change in held.changes.items() if change.why is None}
        held.floor = held.seq

    def backup(self) -> object:
        """Return a copy of everything stored; what it holds is durable from now on."""
        for outbox in self._state.outboxes.values():
            outbox.durable = outbox.last
        return copy.deepcopy(self._state)

    def restore(self, backup: object, *, epoch: str) -> None:
        """Go back to a backup, under a new epoch."""
        assert isinstance(backup, _State), "only what backup() returned can be restored"
        self._state, self.epoch = copy.deepcopy(backup), epoch

    def view(self, outbox: str) -> dict[str, JsonObject]:
        """Return what a replica of this outbox must hold when nothing is on the way, by `kind/id`."""
        granted = self._grants.get(outbox, frozenset())
        documents = self._state.documents.items()
        return {f"{kind}/{id}": held.body for (kind, id), held in documents if held.scopes & granted}

    def verdict(self, uid: str) -> Result | None:
        """Return what was decided about a mutation, None when it never came."""
        decided = self._state.uids.get(uid)
        return decided.result if decided else None

    @property
    def effects(self) -> tuple[str, ...]:
        """Uids of the mutations that took effect, in order; none may be in it twice."""
        return tuple(self._state.effects)

    def _judge(self, outbox: _Outbox, mutation: Mutation) -> Result:
        """Return the verdict; a number already decided, or work already known by its uid, has no effect again."""
        if mutation.mid <= outbox.last:
            return _repeated(outbox.decided[mutation.mid], mutation, ReasonCode.MID_REUSE)
        known = self._state.uids.get(mutation.uid)
        if known is not None:
            result = _repeated(known, mutation, ReasonCode.UID_REUSE)
        else:
            result = self._take_effect(mutation)
        if result.status is not MutationState.RETRY:
            decided = _Decided(mutation.digest, result.first or result)
            outbox.decided[mutation.mid], outbox.last = decided, mutation.mid
            self._state.uids.setdefault(mutation.uid, decided)
        return result

    def _take_effect(self, mutation: Mutation) -> Result:
        name = (mutation.kind, mutation.id)
        held = self._state.documents.get(name)
        decision = self._decide(held.body if held else None, mutation)
        if held is not None and decision.document is not None:
            self.put(*name, decision.document, set(held.scopes))
            self._state.effects.append(mutation.uid)
        stored = self._state.documents.get(name)
        return Result(
            mid=mutation.mid,
            status=decision.status,
            code=decision.code,
            path=decision.path,
            version=stored.version if stored else None,
            state=stored.body.get("state") if stored else None,
        )

    def _known_cursor(self, request: PullRequest) -> Cursor:
        if request.schema < self.minimum_schema:
            raise Refused(Refusal(code=ErrorCode.SCHEMA_TOO_OLD, minimum=self.minimum_schema))
        if request.cursor is None:
            return Cursor(epoch=self.epoch)
        cursor = cursors.decode(request.cursor)
        self._refuse_epoch(cursor.epoch)
        heads = {name: scope.seq for name, scope in self._state.scopes.items()}
        if cursors.standing(cursor, self.epoch, heads) is Standing.AHEAD:
            raise Refused(Refusal(code=ErrorCode.CURSOR_AHEAD))
        return cursor

    def _refuse_epoch(self, epoch: str | None) -> None:
        if epoch not in (None, self.epoch):
            raise Refused(Refusal(code=ErrorCode.EPOCH_CHANGED, epoch=self.epoch))

    def _must_resend(self, cursor: Cursor, scope: str, digests: Mapping[str, str] | None) -> bool:
        held = self._scope(scope)
        if cursors.is_compacted(cursor, scope, held.floor):
            return True
        # Only at the head do both sides speak of the same set.
        if digests is None or cursor.positions.get(scope) != held.seq:
            return False
        return digests.get(scope, str(ScopeDigest())) != self._digest(scope)

    def _digest(self, scope: str) -> str:
        documents = self._state.documents.items()
        return str(digest_of((*name, held.version) for name, held in documents if scope in held.scopes))

    def _page(self, cursor: Cursor, limit_bytes: int) -> tuple[Cursor, tuple[Patch, ...], bool]:
        """Take changes scope by scope, oldest first, at least one, until the page is full."""
        patch, page_bytes = list[Patch](), 0
        for scope, position in sorted(cursor.positions.items()):
            changes = sorted(self._scope(scope).changes.values(), key=lambda change: change.seq)
            for change in changes:
                if change.seq <= position:
                    continue
                row = self._row(scope, change)
                page_bytes += len(wire.encode(row)) + 1
                if patch and page_bytes > limit_bytes:
                    return cursor, tuple(patch), True
                patch.append(row)
                cursor = cursors.advance(cursor, scope, change.seq)
            cursor = cursors.advance(cursor, scope, self._scope(scope).seq)
        return cursor, tuple(patch), False

    def _row(self, scope: str, change: _Change) -> Patch:
        if change.why is not None:
            return Remove(scope=scope, kind=change.kind, id=change.id, why=change.why)
        held = self._state.documents[(change.kind, change.id)]
        return Put(scope=scope, kind=change.kind, id=change.id, version=held.version, doc=held.body)

    def _feed(self, scope: str, kind: str, id: str, why: RemovalReason | None) -> None:
        held = self._scope(scope)
        held.seq += 1
        held.changes[(kind, id)] = _Change(kind, id, held.seq, why)

    def _scope(self, name: str) -> _Scope:
        return self._state.scopes.setdefault(name, _Scope())


def _repeated(known: _Decided, mutation: Mutation, reuse: ReasonCode) -> Result:
    """Answer what was decided before, or refuse a number or uid that now stands for something else."""
    if known.digest != mutation.digest:
        return Result(mid=mutation.mid, status=MutationState.REJECTED, code=reuse)
    return Result(mid=mutation.mid, status=MutationState.DUPLICATE, first=replace(known.result, mid=mutation.mid))
