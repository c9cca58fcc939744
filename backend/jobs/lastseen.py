"""Where technicians were last known to be: at a job that they reached, or at the one that they left last.

The office is not told where phones are (a customer is, roughly: `tracking.positions`). What is known is what their people
did and where that was, and how long ago.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import or_, select

from backend.jobs.models import Visit
from backend.kernel.db import Transaction


class LastSeen(NamedTuple):
    """job_id: where; at: when they came or left; is_there: whether they have not left yet; heading_to: the job that they are on the way to."""

    job_id: UUID | None
    at: datetime | None
    is_there: bool
    heading_to: UUID | None


NOWHERE = LastSeen(job_id=None, at=None, is_there=False, heading_to=None)


async def last_seen(tx: Transaction, technician_ids: Collection[UUID], since: datetime) -> dict[UUID, LastSeen]:
    """By technician, from what they did since then; NOWHERE for whoever did nothing."""
    times = (Visit.en_route_at, Visit.arrived_at, Visit.ended_at)
    query = select(Visit).where(Visit.technician_id.in_(technician_ids), or_(*(time >= since for time in times)))
    by_technician: defaultdict[UUID, list[Visit]] = defaultdict(list)
    for visit in await tx.session.scalars(query.order_by(Visit.id)):
        by_technician[visit.technician_id].append(visit)
    return {one: _of(by_technician[one]) for one in technician_ids}


def _of(visits: Sequence[Visit]) -> LastSeen:
    """Pure. A visit that ended before anybody arrived was no visit."""
    heading = next((visit.job_id for visit in visits if visit.arrived_at is None and visit.ended_at is None), None)
    reached = [visit for visit in visits if visit.arrived_at is not None]
    if not reached:
        return NOWHERE._replace(heading_to=heading)
    there = next((visit for visit in reached if visit.ended_at is None), None)
    if there is not None:
        return LastSeen(job_id=there.job_id, at=there.arrived_at, is_there=True, heading_to=None)
    left = max(reached, key=lambda visit: str(visit.ended_at))
    return LastSeen(job_id=left.job_id, at=left.ended_at, is_there=False, heading_to=heading)
