"""Push: a batch of one outbox is decided in order, in one transaction, each mutation once."""

from datetime import datetime

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.feed import epoch
from backend.offline import queries
from backend.offline.decisions import Decision, corrected, decide
from backend.offline.models import SyncMutation, SyncOutbox
from sync import clock, wire
from sync.protocol import (
    ErrorCode,
    Mutation,
    MutationState,
    PushAnswer,
    PushRequest,
    ReasonCode,
    Refusal,
    Refused,
    Result,
)

POLL_AFTER_MS = 30_000  # a phone that is told nothing else asks again in half a minute


async def push(tx: Transaction, principal: Principal, request: PushRequest) -> PushAnswer:
    """Decide a batch. Raises Refused, with nothing stored; a verdict on one mutation never refuses the batch."""
    wire.check_push(request)
    present = str(await epoch(tx))
    if request.epoch not in (None, present):
        raise Refused(Refusal(code=ErrorCode.EPOCH_CHANGED, epoch=present))
    outbox = await _outbox(tx, principal, request.outbox)
    if request.batch[0].mid > outbox.last_mid + 1:
        raise Refused(Refusal(code=ErrorCode.MID_GAP, path="$.batch[0].mid", expected=outbox.last_mid + 1))
    results = await _Batch(tx, principal, request, outbox).decide()
    return PushAnswer(
        last=outbox.last_mid,
        results=results,
        epoch=present,
        time=clock.milliseconds(tx.now),
        poll_after_ms=POLL_AFTER_MS,
    )


async def _outbox(tx: Transaction, principal: Principal, outbox_id: str) -> SyncOutbox:
    """The outbox, made at its first push. It belongs to a user: another phone of the same user may send it."""
    assert principal.user_id is not None, f"{principal.actor} pushes but is no user"
    made = tx.upsert(SyncOutbox).values(id=outbox_id, user_id=principal.user_id, last_mid=0)
    await tx.session.execute(made.on_conflict_do_nothing())
    outbox = await queries.outbox(tx, outbox_id, lock=True)
    assert outbox is not None, f"outbox {outbox_id} was just made"
    if outbox.user_id != principal.user_id:
        raise Refused(Refusal(code=ErrorCode.OUTBOX_FOREIGN, path="$.outbox"))
    return outbox


class _Batch:
    """The state of deciding one batch: what was decided before, and when the work before this one happened."""

    def __init__(self, tx: Transaction, principal: Principal, request: PushRequest, outbox: SyncOutbox) -> None:
        self._tx = tx
        self._principal = principal
        self._request = request
        self._outbox = outbox
        self._after: datetime | None = None

    async def decide(self) -> tuple[Result, ...]:
        batch = self._request.batch
        before = await queries.decided(self._tx, self._outbox.id, [mutation.mid for mutation in batch])
        known = await queries.known(self._tx, [mutation.uid for mutation in batch])
        previous = await queries.decided(self._tx, self._outbox.id, [batch[0].mid - 1])
        self._after = next((row.occurred_at for row in previous.values()), None)
        return tuple([await self._judge(mutation, before, known) for mutation in batch])

    async def _judge(
        self, mutation: Mutation, before: dict[int, SyncMutation], known: dict[str, SyncMutation]
    ) -> Result:
        if mutation.mid <= self._outbox.last_mid:
            row = before[mutation.mid]
            self._after = row.occurred_at
            return _again(row, mutation, ReasonCode.MID_REUSE)
        first = known.get(mutation.uid)
        if first is None:
            row = await self._take_effect(mutation)
            known[mutation.uid] = row
            return _result(row, mutation.mid)
        result = _again(first, mutation, ReasonCode.UID_REUSE)
        self._note(mutation, first.occurred_at, _decision_of(result, first))
        return result

    async def _take_effect(self, mutation: Mutation) -> SyncMutation:
        at = corrected(mutation, after=self._after, now=self._tx.now)
        own = await queries.last_of_document(self._tx, self._outbox.id, mutation.kind, mutation.id)
        own_version = own.version if own else None
        decision = await decide(self._tx, self._principal, mutation, at, own_version=own_version)
        return self._note(mutation, at, decision)

    def _note(self, mutation: Mutation, at: datetime, decision: Decision) -> SyncMutation:
        """Keep the verdict; with it the number is used up, whatever the verdict is."""
        row = SyncMutation(
            id=self._tx.new_id(),
            outbox_id=self._outbox.id,
            mid=mutation.mid,
            uid=mutation.uid,
            digest=mutation.digest,
            device=self._request.device,
            op=mutation.op,
            kind=mutation.kind,
            document_id=mutation.id,
            base=mutation.base,
            args=mutation.args,
            occurred_at=at,
            received_at=self._tx.now,
            status=decision.status,
            code=decision.code,
            path=decision.path,
            version=decision.version,
            document_state=decision.state,
        )
        self._tx.add(row)
        self._outbox.last_mid, self._after = mutation.mid, at
        return row


def result_of(row: SyncMutation) -> Result:
    """The stored verdict as it was first given."""
    return _result(row, row.mid)


def _result(row: SyncMutation, mid: int) -> Result:
    return Result(
        mid=mid, status=row.status, code=row.code, path=row.path, version=row.version, state=row.document_state
    )


def _again(row: SyncMutation, mutation: Mutation, reuse: ReasonCode) -> Result:
    if row.digest != mutation.digest:
        return Result(mid=mutation.mid, status=MutationState.REJECTED, code=reuse, path="$.digest")
    return Result(mid=mutation.mid, status=MutationState.DUPLICATE, first=_result(row, mutation.mid))


def _decision_of(result: Result, first: SyncMutation) -> Decision:
    """What is stored under a new number for work that another number brought: the verdict that it repeats."""
    if result.first is None:
        return Decision(status=result.status, code=result.code, path=result.path)
    return Decision(
        status=first.status, code=first.code, path=first.path, version=first.version, state=first.document_state
    )
