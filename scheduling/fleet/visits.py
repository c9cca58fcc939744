"""Open jobs as columns of numbers: what they take, when they may start, and what their customers and the plan in force wish."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduling.duties import Duty, Workday
from scheduling.fleet.board import NEVER_S, Flags, Ints, Wanted
from scheduling.insertion import PackedRoute
from scheduling.problem import Job, Window


def pack_visits(workday: Workday, routes: Sequence[PackedRoute]) -> dict[str, NDArray[Any]]:
    """The open jobs of all routes, in order, as columns of `Board`. work: at the pace of the duty's technician."""
    pairs = [(packed.duty, job) for packed in routes for job in packed.jobs]
    opens, closes = pack_windows([workday.windows(job) for _, job in pairs])
    return {
        "place": ints(job.place for _, job in pairs),
        "work": ints(duty.work_s(job) for duty, job in pairs),
        "opens": opens,
        "closes": closes,
        "due": ints(_due_s(job) for _, job in pairs),
        "planned": ints(_planned_s(workday, job) for _, job in pairs),
        "crew_size": ints(job.crew_size for _, job in pairs),
        "is_promised": _flags(job.promised for _, job in pairs),
        "is_moved": _flags(_is_moved(workday, job, duty.key) for duty, job in pairs),
        "is_unwished": _flags(_is_unwished(job, duty.technician.id) for duty, job in pairs),
    }


def pack_wanted(workday: Workday, job: Job, duties: Sequence[Duty], windows: Sequence[Sequence[Window]]) -> Wanted:
    """One job, of a crew's job one seat, asked for in several sets of windows, each in order."""
    moved = unwished = np.zeros(len(duties), dtype=np.bool_)
    if job.id in workday.planned:
        moved = _flags(_is_moved(workday, job, each.key) for each in duties)
    if job.preferred:
        unwished = _flags(_is_unwished(job, each.technician.id) for each in duties)
    opens, closes = pack_windows(windows)
    return Wanted(
        place=job.place,
        duration=job.duration_s,
        has_pace=job.frozen is None,
        due=_due_s(job),
        planned=_planned_s(workday, job),
        crew_size=job.crew_size,
        is_promised=job.promised,
        is_moved=moved,
        is_unwished=unwished,
        opens=opens,
        closes=closes,
        until=closes.max(axis=1, initial=-NEVER_S),
    )


def pack_windows(rows: Sequence[Sequence[Window]]) -> tuple[Ints, Ints]:
    """When windows open and close, in as many columns as the longest row has; the rest of a row never was open."""
    width = max((len(row) for row in rows), default=1)
    never = (NEVER_S, -NEVER_S)
    pairs = [[*((window.start_s, window.end_s) for window in row), *[never] * (width - len(row))] for row in rows]
    table = np.array(pairs, dtype=np.int64).reshape(len(rows), width, 2)
    return np.ascontiguousarray(table[..., 0]), np.ascontiguousarray(table[..., 1])


def ints(values: Iterable[int]) -> Ints:
    return np.fromiter(values, dtype=np.int64)


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
