"""What the planner calls each piece of taken time by itself, and whose job that is. Pure.

Time that is planned bears its job's name. Where a crew does the job that is the lead's time, and each helper's is a job of its own, `seat:<id>`;
so is time that is held for a customer who is still deciding, `hold:<id>`.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.schemas import TimeView
from backend.jobs.schemas import JobView

HELD, SEAT = "hold:", "seat:"


@dataclass(frozen=True)
class Seats:
    """times: everybody's that is known; jobs: those of the times, by id."""

    times: Sequence[TimeView]
    jobs: Mapping[UUID, JobView]

    @cached_property
    def crews(self) -> Mapping[UUID, list[TimeView]]:
        """Of each planned crew's job the time of everybody, with a shift or without, as far as it is known; the lead's first."""
        found: defaultdict[UUID, list[TimeView]] = defaultdict(list)
        for taken in self.times:
            job = self.jobs[taken.job_id]
            if job.crew_size > 1 and taken.kind is TimeKind.JOB:
                found[job.id].insert(0 if taken.technician_id == job.technician_id else len(found[job.id]), taken)
        return found

    def people(self, job: JobView) -> int:
        """How many people's time a planned job takes, as far as it is known."""
        return len(self.crews.get(job.id, ())) if job.crew_size > 1 else 1

    def is_first(self, taken: TimeView) -> bool:
        """Whether planned time is the lead's, or the first that is known where the lead's is not."""
        crew = self.crews.get(taken.job_id)
        return crew is None or taken.id == crew[0].id

    def name(self, taken: TimeView) -> str:
        """What the planner calls this time by itself."""
        if taken.kind is TimeKind.HOLD:
            return held_name(taken.id)
        return str(taken.job_id) if self.is_first(taken) else f"{SEAT}{taken.id}"

    def names_of(self, job_id: UUID) -> frozenset[str]:
        """All names by which the planner may know a job."""
        return frozenset({str(job_id), *(self.name(taken) for taken in self.times if taken.job_id == job_id)})

    def job_id(self, name: str) -> UUID:
        """The job that the planner knows by this name."""
        return self._others[name] if name in self._others else UUID(name)

    def planned_job(self, name: str) -> JobView | None:
        """The job that the planner knows by this name as planned; None for time that is only held."""
        return None if name.startswith(HELD) else self.jobs.get(self.job_id(name))

    @cached_property
    def _others(self) -> Mapping[str, UUID]:
        """Names that are not their job's own."""
        named = (taken for taken in self.times if taken.kind is TimeKind.HOLD or not self.is_first(taken))
        return {self.name(taken): taken.job_id for taken in named}


def held_name(time_id: UUID) -> str:
    """What the planner calls time that is held."""
    return f"{HELD}{time_id}"
