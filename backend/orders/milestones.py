"""Milestones of an order: by when each is due, when it was reached, and whether the order is in jeopardy."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from backend.kernel.db import Transaction
from backend.orders import queries
from backend.orders.lifecycle import FulfilmentMethod, Jeopardy, Milestone
from backend.orders.models import OrderItem, OrderMilestone, ProductOrder
from backend.orders.schemas import MilestoneView

AT_RISK_BEFORE = timedelta(hours=4)  # time enough to call the customer, or to send somebody else
AFTER_VISIT = timedelta(days=1)  # network and billing take minutes; a day leaves time for a fallout

# From the submission on, as long as there is no appointment that says more.
DUE_AFTER = {
    Milestone.APPOINTED: timedelta(days=2),
    Milestone.DISPATCHED: timedelta(days=14),
    Milestone.VISIT_BEGAN: timedelta(days=14),
    Milestone.COMPLETED: timedelta(days=15),
}
OF_A_VISIT = frozenset({Milestone.APPOINTED, Milestone.DISPATCHED, Milestone.VISIT_BEGAN})


def begin(tx: Transaction, order: ProductOrder, items: Iterable[OrderItem]) -> None:
    """Write the milestones of an order that was just submitted; one without a visit only has to be completed."""
    is_visited = any(item.work or item.fulfilment is FulfilmentMethod.TECHNICIAN for item in items)
    names = [name for name in Milestone if is_visited or name not in OF_A_VISIT]
    tx.add(
        *(OrderMilestone(id=tx.new_id(), order_id=order.id, name=one, due_at=tx.now + DUE_AFTER[one]) for one in names)
    )


async def appoint(
    tx: Transaction, order_id: UUID, *, window_start: datetime, window_end: datetime, at: datetime
) -> None:
    """The customer has an appointment: what follows is due by its window. Another appointment moves the dates."""
    due = {
        Milestone.DISPATCHED: window_start,
        Milestone.VISIT_BEGAN: window_end,
        Milestone.COMPLETED: window_end + AFTER_VISIT,
    }
    for row in await queries.milestones_of(tx, order_id):
        row.due_at = due.get(row.name, row.due_at)
    await reach(tx, order_id, Milestone.APPOINTED, at)


async def reach(tx: Transaction, order_id: UUID, name: Milestone, at: datetime) -> None:
    """The order has passed a milestone at `at`; the first time counts."""
    await reach_together(tx, [order_id], name, at)


async def reach_together(tx: Transaction, order_ids: Collection[UUID], name: Milestone, at: datetime) -> None:
    """The same for each of these orders."""
    for row in await queries.milestones_of(tx, *order_ids):
        if row.name is name and row.reached_at is None:
            row.reached_at = at


def jeopardy(due_at: datetime, reached_at: datetime | None, now: datetime) -> Jeopardy:
    """How a milestone stands at `now`."""
    if (reached_at or now) > due_at:
        return Jeopardy.LATE
    return Jeopardy.AT_RISK if reached_at is None and now > due_at - AT_RISK_BEFORE else Jeopardy.NONE


def milestone_view(row: OrderMilestone, now: datetime) -> MilestoneView:
    return MilestoneView(
        name=row.name, due_at=row.due_at, reached_at=row.reached_at, jeopardy=jeopardy(row.due_at, row.reached_at, now)
    )


def worst(views: Iterable[MilestoneView]) -> Jeopardy:
    """The jeopardy of the whole order."""
    found = {view.jeopardy for view in views}
    return next((one for one in (Jeopardy.LATE, Jeopardy.AT_RISK) if one in found), Jeopardy.NONE)
