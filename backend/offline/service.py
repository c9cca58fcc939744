"""Offline in two verbs, the verdicts again for a client that lost its data, and what a person decides about them."""

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.offline import outboxes, queries
from backend.offline.glance import glance
from backend.offline.pulling import nothing_beyond, numbers, pull, read_page, refuse_old
from backend.offline.pushing import push
from backend.offline.resolving import resolve_review
from backend.offline.schemas import Outcomes
from backend.offline.verdicts import result_of
from sync.protocol import MAX_MUTATIONS

__all__ = [
    "glance",
    "nothing_beyond",
    "numbers",
    "outcomes",
    "pull",
    "push",
    "read_page",
    "refuse_old",
    "resolve_review",
]


async def outcomes(tx: Transaction, principal: Principal, outbox_id: str, from_mid: int) -> Outcomes:
    """The verdicts of the caller's own outbox from a number on, at most one batch of them. Raises Refused."""
    outbox = await outboxes.to_read(tx, principal, outbox_id)
    rows = await queries.verdicts_from(tx, outbox_id, from_mid, MAX_MUTATIONS)
    return Outcomes(last=outbox.last_mid if outbox else 0, results=[result_of(row) for row in rows])
