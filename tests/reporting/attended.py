"""Jobs that were attended, written as they stand afterwards: what a report counts, without playing each day."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from backend.jobs.lifecycle import JobState
from backend.jobs.models import Job, Visit
from backend.kernel.db import Transaction
from backend.workforce.schemas import TechnicianView
from sync.operations import Outcome
from tests.factories.jobs import make_job
from tests.fakes import MONDAY

FIRST = MONDAY.date()


def day(ahead: int) -> date:
    return FIRST + timedelta(days=ahead)


async def attended(
    tx: Transaction, technician: TechnicianView, *, ahead: int = 0, after: Job | None = None, **changes: Any
) -> Job:
    """A job that was completed in full at noon, so many days from now. after: at the premises of this one."""
    job = await tx.session.get_one(Job, (await make_job(tx, technician.territory_id)).id)
    stands: dict[str, Any] = {
        "technician_id": technician.id,
        "organisation_id": technician.organisation_id,
        "service_day": day(ahead),
        "state": JobState.COMPLETED,
        "outcome": Outcome.FULL,
        "ended_at": MONDAY + timedelta(days=ahead, hours=3),
        "premises_id": after.premises_id if after else job.premises_id,
    }
    for name, value in (stands | changes).items():
        setattr(job, name, value)
    await tx.flush()
    return job


async def visited(tx: Transaction, job: Job, *, en_route: datetime, arrived: datetime, ended: datetime) -> None:
    technician_id = job.technician_id
    assert isinstance(technician_id, UUID)
    times = {"en_route_at": en_route, "arrived_at": arrived, "started_at": arrived, "ended_at": ended}
    tx.add(Visit(id=tx.new_id(), job_id=job.id, technician_id=technician_id, **times))
    await tx.flush()
