"""Notifications of a visit in the customer's browser: asked for on the page, after the second proof.

Who has the link alone could otherwise have told in another browser what was meant for the customer's phone.
"""

from collections.abc import Collection

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.messages import browsers
from backend.notifications import service as notifications
from backend.notifications.schemas import Subscribe
from backend.ports import PushAddress
from backend.tracking.visits import require_proof, visit_of


async def start(tx: Transaction, principal: Principal, command: Subscribe, *, private_hosts: Collection[str]) -> None:
    """Tell the customer in this browser, and in no other any more. Raises UnknownVisit, ProofNeeded, BadSubscription."""
    visit = await visit_of(tx, principal)
    require_proof(principal, visit)
    notifications.require_usable(command, private_hosts)
    address = PushAddress(endpoint=command.endpoint, p256dh=command.p256dh, auth=command.auth)
    await browsers.notify_in(tx, visit.job.id, address)


async def stop(tx: Transaction, principal: Principal) -> None:
    """Tell the customer in no browser any more. Raises UnknownVisit, ProofNeeded."""
    visit = await visit_of(tx, principal)
    require_proof(principal, visit)
    await browsers.notify_nowhere(tx, visit.job.id)
