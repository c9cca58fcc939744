"""By when an order has to have come how far, and when it is in jeopardy."""

from datetime import timedelta

import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders import service
from backend.orders.lifecycle import Jeopardy, Milestone
from backend.orders.milestones import AFTER_VISIT, AT_RISK_BEFORE, DUE_AFTER, jeopardy
from tests.factories.orders import make_order_to_ship, make_shop, make_submitted_order
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

DUE = MONDAY + timedelta(days=2)
MOMENT = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("reached_at", "now", "expected"),
    [
        (None, DUE - AT_RISK_BEFORE, Jeopardy.NONE),
        (None, DUE - AT_RISK_BEFORE + MOMENT, Jeopardy.AT_RISK),
        (None, DUE + MOMENT, Jeopardy.LATE),
        (DUE, DUE + timedelta(days=9), Jeopardy.NONE),
        (DUE + MOMENT, DUE + timedelta(days=9), Jeopardy.LATE),
    ],
)
def test_a_milestone_is_at_risk_before_it_is_late(reached_at, now, expected):
    assert jeopardy(DUE, reached_at, now) is expected


async def test_an_order_without_a_visit_only_has_to_be_completed(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_order_to_ship(tx)

    assert [(one.name, one.due_at) for one in order.milestones] == [
        (Milestone.COMPLETED, MONDAY + DUE_AFTER[Milestone.COMPLETED])
    ]


async def test_an_appointment_moves_the_dates_and_the_order_is_as_late_as_its_worst(
    database: Database, clock: FixedClock
):
    start, end = MONDAY + timedelta(days=1), MONDAY + timedelta(days=1, hours=2)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await service.appoint(tx, order.id, window_start=start, window_end=end, at=tx.now)
        await service.reach(tx, order.id, Milestone.DISPATCHED, tx.now)
        planned = await service.order_view(tx, order.id)
    clock.advance((end - MONDAY + MOMENT).total_seconds())
    async with database.transaction(SYSTEM, "test") as tx:
        late = await service.order_view(tx, order.id)

    assert {one.name: (one.due_at, one.reached_at) for one in planned.milestones} == {
        Milestone.APPOINTED: (MONDAY + DUE_AFTER[Milestone.APPOINTED], MONDAY),
        Milestone.DISPATCHED: (start, MONDAY),
        Milestone.VISIT_BEGAN: (end, None),
        Milestone.COMPLETED: (end + AFTER_VISIT, None),
    }
    assert (planned.jeopardy, late.jeopardy) == (Jeopardy.NONE, Jeopardy.LATE)
