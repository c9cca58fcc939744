"""Estimated arrivals kept as rows: worked out by the worker, read by the customer's page, judged by what came true.

What was said two hours ahead stays beside what is said now: by it we know whether nine of ten intervals hold.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import select

from backend.dispatch.arrivals import Arrival
from backend.dispatch.delays import Policy
from backend.dispatch.models import ArrivalEstimate
from backend.dispatch.schemas import ArrivalAccuracy, ArrivalView
from backend.kernel import outbox
from backend.kernel.db import Transaction

AHEAD = timedelta(hours=2)  # when a customer decides whether to go out once more
AHEAD_AT_LEAST = timedelta(minutes=90)  # what is planned later than that was never said two hours ahead
FRESH = timedelta(minutes=5)  # five looks were missed by then: nobody works them out any more
DELAYED = "visit.delayed"


async def keep(
    tx: Transaction, territory_id: UUID, day: date, found: Iterable[Arrival], *, late: Collection[UUID], policy: Policy
) -> None:
    """Write down what is expected now. Event `visit.delayed` for a visit in `late`, as often as the policy says.

    late: the jobs that are late enough, and surely enough, that their customers are to know.
    """
    of_day = select(ArrivalEstimate).where(ArrivalEstimate.territory_id == territory_id, ArrivalEstimate.day == day)
    known = {row.job_id: row for row in await tx.session.scalars(of_day)}
    for arrival in found:
        row = known.get(arrival.job.id)
        if row is None:
            row = ArrivalEstimate(id=tx.new_id(), territory_id=territory_id, day=day, job_id=arrival.job.id, delays=0)
            tx.add(row)
        _take_over(tx, row, arrival)
        if arrival.job.id in late:
            _tell_of_delay(tx, row, policy)


async def delays_told(tx: Transaction, job_id: UUID) -> int:
    """How many delays of a job's latest day there were to be told of."""
    query = select(ArrivalEstimate.delays).where(ArrivalEstimate.job_id == job_id).order_by(ArrivalEstimate.day.desc())
    return (await tx.session.scalars(query.limit(1))).first() or 0


async def arrival_of(tx: Transaction, job_id: UUID) -> ArrivalView | None:
    """When work on a job is expected to begin; None where nobody has worked it out lately, or it has begun."""
    query = select(ArrivalEstimate).where(ArrivalEstimate.job_id == job_id).order_by(ArrivalEstimate.day.desc())
    row = (await tx.session.scalars(query.limit(1))).first()
    if row is None or row.arrived_at is not None or row.computed_at < tx.now - FRESH:
        return None
    return ArrivalView(earliest=row.earliest, expected=row.expected, latest=row.latest, computed_at=row.computed_at)


async def note_arrival(tx: Transaction, job_id: UUID, at: datetime) -> None:
    """Somebody has come: what was said of it can be judged. Heard again it stays as it is."""
    query = select(ArrivalEstimate).where(ArrivalEstimate.job_id == job_id).order_by(ArrivalEstimate.day.desc())
    row = (await tx.session.scalars(query.limit(1))).first()
    if row is not None and row.arrived_at is None:
        row.arrived_at = at


async def accuracy(tx: Transaction, *, since: date, until: date) -> ArrivalAccuracy:
    """How the intervals of two hours ahead held, for visits of the days from `since` to before `until`."""
    query = select(ArrivalEstimate.ahead_earliest, ArrivalEstimate.ahead_latest, ArrivalEstimate.arrived_at).where(
        ArrivalEstimate.day >= since,
        ArrivalEstimate.day < until,
        ArrivalEstimate.ahead_at.is_not(None),
        ArrivalEstimate.arrived_at.is_not(None),
    )
    found = await tx.session.execute(query)
    rows = [(earliest, latest, at) for earliest, latest, at in found if earliest and latest and at]
    inside = sum(earliest <= at <= latest for earliest, latest, at in rows)
    widths = [(latest - earliest).total_seconds() / 60 for earliest, latest, _ in rows]
    return ArrivalAccuracy(
        since=since,
        until=until,
        arrivals=len(rows),
        inside=inside,
        share_inside=inside / len(rows) if rows else None,
        median_width_minutes=median(widths) if widths else None,
    )


def _take_over(tx: Transaction, row: ArrivalEstimate, arrival: Arrival) -> None:
    row.earliest, row.expected, row.latest = arrival.earliest, arrival.expected, arrival.latest
    row.computed_at = tx.now
    if row.ahead_at is None and AHEAD_AT_LEAST < arrival.expected - tx.now <= AHEAD:
        row.ahead_earliest, row.ahead_latest, row.ahead_at = arrival.earliest, arrival.latest, tx.now


def _tell_of_delay(tx: Transaction, row: ArrivalEstimate, policy: Policy) -> None:
    if policy.is_news(told=row.delays, told_expected=row.delay_told, expected=row.expected):
        row.delays, row.delay_told, row.delayed_at = row.delays + 1, row.expected, tx.now
        outbox.record(tx, DELAYED, row.job_id)
