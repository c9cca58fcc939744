"""Reading the situation of a territory: everything that planning needs, in a fixed number of queries."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from backend.customers import service as customers
from backend.dispatch import policies, times
from backend.dispatch.ordering import read_order
from backend.dispatch.schemas import TimeView
from backend.dispatch.translation import Situation, local_midnight
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.workforce import service as workforce

MOST_OPEN_JOBS = 500  # the most urgent of a backlog: several times what a territory can do in a day


async def read_situation(
    tx: Transaction, territory_id: UUID, days: Sequence[date], *, asked: Collection[UUID] = (), backlog: bool = False
) -> Situation:
    """The situation on these local days (in order, at least one). Raises UnknownTerritory.

    asked: jobs to be known whether planned or not. backlog: with the jobs that nobody was given yet.
    """
    territory = await workforce.territory(tx, territory_id)
    technicians = await workforce.technicians(tx, territory_id)
    ids = [technician.id for technician in technicians]
    start, end = local_midnight(days[0], territory.zone), local_midnight(_day_after(days[-1]), territory.zone)
    taken = await times.times_between(tx, ids, start, end)
    found = await _jobs(tx, territory_id, taken, asked, backlog=backlog)
    return Situation(
        territory=territory,
        days=tuple(days),
        now=tx.now,
        technicians=tuple(technicians),
        shifts=tuple(await workforce.shifts(tx, days, ids)),
        jobs=tuple(found),
        times=tuple(taken),
        places=await customers.premises_by_id(tx, {job.premises_id for job in found}),
        began=await jobs.work_began(tx, [job.id for job in found if job.state is not JobState.PENDING]),
        policy=await policies.in_force(tx),
        order=await read_order(tx, [job.id for job in found]),
    )


async def _jobs(
    tx: Transaction, territory_id: UUID, taken: Sequence[TimeView], asked: Collection[UUID], *, backlog: bool
) -> list[JobView]:
    known = await jobs.jobs_by_id(tx, {time.job_id for time in taken} | set(asked))
    open_jobs = (await jobs.backlog(tx, territory_id))[:MOST_OPEN_JOBS] if backlog else []
    return list((known | {job.id: job for job in open_jobs}).values())


def _day_after(day: date) -> date:
    """The calendar's last day has none: nothing is planned on it."""
    return day if day == date.max else date.fromordinal(day.toordinal() + 1)
