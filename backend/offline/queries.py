"""Reads of outboxes and verdicts."""

from collections.abc import Collection, Sequence

from sqlalchemy import and_, func, or_, select

from backend.kernel.db import Transaction
from backend.offline.models import SyncMutation, SyncOutbox


async def outbox(tx: Transaction, outbox_id: str, *, lock: bool = False) -> SyncOutbox | None:
    query = select(SyncOutbox).where(SyncOutbox.id == outbox_id)
    return (await tx.session.scalars(query.with_for_update() if lock else query)).first()


async def decided(
    tx: Transaction, outbox_id: str, first_mid: int, last_mid: int, uids: Collection[str]
) -> tuple[dict[int, SyncMutation], dict[str, SyncMutation]]:
    """What was decided before: by number, of the outbox's mutations from the first to the last of these numbers; and by
    uid the first decision on each of these, whatever outbox it came in.
    """
    numbered = and_(SyncMutation.outbox_id == outbox_id, SyncMutation.mid.between(first_mid, last_mid))
    named = and_(SyncMutation.uid.in_(uids), SyncMutation.is_first)
    rows = (await tx.session.scalars(select(SyncMutation).where(or_(numbered, named)))).all()
    by_number = {row.mid: row for row in rows if row.outbox_id == outbox_id and first_mid <= row.mid <= last_mid}
    return by_number, {row.uid: row for row in rows if row.is_first and row.uid in uids}


async def known(tx: Transaction, uids: Collection[str]) -> dict[str, SyncMutation]:
    """The first decision on each of these uids, whatever outbox it came in."""
    query = select(SyncMutation).where(SyncMutation.uid.in_(uids), SyncMutation.is_first)
    return {row.uid: row for row in await tx.session.scalars(query)}


async def own_versions(tx: Transaction, outbox_id: str, kind: str, document_ids: Collection[str]) -> dict[str, int]:
    """The version that each document had after the outbox's last work on it; untouched documents are left out."""
    of_outbox = SyncMutation.outbox_id == outbox_id
    last = select(func.max(SyncMutation.mid)).where(
        of_outbox,
        SyncMutation.kind == kind,
        SyncMutation.document_id.in_(document_ids),
        SyncMutation.version.is_not(None),
    )
    query = select(SyncMutation.document_id, SyncMutation.version).where(
        of_outbox, SyncMutation.mid.in_(last.group_by(SyncMutation.document_id))
    )
    return {row.document_id: row.version for row in await tx.session.execute(query)}


async def verdicts_from(tx: Transaction, outbox_id: str, from_mid: int, limit: int) -> Sequence[SyncMutation]:
    """The verdicts of an outbox from a number on, in order."""
    query = select(SyncMutation).where(SyncMutation.outbox_id == outbox_id, SyncMutation.mid >= from_mid)
    return (await tx.session.scalars(query.order_by(SyncMutation.mid).limit(limit))).all()
