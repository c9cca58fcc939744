"""Reads of outboxes and verdicts."""

from collections.abc import Collection, Sequence

from sqlalchemy import select

from backend.kernel.db import Transaction
from backend.offline.models import SyncMutation, SyncOutbox


async def outbox(tx: Transaction, outbox_id: str, *, lock: bool = False) -> SyncOutbox | None:
    """The outbox; locked, so that two pushes of it are decided one after the other."""
    query = select(SyncOutbox).where(SyncOutbox.id == outbox_id)
    return (await tx.session.scalars(query.with_for_update() if lock else query)).first()


async def decided(tx: Transaction, outbox_id: str, mids: Collection[int]) -> dict[int, SyncMutation]:
    """The mutations with these numbers that were decided before, by number."""
    query = select(SyncMutation).where(SyncMutation.outbox_id == outbox_id, SyncMutation.mid.in_(mids))
    return {row.mid: row for row in await tx.session.scalars(query)}


async def known(tx: Transaction, uids: Collection[str]) -> dict[str, SyncMutation]:
    """The first decision on each of these uids, whatever outbox it came in."""
    query = select(SyncMutation).where(SyncMutation.uid.in_(uids)).order_by(SyncMutation.id.desc())
    return {row.uid: row for row in await tx.session.scalars(query)}


async def last_of_document(tx: Transaction, outbox_id: str, kind: str, document_id: str) -> SyncMutation | None:
    """The outbox's own last work on a document."""
    query = select(SyncMutation).where(
        SyncMutation.outbox_id == outbox_id, SyncMutation.kind == kind, SyncMutation.document_id == document_id
    )
    return (await tx.session.scalars(query.order_by(SyncMutation.mid.desc()).limit(1))).first()


async def verdicts_from(tx: Transaction, outbox_id: str, from_mid: int, limit: int) -> Sequence[SyncMutation]:
    """The verdicts of an outbox from a number on, in order."""
    query = select(SyncMutation).where(SyncMutation.outbox_id == outbox_id, SyncMutation.mid >= from_mid)
    return (await tx.session.scalars(query.order_by(SyncMutation.mid).limit(limit))).all()
