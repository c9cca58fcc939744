"""Reads of outboxes and verdicts."""

from collections.abc import Collection, Sequence

from msgspec import structs
from sqlalchemy import and_, bindparam, func, or_, select

from backend.kernel.db import Transaction
from backend.kernel.statements import Insertion, Question, among
from backend.offline.models import Outbox, SyncMutation, SyncOutbox
from backend.offline.verdicts import Decided, Kept, result_of

# They are asked with every push.
_OUTBOXES = SyncOutbox.__table__.c
_OF_ID = select(*(_OUTBOXES[name] for name in Outbox.__struct_fields__)).where(_OUTBOXES.id == bindparam("id"))
_OUTBOX, _OUTBOX_LOCKED = Question(_OF_ID), Question(_OF_ID.with_for_update())
_ADVANCE = Insertion(
    SyncOutbox.__table__,
    lambda new: new.on_conflict_do_update(index_elements=["id"], set_={"last_mid": new.excluded.last_mid}),
)
_KEPT = SyncMutation.__table__.c
_NUMBERED = and_(
    _KEPT.outbox_id == bindparam("outbox_id"), _KEPT.mid.between(bindparam("first_mid"), bindparam("last_mid"))
)
_NAMED = and_(among(_KEPT.uid, "uids"), _KEPT.is_first)
_DECIDED = Question(select(*(_KEPT[name] for name in Kept._fields)).where(or_(_NUMBERED, _NAMED)))


async def outbox(tx: Transaction, outbox_id: str, *, lock: bool = False) -> Outbox | None:
    found = await tx.ask(_OUTBOX_LOCKED if lock else _OUTBOX, id=outbox_id)
    return Outbox(*found[0]) if found else None


def advance_outbox(tx: Transaction, outbox: Outbox) -> None:
    """Keep what the highest number is that was decided; made if there is none of its id."""
    tx.put_later(_ADVANCE, structs.asdict(outbox))


async def decided(
    tx: Transaction, outbox_id: str, first_mid: int, last_mid: int, uids: Collection[str]
) -> tuple[dict[int, Decided], dict[str, Decided]]:
    """What was decided before: by number, of the outbox's mutations from the first to the last of these numbers; and by
    uid the first decision on each of these, whatever outbox it came in.
    """
    asked = {"outbox_id": outbox_id, "first_mid": first_mid, "last_mid": last_mid, "uids": list(uids)}
    by_number: dict[int, Decided] = {}
    by_uid: dict[str, Decided] = {}
    for row in map(Kept._make, await tx.ask(_DECIDED, **asked)):
        decided = Decided(digest=row.digest, occurred_at=row.occurred_at, result=result_of(row))
        if row.outbox_id == outbox_id and first_mid <= row.mid <= last_mid:
            by_number[row.mid] = decided
        if row.is_first and row.uid in uids:
            by_uid[row.uid] = decided
    return by_number, by_uid


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
