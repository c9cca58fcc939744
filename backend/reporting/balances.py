"""Services active and billed at the end of each day, told backwards from what they are now.

A change counts on the day on which it was recorded, as the board showed it then; so only the rows since the period's
first day are read, whose ids begin with their time.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, select
from sqlalchemy.orm import aliased

from backend.billing.models import BillingTrigger, BillingTriggerFact
from backend.kernel.db import Transaction
from backend.orders.models import ChargeLine
from backend.reporting import queries
from backend.reporting.counting import Counted, falls_on, first_id
from backend.reporting.periods import local_days
from backend.reporting.queries import AT_BILLING
from backend.resources.lifecycle import ServiceState
from backend.resources.models import ServiceFact
from clients.billing.messages import Kind


class DayEnd(NamedTuple):
    day: date
    active: int
    billed: int


async def day_ends(tx: Transaction, asked: Counted) -> list[DayEnd]:
    """Each day of the period that has begun, in order."""
    days = [
        one for one in local_days(asked.first_day, asked.last_day, {asked.office_zone}) if one.starts_at <= asked.now
    ]
    active, billed = await queries.services_active(tx), await queries.services_billed(tx)
    activations, billings = await _activations(tx, asked), await _billings(tx, asked)
    active -= activations.pop(None, 0)  # what came after the period
    billed -= billings.pop(None, 0)
    ends: list[DayEnd] = []
    for one in reversed(days):
        ends.append(DayEnd(one.day, active, billed))
        active -= activations.get(one.day, 0)
        billed -= billings.get(one.day, 0)
    return ends[::-1]


async def _activations(tx: Transaction, asked: Counted) -> dict[date | None, int]:
    """Day → how many services more were active after it than before; None: after the period."""
    to, was = ServiceFact.to_state == ServiceState.ACTIVE, ServiceFact.from_state == ServiceState.ACTIVE
    change = func.sum(case((and_(to, ~was), 1), (and_(was, ~to), -1), else_=0))
    charged = ChargeLine.service_id == ServiceFact.subject_id
    return await _by_day(tx, asked, ServiceFact, change, join=(ChargeLine, charged))


async def _billings(tx: Transaction, asked: Counted) -> dict[date | None, int]:
    """Day → how many services more were billed after it than before; None: after the period.

    Counted is the first start of a service that billing took, and the first stop of one that it had started.
    """
    change = func.sum(case((BillingTrigger.kind == Kind.START, 1), else_=-1))
    fact, trigger, start = aliased(BillingTriggerFact), aliased(BillingTrigger), aliased(BillingTrigger)
    same = and_(trigger.service_id == BillingTrigger.service_id, trigger.kind == BillingTrigger.kind)
    earlier = exists().where(
        fact.subject_id == trigger.id, same, fact.to_state.in_(AT_BILLING), fact.id < BillingTriggerFact.id
    )
    was_started = exists().where(
        start.service_id == BillingTrigger.service_id, start.kind == Kind.START, start.state.in_(AT_BILLING)
    )
    told = (
        BillingTriggerFact.to_state.in_(AT_BILLING),
        BillingTriggerFact.from_state.not_in(AT_BILLING),
        BillingTrigger.kind.in_((Kind.START, Kind.STOP)),
        ~earlier,
        was_started,
    )
    of_fact = BillingTrigger.id == BillingTriggerFact.subject_id
    return await _by_day(tx, asked, BillingTriggerFact, change, *told, join=(BillingTrigger, of_fact))


async def _by_day(
    tx: Transaction, asked: Counted, facts: Any, change: Any, *conditions: ColumnElement[bool], join: Sequence[Any]
) -> dict[date | None, int]:
    days = asked.office_days
    since, _ = asked.span(frozenset({asked.office_zone}))
    query = select(days.c.day, change).select_from(facts).join(*join)
    query = query.outerjoin(days, falls_on(days, facts.recorded_at, literal(asked.office_zone)))
    query = query.where(facts.id >= first_id(since), facts.recorded_at >= since, *conditions).group_by(days.c.day)
    return {day: int(count or 0) for day, count in await tx.session.execute(query)}
