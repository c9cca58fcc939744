"""Work that must follow other work, in the plan: who may begin when, given where the others stand. Pure.

A job that was completed or called off holds nobody up; one that nobody has planned, or that was not done, holds up for good.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

from backend.dispatch.placings import Placing
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import JobView
from backend.jobs.service import Wait

PAST = frozenset({JobState.COMPLETED, JobState.CANCELLED})  # nobody waits for it any more

Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Order:
    """waits: who waits for whom. jobs: those that are named there, by id."""

    waits: Sequence[Wait] = ()
    jobs: Mapping[UUID, JobView] = field(default_factory=dict[UUID, JobView])

    def amended(self, job_ids: Collection[UUID], now: "Order") -> "Order":
        """The same, with all that concerns these jobs as it is now."""
        kept = [wait for wait in self.waits if not {*wait} & {*job_ids}]
        return Order(waits=(*kept, *now.waits), jobs={**self.jobs, **now.jobs})

    def before(self, job_id: UUID) -> list[JobView]:
        """The jobs that it still waits for."""
        return [job for other in self._before.get(job_id, ()) if (job := self.jobs[other]).state not in PAST]

    def behind(self, job_id: UUID) -> list[JobView]:
        """The jobs that wait for it and have not begun."""
        return [job for other in self._behind.get(job_id, ()) if (job := self.jobs[other]).state is JobState.PENDING]

    @cached_property
    def _before(self) -> Mapping[UUID, list[UUID]]:
        found: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for wait in self.waits:
            found[wait.job_id].append(wait.waits_for_id)
        return found

    @cached_property
    def _behind(self) -> Mapping[UUID, list[UUID]]:
        found: defaultdict[UUID, list[UUID]] = defaultdict(list)
        for wait in self.waits:
            found[wait.waits_for_id].append(wait.job_id)
        return found

    def obstacle(self, job_id: UUID, span: Span | None, planned: Mapping[UUID, Span | None]) -> JobView | None:
        """The first job with which it would be out of order at this time (None: planned for no time). planned: where others will stand.

        What is not planned holds up nobody from being so: it is those behind it that may not be planned.
        """
        if span is not None:
            for job in self.before(job_id):
                done = _span(job, planned)
                if done is None or done[1] > span[0]:
                    return job
        for job in self.behind(job_id):
            begins = _span(job, planned)
            if begins is not None and (span is None or begins[0] < span[1]):
                return job
        return None


def in_order(order: Order, wanted: Sequence[Placing]) -> tuple[list[Placing], list[Placing]]:
    """Which placings can be made together, and which would be out of order with what then stands; the earlier ones win."""
    possible, refused = list(wanted), list[Placing]()
    while True:
        planned = {placing.job_id: _wanted(placing) for placing in possible}
        stuck = next((one for one in reversed(possible) if order.obstacle(one.job_id, _wanted(one), planned)), None)
        if stuck is None:
            return possible, refused
        possible.remove(stuck)
        refused.append(stuck)


def span_of(job: JobView) -> Span | None:
    """When a job is planned; None for one that nobody has planned, or that stopped without being done."""
    if job.state in (JobState.NOT_DONE, JobState.SUSPENDED):
        return None
    return None if job.planned_start is None or job.planned_end is None else (job.planned_start, job.planned_end)


def _span(job: JobView, planned: Mapping[UUID, Span | None]) -> Span | None:
    return planned[job.id] if job.id in planned else span_of(job)


def _wanted(placing: Placing) -> Span | None:
    return None if placing.starts_at is None or placing.ends_at is None else (placing.starts_at, placing.ends_at)
