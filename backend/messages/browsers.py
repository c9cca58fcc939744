"""Browsers in which customers want to hear of their visit (Web Push): one for each visit, the one that asked last."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from backend.kernel.db import Transaction
from backend.messages.models import VisitBrowser
from backend.ports import PushAddress

KEPT_FOR = timedelta(days=90)  # whoever has no time agreed by then hears of it by other ways


async def notify_in(tx: Transaction, job_id: UUID, address: PushAddress) -> None:
    """Tell the customer of this visit there from now on, and in no browser that asked before."""
    told = {
        "endpoint": address.endpoint,
        "p256dh": address.p256dh,
        "auth": address.auth,
        "kept_until": tx.now + KEPT_FOR,
    }
    row = tx.upsert(VisitBrowser).values(id=tx.new_id(), job_id=job_id, **told)
    await tx.session.execute(row.on_conflict_do_update(index_elements=["job_id"], set_=told))


async def notify_nowhere(tx: Transaction, job_id: UUID) -> None:
    """Tell the customer of this visit in no browser any more."""
    await tx.session.execute(delete(VisitBrowser).where(VisitBrowser.job_id == job_id))


async def browser_of(tx: Transaction, job_id: UUID) -> PushAddress | None:
    """Where the customer of this visit is told."""
    row = (await tx.session.scalars(select(VisitBrowser).where(VisitBrowser.job_id == job_id))).first()
    return row and PushAddress(endpoint=row.endpoint, p256dh=row.p256dh, auth=row.auth)


async def keep(tx: Transaction, job_id: UUID, until: datetime) -> None:
    """Keep it at least as long as there is something to tell."""
    query = select(VisitBrowser).where(VisitBrowser.job_id == job_id, VisitBrowser.kept_until < until)
    for row in await tx.session.scalars(query.with_for_update()):
        row.kept_until = until


async def forget_gone(tx: Transaction, job_id: UUID, endpoint: str) -> None:
    """Nobody listens there any more; another browser may have asked meanwhile."""
    gone = VisitBrowser.job_id == job_id, VisitBrowser.endpoint == endpoint
    await tx.session.execute(delete(VisitBrowser).where(*gone))
