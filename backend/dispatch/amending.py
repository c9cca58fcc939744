"""What has happened since a day was read: its situation is brought up to date by the few jobs that changed, not read again.

The feed tells which jobs those are; held time and other territories' jobs, which it does not show, are compared one by one. What
it tells of anything else but jobs (people, their skills and shifts) is answered by reading the day anew.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from backend.customers import service as customers
from backend.customers.schemas import PremisesView
from backend.dispatch import queries
from backend.dispatch.order import Order
from backend.dispatch.ordering import read_order
from backend.dispatch.queries import UnseenTime
from backend.dispatch.schemas import TimeView
from backend.dispatch.translation import Situation
from backend.jobs import service as jobs
from backend.jobs.lifecycle import AssignmentState, JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.kernel.feed import names_since
from backend.workforce.schemas import TerritoryView
from scheduling import Policy

MOST_CHANGES = 200  # of more, reading anew is as fast
ONLY_OF_JOBS = frozenset({"job", "review_card"})  # documents of a territory that say nothing of its people
BACKLOG = frozenset({AssignmentState.UNASSIGNED, AssignmentState.TENTATIVE})


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What a snapshot says of jobs that changed: how they are now, and the time that they take (released ones are not there)."""

    views: Mapping[UUID, JobView]
    times: Sequence[TimeView]
    places: Mapping[UUID, PremisesView]
    began: Mapping[UUID, datetime]
    order: Order


async def changed_jobs(tx: Transaction, territory: TerritoryView, after: int) -> frozenset[UUID] | None:
    """The jobs of the territory that changed since a number of its feed; None when it is more than that, or too many."""
    names = await names_since(tx, f"territory:{territory.id}", after=after, limit=MOST_CHANGES + 1)
    if len(names) > MOST_CHANGES or any(kind not in ONLY_OF_JOBS for kind, _ in names):
        return None
    return frozenset(id_ for kind, id_ in names if kind == "job")


def changed_unseen(before: Collection[UnseenTime], now: Collection[UnseenTime]) -> frozenset[UUID]:
    """The jobs whose time changed, where the feed does not tell."""
    return frozenset(one.job_id for one in {*before} ^ {*now})


NOTHING = Changes(views={}, times=(), places={}, began={}, order=Order())


async def read_changes(tx: Transaction, job_ids: frozenset[UUID], start: datetime, end: datetime) -> Changes:
    """How these jobs are now, and what they take of anybody's time between two instants."""
    if not job_ids:
        return NOTHING
    views = await jobs.jobs_by_id(tx, job_ids)
    underway = [view.id for view in views.values() if view.state is not JobState.PENDING]
    return Changes(
        views=views,
        times=await queries.times_of_jobs(tx, job_ids, start, end),
        places=await customers.premises_by_id(tx, {view.premises_id for view in views.values()}),
        began=await jobs.work_began(tx, underway),
        order=await read_order(tx, job_ids),
    )


@dataclass(frozen=True)
class Amended:
    """A situation as it is now. replanned: the technicians whose time is taken otherwise than before."""

    situation: Situation
    replanned: frozenset[UUID]


def amended(
    situation: Situation, changes: Changes, job_ids: Collection[UUID], *, asked: Collection[UUID], policy: Policy
) -> Amended:
    """The situation with these of the changed jobs as they are now. asked: jobs to be known whether planned or not.

    It takes as long as there are changes, not jobs: most of what changes is no matter of this day.
    """
    taken = _taken(situation, changes, job_ids)
    planned = {time.job_id for time in taken}
    views = [changes.views[job_id] for job_id in job_ids if job_id in changes.views]
    known = [view for view in views if view.id in planned or view.id in asked or _waits(situation, view)]
    by_id = {**situation.by_id}
    for job_id in job_ids:
        by_id.pop(job_id, None)
    by_id.update((view.id, view) for view in known)
    times, replanned = _times(situation, taken, job_ids)
    now = replace(
        situation,
        jobs=tuple(by_id.values()),
        times=times,
        places={**situation.places, **{view.premises_id: changes.places[view.premises_id] for view in known}},
        began={**situation.began, **changes.began},
        order=situation.order.amended(job_ids, changes.order),
        policy=policy,
    )
    now.__dict__["by_id"] = by_id
    if not replanned:
        now.__dict__["timed"] = situation.timed
    return Amended(now, replanned)


def _taken(situation: Situation, changes: Changes, job_ids: Collection[UUID]) -> list[TimeView]:
    """What these jobs take of the time of the situation's people now."""
    times = [time for time in changes.times if time.job_id in job_ids]
    if not times:
        return []
    people = {technician.id for technician in situation.technicians}
    return [
        time
        for time in times
        if time.technician_id in people and time.starts_at < situation.end and time.ends_at > situation.epoch
    ]


def _times(
    situation: Situation, taken: Sequence[TimeView], job_ids: Collection[UUID]
) -> tuple[tuple[TimeView, ...], frozenset[UUID]]:
    """All times with those of the changed jobs as they are now, in order, and whose they are."""
    if not taken and situation.timed.isdisjoint(job_ids):
        return situation.times, frozenset()
    kept = [time for time in situation.times if time.job_id not in job_ids]
    before = (time for time in situation.times if time.job_id in job_ids)
    times = sorted([*kept, *taken], key=lambda time: (time.starts_at, time.id))
    return tuple(times), frozenset(time.technician_id for time in (*before, *taken))


def _waits(situation: Situation, job: JobView) -> bool:
    """Whether the job is in the territory's backlog."""
    is_free = job.state is JobState.PENDING and job.assignment in BACKLOG
    return is_free and job.territory_id == situation.territory.id
