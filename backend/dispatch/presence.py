"""Who of the office is on which job just now: so that two dispatchers with one job in hand know of each other.

A word of a person's page, renewed for as long as it is open; nothing depends on it, and whoever falls silent is gone after
`LASTS`. Boards hold it as documents of the job's territory (`documents`).
"""

from datetime import timedelta

from sqlalchemy import select

from backend.dispatch.models import JobPresence
from backend.dispatch.schemas import SayPresence
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.kernel.db import Transaction

LASTS = timedelta(seconds=90)  # a page says so again each minute


async def say(tx: Transaction, principal: Principal, wanted: SayPresence) -> None:
    """The caller is on this job now, or on none. Raises UnknownJob."""
    job = await jobs.see_job_view(tx, principal, wanted.job_id) if wanted.job_id else None
    gone = select(JobPresence).where((JobPresence.user_id == principal.user_id) | (JobPresence.until < tx.now))
    own = None
    for row in await tx.session.scalars(gone):
        if row.user_id == principal.user_id and job is not None and row.job_id == job.id:
            own = row
        else:
            await tx.session.delete(row)
    await tx.flush()
    if own is not None:
        own.until = tx.now + LASTS
    elif job is not None and principal.user_id is not None:
        tx.add(
            JobPresence(
                id=tx.new_id(),
                user_id=principal.user_id,
                job_id=job.id,
                territory_id=job.territory_id,
                until=tx.now + LASTS,
            )
        )
