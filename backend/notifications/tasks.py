"""The worker's part of notifications: tell one phone what it has not been told."""

from datetime import timedelta
from uuid import UUID

import msgspec

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.notifications.models import PushSubscription
from backend.notifications.schemas import DayChange, Poke
from backend.notifications.service import TOGETHER
from backend.ports import Push, PushAddress, PushGone, PushMessage

HOLDS_FOR = timedelta(hours=12)  # a phone that was off for longer fetches a new day anyway


async def send(database: Database, push: Push, subscription_id: UUID) -> None:
    """Send one poke for all that changed. A second try, after a crash or a failure, is the same poke by its id.

    An address at which nobody listens any more is forgotten. Raises PushNotTaken, and then it is tried again.
    """
    async with database.transaction(SYSTEM, "begin_push") as tx:
        begun = await _begin(tx, subscription_id)
    if begun is None:
        return
    address, poke, told = begun
    try:
        await push.send(address, PushMessage(id=poke.id, body=msgspec.json.encode(poke), holds_for=HOLDS_FOR))
    except PushGone:
        async with database.transaction(SYSTEM, "forget_push") as tx:
            await _forget(tx, subscription_id, address.endpoint)
        return
    async with database.transaction(SYSTEM, "confirm_push") as tx:
        await _confirm(tx, subscription_id, poke.id, told)


async def _begin(tx: Transaction, subscription_id: UUID) -> tuple[PushAddress, Poke, list[DayChange]] | None:
    """What to send and where to; None when there is nothing, or the phone is not to be reached any more."""
    row = await _row(tx, subscription_id)
    if row is None:
        return None
    if not row.untold:
        row.finish_work()
        return None
    poke_id = row.poke_id = row.poke_id or tx.new_id()
    address = PushAddress(endpoint=row.endpoint, p256dh=row.p256dh, auth=row.auth)
    return address, _poke(poke_id, row.untold), row.untold


async def _confirm(tx: Transaction, subscription_id: UUID, poke_id: UUID, told: list[DayChange]) -> None:
    """What came meanwhile is told next."""
    row = await _row(tx, subscription_id)
    if row is None or row.poke_id != poke_id:
        return
    known = {change.event_id for change in told}
    row.untold = [change for change in row.untold if change.event_id not in known]
    row.poke_id = None
    row.finish_work(again_at=tx.now + TOGETHER if row.untold else None)


async def _forget(tx: Transaction, subscription_id: UUID, endpoint: str) -> None:
    row = await _row(tx, subscription_id)
    if row is not None and row.endpoint == endpoint:
        await tx.session.delete(row)


async def _row(tx: Transaction, subscription_id: UUID) -> PushSubscription | None:
    """None when its phone was ended, or subscribed anew, meanwhile."""
    return await tx.session.get(PushSubscription, subscription_id, with_for_update=True)


def _poke(poke_id: UUID, untold: list[DayChange]) -> Poke:
    """A job that was changed twice counts once."""
    changed = {change.job_id or change.event_id for change in untold}
    [only, *others] = {change.job_id for change in untold}
    return Poke(id=poke_id, count=len(changed), job=None if others else only)
