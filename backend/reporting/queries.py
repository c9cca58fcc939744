"""Counts for reports, over the tables of other slices."""

from sqlalchemy import Select, func, select

from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger
from backend.kernel.db import Transaction
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


async def _count(tx: Transaction, query: Select[int]) -> int:
    return (await tx.session.scalars(query)).one()
