"""Use cases of notifications: a phone subscribes, the day changes, a phone is ended. Sending is in `tasks`."""

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, or_, select

from backend.identity import queries as identity
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.kernel.db import Transaction
from backend.kernel.outbox import Event
from backend.kernel.statements import among
from backend.notifications.models import PushSubscription
from backend.notifications.schemas import BadSubscription, DayChange, Subscribe

TOGETHER = timedelta(seconds=5)
"""So long a first change waits for others: a day that is sent is one notification, not one for each of its jobs."""

POINT_BYTES, AUTH_BYTES = 65, 16  # RFC 8291, 2
MOST_UNTOLD = 100  # nobody counts beyond that


async def subscribe(
    tx: Transaction, principal: Principal, command: Subscribe, *, private_hosts: Collection[str]
) -> None:
    """Reach the caller's phone there from now on, and nowhere else; whoever was reached there before is not any more.

    private_hosts: of our own network, which are called without encryption, too. Raises BadSubscription.
    """
    require_usable(command, private_hosts)
    assert principal.device_id is not None, "only phones may call this"
    there = PushSubscription.device_id == principal.device_id, PushSubscription.endpoint == command.endpoint
    await tx.session.execute(delete(PushSubscription).where(or_(*there)))
    subscription = PushSubscription(
        id=tx.new_id(),
        device_id=principal.device_id,
        endpoint=command.endpoint,
        p256dh=command.p256dh,
        auth=command.auth,
        subscribed_at=tx.now,
        untold=[],
    )
    tx.add(subscription)


def require_usable(command: Subscribe, private_hosts: Collection[str]) -> None:
    """Raises BadSubscription for what no browser gives.

    Push services are reached by TLS. That the address is not in our own network is looked at when it is called.
    """
    try:
        parts = urlsplit(command.endpoint)
        host = (parts.hostname or "").lower()
    except ValueError:
        raise BadSubscription(field="endpoint") from None
    is_ours = parts.scheme == "http" and host in private_hosts
    if not host or not (parts.scheme == "https" or is_ours) or not command.endpoint.isascii():
        raise BadSubscription(field="endpoint")
    for field, text, length, first in (
        ("p256dh", command.p256dh, POINT_BYTES, b"\x04"),
        ("auth", command.auth, AUTH_BYTES, b""),
    ):
        raw = _decoded(text)
        if len(raw) != length or not raw.startswith(first):
            raise BadSubscription(field=field)


async def forget_phone(tx: Transaction, device_id: UUID) -> None:
    """Nothing is sent to this phone any more."""
    await tx.session.execute(delete(PushSubscription).where(PushSubscription.device_id == device_id))


async def tell_of_jobs(tx: Transaction, events: Sequence[Event]) -> None:
    """Jobs came to phones, were moved there or called off: who has them is told."""
    carriers = await jobs.carried_by(tx, {event.subject_id for event in events})
    await _tell(
        tx,
        (
            (technician_id, DayChange(event_id=event.id, job_id=event.subject_id))
            for event in events
            for technician_id in carriers.get(event.subject_id, ())
        ),
    )


async def tell_of_leaving(tx: Transaction, events: Sequence[Event]) -> None:
    """Jobs left phones. The events' subjects are the technicians who had them."""
    await _tell(tx, ((event.subject_id, DayChange(event_id=event.id, job_id=None)) for event in events))


async def _tell(tx: Transaction, changes: Iterable[tuple[UUID, DayChange]]) -> None:
    by_technician: dict[UUID, list[DayChange]] = {}
    for technician_id, change in changes:
        by_technician.setdefault(technician_id, []).append(change)
    phones = await identity.phones_of(tx, by_technician) if by_technician else {}
    for subscription in await _subscriptions(tx, phones):
        _add(tx, subscription, by_technician[phones[subscription.device_id]])


async def _subscriptions(tx: Transaction, phones: Mapping[UUID, UUID]) -> Sequence[PushSubscription]:
    """Locked, in one order for all."""
    found = select(PushSubscription).where(among(PushSubscription.device_id, list(phones)))
    return (await tx.session.scalars(found.order_by(PushSubscription.id).with_for_update())).all()


def _add(tx: Transaction, subscription: PushSubscription, changes: Sequence[DayChange]) -> None:
    known = {change.event_id for change in subscription.untold}
    new = [change for change in changes if change.event_id not in known]
    subscription.untold = [*subscription.untold, *new][:MOST_UNTOLD]
    if subscription.due_at is None or subscription.parked_at is not None:
        subscription.finish_work(again_at=tx.now + TOGETHER)


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text.encode() + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return b""
