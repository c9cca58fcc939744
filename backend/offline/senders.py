"""Senders who are not what they were: revoked phones, users who may not work any more, leases that ran out.

Nothing that was done is lost by it. What a barred sender brings is kept as it came, in quarantine; what was done on a
phone after its lease had run out counts. Of both a person hears.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ReviewKind
from backend.kernel.db import Transaction
from backend.offline.decisions import Decision
from backend.workforce import service as workforce
from sync.protocol import MutationState, PushRequest

LEASE_EXPIRED = "lease_expired"


def quarantined(principal: Principal) -> Decision | None:
    """The verdict on all that a barred sender brings, unseen; None when the sender is as good as ever."""
    if principal.barring is None:
        return None
    return Decision(status=MutationState.QUARANTINED, code=principal.barring, path="$")


def had_no_lease(principal: Principal, at: datetime) -> bool:
    """Whether the phone should have been locked when this was done: somebody set its clock, or it is not ours."""
    return principal.lapse is not None and principal.lapse.since <= at < principal.lapse.until


async def report(tx: Transaction, principal: Principal, request: PushRequest, job_ids: Collection[UUID | None]) -> None:
    """Cards about a batch of such work: one for each job; for what belongs to none, one in the sender's territory."""
    for job_id in job_ids:
        await jobs.open_review(
            tx,
            kind=ReviewKind.QUARANTINE if principal.barring else ReviewKind.LEASE,
            reason=principal.barring or LEASE_EXPIRED,
            subject=request.outbox,
            job_id=job_id,
            territory_id=None if job_id else await _territory(tx, principal),
            params={"outbox": request.outbox, "device": request.device},
        )


async def _territory(tx: Transaction, principal: Principal) -> UUID | None:
    """None for who is no technician any more: then it is the supervisors' to look at."""
    if principal.technician_id is None:
        return None
    found = await workforce.technicians_by_id(tx, [principal.technician_id])
    return next((technician.territory_id for technician in found.values()), None)
