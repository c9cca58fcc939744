"""Servers in memory with one mistake each, for the simulator to find."""

from typing import Any

import pytest
from msgspec.structs import replace

from sync import wire
from sync.protocol import (
    SCHEMA,
    JsonObject,
    Mutation,
    MutationState,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    ReasonCode,
    RemovalReason,
    Result,
)
from sync.server import MemoryServer
from sync.twin.jobs import Decide, Decision
from sync.twin.state import Name, OutboxState, State

# --- Doing work once -------------------------------------------------------------------------------------


class NoDedupByMid(MemoryServer):
    """A number that was decided is decided again."""

    def _judge(self, outbox: OutboxState, mutation: Mutation, device: str, now_ms: int) -> Result:
        if mutation.mid <= outbox.last:
            return self._take_effect(mutation)
        return super()._judge(outbox, mutation, device, now_ms)


class NoDedupByUid(MemoryServer):
    """Work that comes in another outbox is new work."""

    def _judge(self, outbox: OutboxState, mutation: Mutation, device: str, now_ms: int) -> Result:
        if mutation.mid > outbox.last:
            self._state.uids.pop(mutation.uid, None)
        return super()._judge(outbox, mutation, device, now_ms)


class DuplicateWithoutVerdict(MemoryServer):
    """A repeated number is answered `duplicate`, and what was decided about it is not said."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        answer = super().push(request, now_ms=now_ms)
        return replace(answer, results=tuple(replace(result, first=None) for result in answer.results))


class GapAccepted(MemoryServer):
    """Numbers may be missing: they are taken for done."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        outbox = self._state.outboxes.get(request.outbox)
        if outbox is not None and request.batch[0].mid > outbox.last + 1:
            outbox.last = request.batch[0].mid - 1
        return super().push(request, now_ms=now_ms)


class SealNotChecked(MemoryServer):
    """Whatever can be parsed is taken."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        with pytest.MonkeyPatch.context() as patches:
            patches.setattr(wire, "check_push", lambda _request: None)
            return super().push(request, now_ms=now_ms)


class BatchBackwards(MemoryServer):
    """The effects of a batch are made from its end."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        outbox = self._state.outboxes.get(request.outbox) or OutboxState()
        if request.batch[0].mid == outbox.last + 1 and len(request.batch) > 1:
            for mutation in reversed(request.batch):
                if mutation.uid not in self._state.uids:
                    self._take_effect(mutation)
            self._only_booked = True
        answer = super().push(request, now_ms=now_ms)
        self._only_booked = False
        return answer

    _only_booked = False

    def _take_effect(self, mutation: Mutation) -> Result:
        if self._only_booked:
            return Result(mid=mutation.mid, status=MutationState.APPLIED)
        return super()._take_effect(mutation)


class CommitLost(MemoryServer):
    """Now and then the answer leaves, and the commit behind it fails."""

    _pushes = 0

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        before = self._state.copy()
        answer = super().push(request, now_ms=now_ms)
        self._pushes += 1
        if self._pushes % 7 == 0:
            self._state = before
        return answer


class EffectOfTheRejected(MemoryServer):
    """No savepoint: what a rejected mutation had done before it failed, stays."""

    def __init__(self, epoch: str, *, decide: Decide, minimum_schema: int = SCHEMA) -> None:
        super().__init__(epoch, decide=lambda document, mutation: self._half(decide, document, mutation))

    def _half(self, decide: Decide, document: JsonObject | None, mutation: Mutation) -> Decision:
        decision = decide(document, mutation)
        if decision.status is MutationState.REJECTED and document is not None:
            return Decision(status=decision.status, code=decision.code, document={**document, "outcome": "perhaps"})
        return decision


class PoisonBlocks(MemoryServer):
    """What cannot be read is to be sent again, for ever."""

    def __init__(self, epoch: str, *, decide: Decide, minimum_schema: int = SCHEMA) -> None:
        super().__init__(epoch, decide=lambda document, mutation: self._blocked(decide(document, mutation)))

    def _blocked(self, decision: Decision) -> Decision:
        is_poison = decision.status is MutationState.REJECTED
        return Decision(status=MutationState.RETRY, code=ReasonCode.TRY_LATER) if is_poison else decision


class ReasonForgotten(MemoryServer):
    """Refused, and not told why."""

    def _take_effect(self, mutation: Mutation) -> Result:
        return replace(super()._take_effect(mutation), code=None)


class AnyMove(MemoryServer):
    """Work begins whatever the state of the job."""

    def __init__(self, epoch: str, *, decide: Decide, minimum_schema: int = SCHEMA) -> None:
        super().__init__(epoch, decide=lambda document, mutation: self._forced(decide, document, mutation))

    def _forced(self, decide: Decide, document: JsonObject | None, mutation: Mutation) -> Decision:
        if mutation.op == "start" and document is not None:
            return Decision(status=MutationState.APPLIED, document={**document, "state": "started"})
        return decide(document, mutation)


class SerialTwice(MemoryServer):
    """Whoever installs a serial has it."""

    def _unrivalled(self, name: Name, decision: Decision) -> Decision:
        return decision


# --- Telling what changed --------------------------------------------------------------------------------


class CursorOffByOne(MemoryServer):
    """The first change after the cursor is passed over."""

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        with pytest.MonkeyPatch.context() as patches:
            since = type(self._scope("any")).since
            patches.setattr(type(self._scope("any")), "since", lambda scope, n: since(scope, n + 1 if n else 0))
            return super().pull(request, now_ms=now_ms)


class LateCommit(MemoryServer):
    """A change gets its number when it is made, and is seen only when the next one is: a sequence, not the feed."""

    _uncommitted: tuple[str, Name, RemovalReason | None, int] | None = None

    def _feed(self, scope: str, name: Name, why: RemovalReason | None) -> None:
        held = self._scope(scope)
        if self._uncommitted is not None:
            where, what, reason, seq = self._uncommitted
            late = self._scope(where)
            head, late.seq = late.seq, seq - 1
            late.note(what, reason)
            late.seq = max(head, seq)
        self._uncommitted = (scope, name, why, held.seq + 1)
        held.seq += 1


class RemovalForgotten(MemoryServer):
    """A document that leaves is not told of."""

    def _feed(self, scope: str, name: Name, why: RemovalReason | None) -> None:
        if why is None:
            super()._feed(scope, name, why)
        else:
            self._scope(scope).changes.pop(name, None)


class EpochIgnored(MemoryServer):
    """A restored server goes on as if nothing had happened."""

    def restore(self, backup: object, *, epoch: str) -> None:
        super().restore(backup, epoch=self.epoch)


class CursorsOfAnyEpoch(MemoryServer):
    """Pushes and cursors from before the restore are taken."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        return super().push(replace(request, epoch=None), now_ms=now_ms)

    def _refuse_epoch(self, epoch: str | None) -> None:
        return


class OlderSnapshot(MemoryServer):
    """The patch is read before the push beside it, `last_mid` after it."""

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        answer = super().pull(request, now_ms=now_ms)
        outbox = self._state.outboxes.get(request.outbox)
        if answer.patch and not answer.more and outbox is not None and outbox.last and not answer.resync:
            return replace(answer, patch=(), cursor=request.cursor or answer.cursor, more=request.cursor is None)
        return answer


class VersionGoesBack(MemoryServer):
    """A document that comes back begins at version 1."""

    def remove(self, kind: str, id: str, *, why: RemovalReason = RemovalReason.DELETED) -> None:
        super().remove(kind, id, why=why)
        self._state.versions.pop((kind, id), None)


class DurableTooEarly(MemoryServer):
    """What is committed is called durable, though no backup holds it."""

    def push(self, request: PushRequest, *, now_ms: int) -> PushAnswer:
        answer = super().push(request, now_ms=now_ms)
        return replace(answer, durable_mid=answer.last)


class FloorIgnored(MemoryServer):
    """Who missed removals that are forgotten is not sent the scope again."""

    def compact(self, scope: str) -> None:
        super().compact(scope)
        self._scope(scope).floor = 0


class PageEndSkipped(MemoryServer):
    """When a page is full, the cursor stands at the end all the same."""

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        answer = super().pull(request, now_ms=now_ms)
        if not answer.more:
            return answer
        everything = super().pull(replace(request, limit_bytes=1 << 22), now_ms=now_ms)
        return replace(answer, cursor=everything.cursor, more=False)


class ScopeStays(MemoryServer):
    """Who lost a scope is not told."""

    def pull(self, request: PullRequest, *, now_ms: int) -> PullAnswer:
        return replace(super().pull(request, now_ms=now_ms), scopes_removed=())


class ReassignedStays(MemoryServer):
    """A document is told of only where it is now."""

    def put(self, kind: str, id: str, body: JsonObject, scopes: set[str], **more: Any) -> None:
        held = self._state.documents.get((kind, id))
        if held is not None:
            self._state.documents[(kind, id)] = replace(held, scopes=frozenset(scopes))
        super().put(kind, id, body, scopes, **more)


class BackupWithoutOutboxes(MemoryServer):
    """The backup has the documents, and not what was decided."""

    def backup(self) -> object:
        stored = super().backup()
        assert isinstance(stored, State)
        return replace(stored, uids={}, outboxes={})
