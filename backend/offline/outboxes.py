"""Outboxes belong to users: another phone of the same user may send one, another user may not even read it."""

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.offline import queries
from backend.offline.models import Outbox, SyncOutbox
from sync.protocol import ErrorCode, Refusal, Refused


async def to_write(tx: Transaction, principal: Principal, outbox_id: str) -> Outbox:
    """The outbox, locked, so that its pushes are decided one after the other; made at the first. Raises Refused."""
    outbox = await queries.outbox(tx, outbox_id, lock=True) or await _made(tx, principal, outbox_id)
    _refuse_foreign(outbox, principal)
    return outbox


async def to_read(tx: Transaction, principal: Principal, outbox_id: str) -> Outbox | None:
    """The outbox, None before its first push. Raises Refused."""
    outbox = await queries.outbox(tx, outbox_id)
    if outbox is not None:
        _refuse_foreign(outbox, principal)
    return outbox


async def _made(tx: Transaction, principal: Principal, outbox_id: str) -> Outbox:
    assert principal.user_id is not None, f"{principal.actor} pushes but is no user"
    new = tx.upsert(SyncOutbox).values(id=outbox_id, user_id=principal.user_id, last_mid=0, durable_mid=0)
    await tx.session.execute(new.on_conflict_do_nothing())
    outbox = await queries.outbox(tx, outbox_id, lock=True)
    assert outbox is not None, f"outbox {outbox_id} was just made"
    return outbox


def _refuse_foreign(outbox: Outbox, principal: Principal) -> None:
    if outbox.user_id != principal.user_id:
        raise Refused(Refusal(code=ErrorCode.OUTBOX_FOREIGN, path="$.outbox"))
