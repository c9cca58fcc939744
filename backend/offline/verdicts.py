"""Mutations are kept for ever, each with the verdict on it; and a verdict can be told again, as it was first given."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct, structs

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.statements import Insertion
from backend.offline import senders
from backend.offline.models import SyncMutation
from sync.protocol import JsonObject, Mutation, MutationState, PushRequest, ReasonCode, Result

_KEEP = Insertion(SyncMutation.__table__)


class Decided(Struct, frozen=True, kw_only=True):
    """A mutation that is decided. digest: of the mutation; occurred_at: when we say that it happened."""

    digest: str
    occurred_at: datetime
    result: Result


class Kept(NamedTuple):
    """What of a mutation that was decided tells its verdict again."""

    outbox_id: str
    mid: int
    uid: str
    is_first: bool
    digest: str
    occurred_at: datetime
    status: MutationState
    code: str | None
    path: str | None
    version: int | None
    document_state: str | None
    lost: JsonObject


class Ledger:
    """What one batch adds to the mutations that are kept. With it their numbers are used up, whatever the verdicts are."""

    def __init__(self, tx: Transaction, principal: Principal, request: PushRequest) -> None:
        self._tx = tx
        self._principal = principal
        self._request = request

    async def keep(self, mutation: Mutation, at: datetime, verdict: Result, *, is_first: bool) -> Decided:
        self._tx.put_later(_KEEP, self._row(mutation, at, verdict, is_first=is_first))
        await self._tx.flush_if_careful()  # so that a collision is not taken for a fault of the next mutation
        return Decided(digest=mutation.digest, occurred_at=at, result=verdict)

    def _row(self, mutation: Mutation, at: datetime, verdict: Result, *, is_first: bool) -> Mapping[str, Any]:
        return {
            "id": self._tx.new_id(),
            "outbox_id": self._request.outbox,
            "mid": mutation.mid,
            "uid": mutation.uid,
            "is_first": is_first,
            "digest": mutation.digest,
            # What a message says of its device is no proof; its token is.
            "device": str(self._principal.device_id or self._request.device),
            "schema": self._request.schema,
            "op": mutation.op,
            "kind": mutation.kind,
            "document_id": mutation.id,
            "base": mutation.base,
            "args": mutation.args,
            "at_ms": mutation.at,
            "off_ms": mutation.off,
            "blobs": mutation.blobs,
            "occurred_at": at,
            "had_lease": not senders.had_no_lease(self._principal, at),
            "received_at": self._tx.now,
            "status": verdict.status,
            "code": verdict.code,
            "path": verdict.path,
            "version": verdict.version,
            "document_state": verdict.state,
            "lost": verdict.lost,
        }


def result_of(row: Kept | SyncMutation) -> Result:
    """The stored verdict as it was first given, `resolved` once a person has decided."""
    return Result(
        mid=row.mid,
        status=row.status,
        code=row.code,
        path=row.path,
        version=row.version,
        state=row.document_state,
        lost=row.lost,
    )


def again(decided: Decided, mutation: Mutation, reuse: ReasonCode, path: str) -> Result:
    """The verdict that a number or uid has already, unless it now stands for other work."""
    if decided.digest != mutation.digest:
        return Result(mid=mutation.mid, status=MutationState.REJECTED, code=reuse, path=path)
    first = structs.replace(decided.result, mid=mutation.mid)
    return Result(mid=mutation.mid, status=MutationState.DUPLICATE, first=first)
