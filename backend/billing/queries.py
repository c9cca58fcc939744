"""Reads of billing: streams under lock, triggers by fact, by service and in pages."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingSequence, BillingTrigger, EarnedTrigger
from backend.kernel.db import Transaction

UNDER_WAY = (TriggerState.PENDING, TriggerState.SENT, TriggerState.DELIVERED)


async def lock_stream(tx: Transaction, stream_id: UUID) -> BillingSequence:
    """The stream's counter, locked until the commit: triggers of one stream are written one after the other."""
    new = tx.upsert(BillingSequence).values(stream_id=stream_id, last=0)
    await tx.session.execute(new.on_conflict_do_nothing(index_elements=["stream_id"]))
    return await tx.session.get_one(BillingSequence, stream_id, with_for_update=True, populate_existing=True)


async def trigger_of_fact(tx: Transaction, fact_key: str) -> BillingTrigger | None:
    return (await tx.session.scalars(select(BillingTrigger).where(BillingTrigger.fact_key == fact_key))).first()


async def earned_by(tx: Transaction, trigger_id: UUID) -> EarnedTrigger | None:
    """What was earned by the fact of this trigger, locked."""
    query = select(EarnedTrigger).where(EarnedTrigger.billing_trigger_id == trigger_id).with_for_update()
    return (await tx.session.scalars(query)).first()


async def triggers_after(
    tx: Transaction, *, order_id: UUID | None, state: TriggerState | None, after: UUID | None, limit: int
) -> list[BillingTrigger]:
    """Triggers in the order in which they were made, from behind `after`."""
    query = select(BillingTrigger)
    if order_id is not None:
        query = query.where(BillingTrigger.order_id == order_id)
    if state is not None:
        query = query.where(BillingTrigger.state == state)
    if after is not None:
        query = query.where(BillingTrigger.id > after)
    return list(await tx.session.scalars(query.order_by(BillingTrigger.id).limit(limit)))


async def earned_after(
    tx: Transaction, *, order_id: UUID | None, after: UUID | None, limit: int
) -> list[EarnedTrigger]:
    query = select(EarnedTrigger)
    if order_id is not None:
        query = query.where(EarnedTrigger.order_id == order_id)
    if after is not None:
        query = query.where(EarnedTrigger.id > after)
    return list(await tx.session.scalars(query.order_by(EarnedTrigger.id).limit(limit)))


async def triggers_of_services(tx: Transaction, service_ids: Collection[UUID]) -> list[BillingTrigger]:
    """The triggers of these services, each service's in its sequence."""
    query = select(BillingTrigger).where(BillingTrigger.service_id.in_(service_ids))
    return list(await tx.session.scalars(query.order_by(BillingTrigger.stream_id, BillingTrigger.sequence)))


async def services_under_way(tx: Transaction, *, since: datetime, asked_at: datetime) -> list[UUID]:
    """Services with a trigger recorded after `since` of which billing had not said at `asked_at` what became of it."""
    is_open = BillingTrigger.state.in_(UNDER_WAY) | (BillingTrigger.acknowledged_at > asked_at)
    query = select(BillingTrigger.service_id).distinct().where(is_open, BillingTrigger.recorded_at > since)
    return [found for found in await tx.session.scalars(query) if found is not None]
