"""Push: a batch of one outbox is decided in order, in one transaction, each mutation once."""

from datetime import datetime
from uuid import UUID

from msgspec import structs

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.feed import epoch
from backend.offline import outboxes, queries, senders, worked
from backend.offline.decisions import Decision, decide, refused
from backend.offline.models import Outbox
from backend.offline.schemas import POLL_AFTER_MS
from backend.offline.verdicts import Decided, Ledger, again
from backend.offline.worked import Worked
from sync import clock, upcasters, wire
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


async def push(tx: Transaction, principal: Principal, request: PushRequest) -> PushAnswer:
    """Decide a batch. Raises Refused, with nothing stored; a verdict on one mutation never refuses the batch."""
    wire.check_push(request)
    present = await epoch(tx)
    if request.epoch not in (None, present):
        raise Refused(Refusal(code=ErrorCode.EPOCH_CHANGED, epoch=present))
    outbox = await outboxes.to_write(tx, principal, request.outbox)
    if request.batch[0].mid > outbox.last_mid + 1:
        raise Refused(Refusal(code=ErrorCode.MID_GAP, path="$.batch[0].mid", expected=outbox.last_mid + 1))
    batch = _Batch(tx, principal, request, outbox)
    results = await batch.decide()
    return PushAnswer(
        last=batch.last_mid,
        durable_mid=outbox.durable_mid,
        results=results,
        epoch=present,
        time=clock.milliseconds(tx.now),
        poll_after_ms=POLL_AFTER_MS,
    )


class _Batch:
    """The state of deciding one batch: what was decided before, and when the work before this one happened."""

    def __init__(self, tx: Transaction, principal: Principal, request: PushRequest, outbox: Outbox) -> None:
        self._tx = tx
        self._principal = principal
        self._request = request
        self._outbox = outbox
        self.last_mid = outbox.last_mid
        self._ledger = Ledger(tx, principal, request)
        self._after: datetime | None = None
        self._to_report: dict[UUID | None, list[str]] = {}  # uids by job, in the order of their work

    async def decide(self) -> tuple[Result, ...]:
        batch = self._request.batch
        # The one before the batch, too: what is new happened after it.
        uids = {mutation.uid for mutation in batch}
        before, known = await queries.decided(self._tx, self._outbox.id, batch[0].mid - 1, batch[-1].mid, uids)
        is_technician = self._principal.technician_id is not None
        documents = await worked.read(self._tx, self._principal, self._request) if is_technician else worked.NOTHING
        if previous := before.get(batch[0].mid - 1):
            self._after = previous.occurred_at
        results: list[Result] = []
        for mutation in batch:
            results.append(await self._judge(mutation, before, known, documents))
            if results[-1].code == ReasonCode.MID_REUSE:
                break  # a copied storage: its work is done in order, hence all of it under numbers of its own
            self.last_mid = max(self.last_mid, mutation.mid)
        queries.advance_outbox(self._tx, structs.replace(self._outbox, last_mid=self.last_mid))
        await senders.report(self._tx, self._principal, self._request, self._to_report)
        return tuple(results)

    async def _judge(
        self,
        mutation: Mutation,
        before: dict[int, Decided],
        known: dict[str, Decided],
        documents: Worked,
    ) -> Result:
        if decided := before.get(mutation.mid):
            self._after = decided.occurred_at
            return again(decided, mutation, ReasonCode.MID_REUSE, "$.mid")
        if first := known.get(mutation.uid):
            result = again(first, mutation, ReasonCode.UID_REUSE, "$.uid")
            if result.first is None:
                reused = Decision(status=result.status, code=result.code, path=result.path)
                await refused(self._tx, self._principal, mutation, documents.subject(mutation), reused)
            self._after = self._corrected(mutation, documents)
            await self._ledger.keep(mutation, self._after, result.first or result, is_first=False)
            return result
        at = self._corrected(mutation, documents)
        result = await self._take_effect(mutation, at, documents)
        known[mutation.uid] = await self._ledger.keep(mutation, at, result, is_first=True)
        self._after = at
        return result

    async def _take_effect(self, mutation: Mutation, at: datetime, documents: Worked) -> Result:
        is_foreign, job = documents.is_changed_by_others(mutation), documents.job(mutation)
        subject = documents.subject(mutation)
        verdict = senders.quarantined(self._principal)
        if verdict or senders.had_no_lease(self._principal, at):
            self._to_report.setdefault(job.id if job else None, []).append(mutation.uid)
        if verdict:
            return Result(mid=mutation.mid, **structs.asdict(verdict))
        said = upcasters.present(mutation, self._request.schema)
        decision = await decide(self._tx, self._principal, said, subject, at)
        await self._tx.flush_if_careful()
        version = documents.version(mutation)
        documents.note(mutation, version)
        if decision.status is MutationState.APPLIED and is_foreign:
            decision = Decision(status=MutationState.MERGED)
        return Result(
            mid=mutation.mid, **structs.asdict(decision), version=version, state=str(job.state) if job else None
        )

    def _corrected(self, mutation: Mutation, documents: Worked) -> datetime:
        """When it happened: the device's time by its measured offset, bounded by what we know ourselves."""
        earlier = [at for at in (self._after, documents.since(mutation)) if at is not None]
        occurred = clock.occurred_at(
            mutation.at,
            mutation.off,
            not_before_ms=max(map(clock.milliseconds, earlier), default=0),
            received_ms=clock.milliseconds(self._tx.now),
        )
        return clock.instant(occurred.occurred_ms)
