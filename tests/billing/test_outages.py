"""Billing is away for days: nothing is lost, it is not besieged, and it is told all of it when it is back."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select

from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingStream, BillingTrigger
from backend.billing.retries import CLOSES_AFTER, PAUSES_SECONDS, PROBE_SECONDS, Gate, pause
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.tasks import run_due
from backend.ports import BillingUnreachable
from clients.billing.messages import Callback
from tests.factories.billing import FakeBilling, telling
from tests.factories.billing_queue import LIFE, fill_queue
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

OUTAGE = timedelta(hours=72)


class Away(FakeBilling):
    """Not there until `returns`, and instant then."""

    def __init__(self, clock: FixedClock, returns) -> None:
        super().__init__()
        self.clock, self.returns = clock, returns

    async def deliver(self, callback: Callback) -> None:
        self.tried.append(callback)
        if self.clock.now() < self.returns:
            raise BillingUnreachable(reason="ConnectError")
        self.taken.append(callback)


@pytest.mark.parametrize(
    ("services", "step"),
    [
        pytest.param(20, timedelta(hours=1), id="100 triggers"),
        pytest.param(20_000, timedelta(minutes=10), id="100,000 triggers", marks=pytest.mark.drill),
    ],
)
async def test_an_outage_of_three_days_loses_nothing_and_costs_few_calls(
    database: Database, clock: FixedClock, services: int, step: timedelta
):
    async with database.transaction(SYSTEM, "test") as tx:
        await fill_queue(tx, services)
    billing = Away(clock, MONDAY + OUTAGE)
    work = telling(database, billing)

    while clock.now() < MONDAY + OUTAGE:
        await run_due(database, work, "worker")
        clock.advance(step.total_seconds())
    tried_in_vain = len(billing.tried)
    while len(billing.taken) < services * len(LIFE):
        assert clock.now() < MONDAY + OUTAGE + timedelta(minutes=10), "told within ten minutes of billing's return"
        while await run_due(database, work, "worker"):
            pass
        clock.advance(PROBE_SECONDS)

    assert len({callback.data.trigger_id for callback in billing.taken}) == len(billing.taken)
    assert tried_in_vain <= 2 * CLOSES_AFTER + OUTAGE / step
    async with database.snapshot(SYSTEM, "test") as tx:
        delivered = select(func.count()).where(BillingTrigger.state == TriggerState.DELIVERED)
        at_work = select(func.count()).where(BillingStream.due_at.is_not(None))
        assert [(await tx.session.scalars(query)).one() for query in (delivered, at_work)] == [len(billing.taken), 0]


def test_pauses_grow_to_five_minutes_and_half_of_each_is_chance():
    pauses = [pause(attempts, Random(1)).total_seconds() for attempts in range(1, 30)]

    assert all(longest / 2 <= one <= longest for one, longest in zip(pauses, PAUSES_SECONDS, strict=False))
    assert max(pauses) <= PAUSES_SECONDS[-1] == 300


def test_while_billing_is_away_one_call_goes_through_at_a_time_and_any_answer_opens_the_gate():
    gate = Gate()
    for _ in range(CLOSES_AFTER):
        gate.heard(answered=False)
    rooms = [
        gate.room(MONDAY, free=64, under_way=0),
        gate.room(MONDAY, free=64, under_way=0),
        gate.room(MONDAY + timedelta(seconds=PROBE_SECONDS), free=64, under_way=1),
        gate.room(MONDAY + timedelta(seconds=PROBE_SECONDS), free=64, under_way=0),
    ]
    gate.heard(answered=True)

    assert rooms == [1, 0, 0, 1]
    assert gate.room(MONDAY, free=64, under_way=3) == 64
