"""Which work a backup holds: phones keep theirs until one does, and send the rest again when an old one is restored."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func, select, update

from backend.kernel.db import Transaction
from backend.offline.models import SyncMutation, SyncOutbox

Held = Mapping[str, int]
"""Outbox → its highest number that a backup holds."""


async def present(tx: Transaction) -> Held:
    """What a backup of this very snapshot holds."""
    rows = await tx.session.execute(select(SyncOutbox.id, SyncOutbox.last_mid))
    return {row.id: row.last_mid for row in rows}


async def received_by(tx: Transaction, moment: datetime) -> Held:
    """What had come in by then."""
    highest = func.max(SyncMutation.mid).label("mid")
    query = select(SyncMutation.outbox_id, highest).join(SyncOutbox, SyncOutbox.id == SyncMutation.outbox_id)
    new = query.where(SyncMutation.mid > SyncOutbox.durable_mid, SyncMutation.received_at <= moment)
    return {row.outbox_id: row.mid for row in await tx.session.execute(new.group_by(SyncMutation.outbox_id))}


async def mark(tx: Transaction, held: Held) -> None:
    """Tell phones from now on that they may let go of this. What was durable before stays so."""
    for outbox_id, mid in sorted(held.items()):
        behind = SyncOutbox.id == outbox_id, SyncOutbox.durable_mid < mid, SyncOutbox.last_mid >= mid
        await tx.session.execute(update(SyncOutbox).where(*behind).values(durable_mid=mid))


async def at_risk(tx: Transaction) -> int:
    """How many pieces of work are in no backup."""
    return (await tx.session.scalars(select(func.coalesce(func.sum(_UNHELD), 0)))).one()


_UNHELD = SyncOutbox.last_mid - SyncOutbox.durable_mid
