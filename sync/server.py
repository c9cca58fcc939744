"""What a device needs of a server, and a small server in memory that keeps the promises of PROTOCOL.md.

The twin exists so that replicas can be proven without a database. It is plain about time (an argument) and identity: a
device is its own user unless `enrol` says otherwise, `grant` says which scopes a user holds, and whoever names a
device is believed to be it.
"""

from collections.abc import Mapping
from typing import Final, Protocol

from msgspec.structs import replace

from sync import clock, wire
from sync import cursor as cursors
from sync.cursor import Cursor, Standing
from sync.digest import ScopeDigest, digest_of
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
from sync.twin.jobs import Decide, Decision, decide_job, walk
from sync.twin.state import Change, Decided, Name, OutboxState, Scope, State, Stored

_POLL_AFTER_MS: Final = 30_000


class Server(Protocol):
    """The other side of a replica. now_ms: the server's clock, milliseconds since 1970. Both raise Refused."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        """Decide every mutation of a batch once, in order, and remember the verdicts."""
        ...

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        """Return what changed since the cursor, with the cursor and last_mid of the same snapshot."""
        ...


class MemoryServer:
    """A `Server` in memory."""

    def __init__(self, epoch: str, *, decide: Decide = decide_job, minimum_schema: int = SCHEMA) -> None:
        self.epoch = epoch
        self.minimum_schema = minimum_schema
        self._decide = decide
        self._users: dict[str, str] = {}
        self._grants: dict[str, frozenset[str]] = {}
        self._revoked: set[str] = set()
        self._disabled: set[str] = set()
        self._state = State()

    # --- For devices --------------------------------------------------------------------------------------------------

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        """See `Server.push`."""
        wire.check_push(request)
        self._refuse_epoch(request.epoch)
        outbox = self._outbox(request.outbox, request.device)
        if request.batch[0].mid > outbox.last + 1:
            refusal = Refusal(code=ErrorCode.MID_GAP, path="$.batch[0].mid", expected=outbox.last + 1)
            raise Refused(refusal)
        self._state.outboxes[request.outbox] = outbox
        results = list[Result]()
        for mutation in request.batch:
            results.append(self._judge(outbox, mutation, request.device, now_ms))
            if results[-1].status is MutationState.RETRY or results[-1].code == ReasonCode.MID_REUSE:
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
        self._refuse_barred(request.device)
        granted = self._grants.get(self.user_of(request.device), frozenset())
        cursor, removed = cursors.keep_only(self._known_cursor(request), granted)
        resync = tuple(s for s in sorted(granted) if self._must_resend(cursor, s, request.digests))
        for scope in granted - (cursor.positions.keys() - set(resync)):
            cursor = cursors.begin(cursor, scope, self._scope(scope).floor)
        cursor, patch, more = self._page(cursor, request.limit_bytes)
        outbox = self._outbox(request.outbox, request.device)
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

    # --- For the office -----------------------------------------------------------------------------------------------

    def enrol(self, device: str, user: str) -> None:
        """Say whose a device is."""
        self._users[device] = user

    def user_of(self, device: str) -> str:
        """Return whose a device is: without enrolment, its own."""
        return self._users.get(device, device)

    def revoke(self, device: str) -> None:
        """Serve a device no longer; what it still sends is quarantined."""
        self._revoked.add(device)

    def disable(self, user: str, *, is_disabled: bool = True) -> None:
        """Serve a user no longer, or again; what is sent meanwhile is quarantined."""
        (self._disabled.add if is_disabled else self._disabled.discard)(user)

    def grant(self, user: str, scopes: set[str]) -> None:
        """Say which scopes a user holds from now on."""
        self._grants[user] = frozenset(scopes)

    def put(
        self,
        kind: str,
        id: str,
        body: JsonObject,
        scopes: set[str],
        *,
        why: RemovalReason = RemovalReason.REASSIGNED,
        now_ms: int = 0,
    ) -> None:
        """Store a document as the office does; why: told to the scopes that no longer hold it."""
        name, held = (kind, id), self._state.documents.get((kind, id))
        version = self._state.versions.get(name, 0) + 1
        stored = Stored(version, body, frozenset(scopes), held.since_ms if held else now_ms)
        self._state.versions[name], self._state.documents[name] = version, stored
        if held is not None:
            self._state.moves += walk(held.body.get("state"), body.get("state"))
        for scope in sorted((held.scopes if held else frozenset[str]()) | stored.scopes):
            self._feed(scope, name, None if scope in stored.scopes else why)

    def remove(self, kind: str, id: str, *, why: RemovalReason = RemovalReason.DELETED) -> None:
        """Delete a document, if it is there."""
        held = self._state.documents.pop((kind, id), None)
        for scope in sorted(held.scopes if held else ()):
            self._feed(scope, (kind, id), why)

    def compact(self, scope: str) -> None:
        """Forget the removals of a scope, as a server does after 45 days."""
        self._scope(scope).forget_removals()

    def backup(self) -> object:
        """Return a copy of everything stored; what it holds is durable from now on."""
        for outbox in self._state.outboxes.values():
            outbox.durable = outbox.last
        return self._state.copy()

    def restore(self, backup: object, *, epoch: str) -> None:
        """Go back to a backup, under a new epoch."""
        assert isinstance(backup, State), "only what backup() returned can be restored"
        self._state, self.epoch = backup.copy(), epoch

    # --- For those who check ------------------------------------------------------------------------------------------

    def document(self, kind: str, id: str) -> Stored | None:
        """Return a document as it is now."""
        return self._state.documents.get((kind, id))

    def view(self, user: str) -> dict[str, JsonObject]:
        """Return what a replica of this user must hold when nothing is on the way, by `kind/id`."""
        granted = self._grants.get(user, frozenset())
        documents = self._state.documents.items()
        return {f"{kind}/{id}": held.body for (kind, id), held in documents if held.scopes & granted}

    def verdict(self, uid: str) -> Result | None:
        """Return what was decided about a mutation, None when it never came."""
        decided = self._state.uids.get(uid)
        return decided.result if decided else None

    def occurred_ms(self, uid: str) -> int | None:
        """Return when a mutation happened as the server recorded it, None when it never came."""
        decided = self._state.uids.get(uid)
        return decided.occurred_ms if decided else None

    @property
    def decided(self) -> set[str]:
        """Uids of all mutations that were decided."""
        return set(self._state.uids)

    @property
    def scopes(self) -> list[str]:
        """Names of all scopes that ever had a document, sorted."""
        return sorted(self._state.scopes)

    @property
    def effects(self) -> tuple[str, ...]:
        """Uids of the mutations that took effect, in order; none may be in it twice."""
        return tuple(self._state.effects)

    @property
    def moves(self) -> tuple[tuple[str, str], ...]:
        """(from, to) of every change of a document's state, in order."""
        return tuple(self._state.moves)

    # --- Deciding -----------------------------------------------------------------------------------------------------

    def _judge(self, outbox: OutboxState, mutation: Mutation, device: str, now_ms: int) -> Result:
        """Return the verdict; a number already decided, or work already known by its uid, has no effect again."""
        if mutation.mid <= outbox.last:
            return _repeated(outbox.decided[mutation.mid], mutation, ReasonCode.MID_REUSE)
        known = self._state.uids.get(mutation.uid)
        occurred_ms = self._occurred_ms(outbox, mutation, now_ms)
        if known is not None:
            result = _repeated(known, mutation, ReasonCode.UID_REUSE)
        else:
            result = self._barred(mutation, device) or self._take_effect(mutation)
        if result.status is not MutationState.RETRY:
            decided = Decided(mutation.digest, result.first or result, occurred_ms)
            outbox.decided[mutation.mid], outbox.last = decided, mutation.mid
            self._state.uids.setdefault(mutation.uid, decided)
        return result

    def _take_effect(self, mutation: Mutation) -> Result:
        name = (mutation.kind, mutation.id)
        held = self._state.documents.get(name)
        decision = self._unrivalled(name, self._decide(held.body if held else None, mutation))
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

    def _unrivalled(self, name: Name, decision: Decision) -> Decision:
        """Let a decision have what it claims, unless another document has it."""
        if decision.claim is None or self._state.claims.setdefault(decision.claim, name) == name:
            return decision
        assert decision.otherwise is not None, f"{decision.claim} may be taken, but what then is not said"
        return decision.otherwise

    def _occurred_ms(self, outbox: OutboxState, mutation: Mutation, now_ms: int) -> int:
        """Correct the device's time; neither before the document was there nor before the work sent before."""
        held = self._state.documents.get((mutation.kind, mutation.id))
        previous = outbox.decided.get(mutation.mid - 1)
        not_before_ms = max(held.since_ms if held else 0, previous.occurred_ms if previous else 0)
        return clock.occurred_at(mutation.at, mutation.off, not_before_ms=not_before_ms, received_ms=now_ms).occurred_ms

    # --- Who may ------------------------------------------------------------------------------------------------------

    def _outbox(self, id: str, device: str) -> OutboxState:
        """Return an outbox, a new one when nothing was sent in it yet. Raises Refused when it is another user's."""
        user = self.user_of(device)
        outbox = self._state.outboxes.get(id) or OutboxState(user)
        if outbox.user != user:
            raise Refused(Refusal(code=ErrorCode.OUTBOX_FOREIGN, path="$.outbox"))
        return outbox

    def _barred(self, mutation: Mutation, device: str) -> Result | None:
        if device in self._revoked:
            return Result(mid=mutation.mid, status=MutationState.QUARANTINED, code=ReasonCode.DEVICE_REVOKED)
        if self.user_of(device) in self._disabled:
            return Result(mid=mutation.mid, status=MutationState.QUARANTINED, code=ReasonCode.USER_DISABLED)
        return None

    def _refuse_barred(self, device: str) -> None:
        if device in self._revoked:
            raise Refused(Refusal(code=ErrorCode.DEVICE_REVOKED))
        if self.user_of(device) in self._disabled:
            raise Refused(Refusal(code=ErrorCode.UNAUTHENTICATED))

    def _refuse_epoch(self, epoch: str | None) -> None:
        if epoch not in (None, self.epoch):
            raise Refused(Refusal(code=ErrorCode.EPOCH_CHANGED, epoch=self.epoch))

    # --- Telling what changed -----------------------------------------------------------------------------------------

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
            for change in self._scope(scope).since(position):
                row = self._row(scope, change)
                page_bytes += len(wire.encode(row)) + 1
                if patch and page_bytes > limit_bytes:
                    return cursor, tuple(patch), True
                patch.append(row)
                cursor = cursors.advance(cursor, scope, change.seq)
            cursor = cursors.advance(cursor, scope, self._scope(scope).seq)
        return cursor, tuple(patch), False

    def _row(self, scope: str, change: Change) -> Patch:
        if change.why is not None:
            return Remove(scope=scope, kind=change.kind, id=change.id, why=change.why)
        held = self._state.documents[(change.kind, change.id)]
        return Put(scope=scope, kind=change.kind, id=change.id, version=held.version, doc=held.body)

    def _feed(self, scope: str, name: Name, why: RemovalReason | None) -> None:
        self._scope(scope).note(name, why)

    def _scope(self, name: str) -> Scope:
        return self._state.scopes.setdefault(name, Scope())


def _repeated(known: Decided, mutation: Mutation, reuse: ReasonCode) -> Result:
    """Answer what was decided before, or refuse a number or uid that now stands for something else."""
    if known.digest != mutation.digest:
        return Result(mid=mutation.mid, status=MutationState.REJECTED, code=reuse)
    return Result(mid=mutation.mid, status=MutationState.DUPLICATE, first=replace(known.result, mid=mutation.mid))
