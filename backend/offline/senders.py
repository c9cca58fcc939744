"""Senders who are not what they were: revoked phones, users who may not work any more, leases that ran out.

Nothing that was done is lost by it. What a barred sender brings is kept as it came, in quarantine; what was done on a
phone after its lease had run out counts. Of both a person hears.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ReviewKind
from backend.kernel.db import Transaction
from backend.offline.decisions import Decision, territory_of
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


async def report(
    tx: Transaction, principal: Principal, request: PushRequest, work: Mapping[UUID | None, Collection[str]]
) -> None:
    """Cards about a batch of such work: one for each job; for what belongs to none, one in the sender's territory.

    work: uids by job. A card names what is in quarantine, so that it can be let in; what counts needs no deciding.
    """
    for job_id, uids in work.items():
        card_id = await jobs.open_review(
            tx,
            kind=ReviewKind.QUARANTINE if principal.barring else ReviewKind.LEASE,
            reason=principal.barring or LEASE_EXPIRED,
            subject=request.outbox,
            job_id=job_id,
            territory_id=None if job_id else await territory_of(tx, principal),
            technician_id=principal.technician_id,
            params={"outbox": request.outbox, "device": request.device},
        )
        for uid in uids if principal.barring else ():
            await jobs.name_on_card(tx, card_id, uid)
