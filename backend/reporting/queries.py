"""Counts for reports, over the tables of other slices."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select

from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger
from backend.identity.models import Device, User
from backend.kernel.db import Transaction
from backend.offline.models import PhoneContact
from backend.orders.models import ChargeLine
from backend.resources.lifecycle import ServiceState
from backend.resources.models import Service
from clients.billing.messages import Kind

AT_BILLING = (TriggerState.APPLIED, TriggerState.SUPERSEDED)


async def services_active(tx: Transaction) -> int:
    """Active services that have a charge line of their own (access has none: it is a part of what runs over it)."""
    query = select(func.count()).select_from(Service).join(ChargeLine, ChargeLine.service_id == Service.id)
    return await _count(tx, query.where(Service.state == ServiceState.ACTIVE))


async def services_billed(tx: Transaction) -> int:
    """Services of which billing acknowledged a start, and no stop."""
    told = BillingTrigger.state.in_(AT_BILLING)
    stopped = select(BillingTrigger.service_id).where(BillingTrigger.kind == Kind.STOP, told)
    started = select(func.count(BillingTrigger.service_id.distinct())).where(BillingTrigger.kind == Kind.START, told)
    return await _count(tx, started.where(BillingTrigger.service_id.not_in(stopped)))


async def phones(
    tx: Transaction, *, organisation_id: UUID | None, silent_since: datetime | None, after: UUID | None, limit: int
) -> list[tuple[Device, User, PhoneContact | None]]:
    """Phones that were not ended, of users who may work; by id. None for one that never called.

    organisation_id: only of this one; silent_since: only what was neither heard of nor enrolled after that.
    """
    query = select(Device, User, PhoneContact).join(User, User.id == Device.user_id)
    query = query.outerjoin(PhoneContact, PhoneContact.device_id == Device.id)
    query = query.where(Device.revoked_at.is_(None), User.is_active, User.technician_id.is_not(None))
    if organisation_id is not None:
        query = query.where(User.organisation_id == organisation_id)
    if silent_since is not None:
        query = query.where(func.coalesce(PhoneContact.heard_at, Device.enrolled_at) <= silent_since)
    if after is not None:
        query = query.where(Device.id > after)
    rows = await tx.session.execute(query.order_by(Device.id).limit(limit))
    return [(device, user, contact) for device, user, contact in rows]


async def _count(tx: Transaction, query: Select[int]) -> int:
    return (await tx.session.scalars(query)).one()
