"""Open jobs as columns of numbers: what they take, when they may start, and what their customers and the plan in force wish."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np

from scheduling.duties import Duty, Workday
from scheduling.fleet.packing import NEVER_S, Flags, Ints, Spans, ints, pack_windows
from scheduling.insertion import PackedRoute
from scheduling.problem import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """n jobs, each on one duty. work: at the pace of the duty's technician. due, planned (start): NEVER_S for none.

    is_moved: the plan in force has it on other duties only. is_unwished: the customer prefers someone else.
    """

    place: Ints
    work: Ints
    spans: Spans
    due: Ints
    planned: Ints
    crew_size: Ints
    is_promised: Flags
    is_moved: Flags
    is_unwished: Flags

    def and_also(self, others: "Visits") -> "Visits":
        """These, then the others."""
        columns = {
            column.name: np.concatenate([getattr(self, column.name), getattr(others, column.name)])
            for column in fields(self)
            if column.name != "spans"
        }
        return Visits(spans=self.spans.and_also(others.spans), **columns)


def pack_visits(workday: Workday, routes: Sequence[PackedRoute]) -> Visits:
    """The open jobs of all routes, in order."""
    pairs = [(packed.duty, job) for packed in routes for job in packed.jobs]
    return Visits(
        place=ints(job.place for _, job in pairs),
        work=ints(duty.work_s(job) for duty, job in pairs),
        spans=pack_windows([workday.windows(job) for _, job in pairs]),
        due=ints(_due_s(job) for _, job in pairs),
        planned=ints(_planned_s(workday, job) for _, job in pairs),
        crew_size=ints(job.crew_size for _, job in pairs),
        is_promised=_flags(job.promised for _, job in pairs),
        is_moved=_flags(_is_moved(workday, job, duty.key) for duty, job in pairs),
        is_unwished=_flags(_is_unwished(job, duty.technician.id) for duty, job in pairs),
    )


def one_job(workday: Workday, job: Job, duties: Sequence[Duty], duty: Ints, work: Ints, spans: Spans) -> Visits:
    """One job that no crew does, on many duties, with the windows that it is asked for on each."""
    count = len(duty)
    moved = unwished = np.zeros(len(duties), dtype=np.bool_)
    if job.id in workday.planned:
        moved = _flags(_is_moved(workday, job, each.key) for each in duties)
    if job.preferred:
        unwished = _flags(_is_unwished(job, each.technician.id) for each in duties)
    return Visits(
        place=np.full(count, job.place),
        work=work,
        spans=spans,
        due=np.full(count, _due_s(job)),
        planned=np.full(count, _planned_s(workday, job)),
        crew_size=np.ones(count, dtype=np.int64),
        is_promised=np.full(count, job.promised),
        is_moved=moved[duty],
        is_unwished=unwished[duty],
    )


def _due_s(job: Job) -> int:
    return NEVER_S if job.due_s is None else job.due_s


def _planned_s(workday: Workday, job: Job) -> int:
    planned = workday.planned.get(job.id)
    return planned[0].start_s if planned else NEVER_S


def _is_moved(workday: Workday, job: Job, key: tuple[str, int]) -> bool:
    planned = workday.planned.get(job.id)
    return planned is not None and all(member.duty != key for member in planned)


def _is_unwished(job: Job, technician: str) -> bool:
    return bool(job.preferred) and technician not in job.preferred


def _flags(values: Iterable[bool]) -> Flags:
    return np.fromiter(values, dtype=np.bool_)
