"""When what happened: the visit for whoever has the link, the whole way from the order to the first bill for the customer."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from backend.billing import service as billing
from backend.billing.lifecycle import TriggerState
from backend.booking import service as booking
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobState
from backend.kernel.db import Transaction
from backend.orders.schemas import OrderView
from backend.resources import service as resources
from backend.resources.schemas import ServiceView
from backend.tracking.schemas import Milestone, Step
from backend.tracking.visits import Visit


async def timeline(tx: Transaction, visit: Visit) -> list[Milestone]:
    """The steps of the visit itself."""
    agreed_at = None if visit.appointment is None else await booking.agreed_at(tx, visit.appointment.id)
    attended = await jobs.latest_visit(tx, visit.job.id)
    done_at = visit.job.ended_at if visit.job.state is JobState.COMPLETED else None
    times = {
        Step.AGREED: agreed_at,
        Step.ON_THE_WAY: attended and attended.en_route_at,
        Step.AT_WORK: attended and attended.started_at,
        Step.DONE: done_at,
    }
    return _milestones(times)


async def services_of(tx: Transaction, order: OrderView | None) -> list[ServiceView]:
    """What is to run by an order, without what was given up."""
    if order is None:
        return []
    found = await resources.services_of_items(tx, [item.id for item in order.items])
    return [service for service in found if service.terminated_at is None]


async def journey(
    tx: Transaction, order: OrderView | None, services: Sequence[ServiceView], visit: Sequence[Milestone]
) -> list[Milestone]:
    """The steps from the order to the first bill, with those of its visit between them."""
    if order is None:
        return list(visit)
    connected = {Step.CONNECTED: connected_at(services), Step.BILLED: await _billed_at(tx, services)}
    return [Milestone(step=Step.ORDERED, at=order.placed_at), *visit, *_milestones(connected)]


def connected_at(services: Sequence[ServiceView]) -> datetime | None:
    """When the last of the services came up; None until all run."""
    times = [service.active_since for service in services]
    return max((at for at in times if at is not None), default=None) if times and None not in times else None


async def _billed_at(tx: Transaction, services: Sequence[ServiceView]) -> datetime | None:
    """When billing first took the start of one of the services."""
    told = await billing.triggers_of_services(tx, [service.id for service in services])
    applied = [one for triggers in told.values() for one in triggers if one.state is TriggerState.APPLIED]
    return min((one.acknowledged_at for one in applied if one.acknowledged_at is not None), default=None)


def _milestones(times: Mapping[Step, datetime | None]) -> list[Milestone]:
    return [Milestone(step=step, at=at) for step, at in times.items()]
