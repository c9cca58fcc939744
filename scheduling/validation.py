"""Does a problem make sense? `validate` raises one named error, with the ids at fault; it never repairs anything."""

import math
from collections import defaultdict
from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

import numpy as np

from scheduling.errors import (
    BadBreak,
    BadPlace,
    BadQuantity,
    BadShift,
    BadTravel,
    BadWindow,
    CircularPrecedence,
    DuplicateId,
    FrozenConflict,
    LockWithoutAssignment,
    UnknownReference,
)
from scheduling.plan import crews
from scheduling.problem import Depot, Job, Lock, Problem, Shift, Technician, Window

# Ten years: far beyond any plan, and far below UNREACHABLE, so that no sum of legs can be taken for a time.
HORIZON_LIMIT_S = 10 * 366 * 86_400
PRIORITY_LIMIT = 1_000
# A forward pass keeps one state per break taken, an arc one per run of breaks: four keep an insertion test cheap.
BREAK_LIMIT = 4
# Who must meet is searched for member by member; nobody sends five people to one job.
CREW_LIMIT = 4


def validate(problem: Problem, *, known: Problem | None = None) -> None:
    """Raise a subclass of InvalidProblem when the problem cannot be asked; return nothing when it can.

    known: a problem that can, of the very same places and travel: a million figures are not looked at again.
    """
    _refuse_duplicates("technician", [technician.id for technician in problem.technicians])
    _refuse_duplicates("job", [job.id for job in problem.jobs])
    _refuse_duplicates("depot", [depot.id for depot in problem.depots])
    if known is None or known.places is not problem.places or known.travel is not problem.travel:
        _check_places(problem)
        _check_travel(problem)
    for technician in problem.technicians:
        _check_technician(technician, place_count=len(problem.places))
    for depot in problem.depots:
        _check_depot(depot, place_count=len(problem.places))
    _check_previous(problem)
    for job in problem.jobs:
        _check_job(job, place_count=len(problem.places))
    _check_references(problem)
    _check_precedence(problem.jobs)
    _check_frozen_overlap(problem.jobs)


def _refuse_duplicates(kind: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for name in ids:
        if name in seen:
            raise DuplicateId(f"{kind} id {name!r} appears twice", kind=kind, id=name)
        seen.add(name)


def _check_places(problem: Problem) -> None:
    for index, place in enumerate(problem.places):
        if not (
            math.isfinite(place.lat) and math.isfinite(place.lon) and abs(place.lat) <= 90 and abs(place.lon) <= 180
        ):
            raise BadPlace(f"place {index} is not on the globe: {place.lat}, {place.lon}", place=index)


def _check_travel(problem: Problem) -> None:
    shape = (len(problem.places), len(problem.places))
    for name, figures in (("seconds", problem.travel.seconds), ("metres", problem.travel.metres)):
        if figures.shape != shape:
            raise BadTravel(f"travel {name} has shape {figures.shape}, places want {shape}", figures=name)
        if figures.dtype != np.int64:
            raise BadTravel(f"travel {name} holds {figures.dtype}, not int64", figures=name)
        if (figures < 0).any():
            raise BadTravel(f"travel {name} holds a negative figure; unreachable is UNREACHABLE", figures=name)
        if figures.diagonal().any():
            raise BadTravel(f"travel {name} from a place to itself is not 0", figures=name)


def _check_technician(technician: Technician, *, place_count: int) -> None:
    for skill in technician.skills:
        _check_quantity(skill.level, 1, 1_000, "skill level", technician=technician.id)
    for pieces in technician.stock.values():
        _check_quantity(pieces, 0, 1_000_000, "stock", technician=technician.id)
    _check_quantity(technician.pace_percent, 10, 1_000, "pace", technician=technician.id)
    _check_quantity(technician.cost_per_hour_minor, 0, 10**9, "cost per hour", technician=technician.id)
    for index, shift in enumerate(technician.shifts):
        _check_shift(technician, index, shift, place_count)
    for earlier, later in pairwise(technician.shifts):
        if later.start_s < earlier.end_s + earlier.overtime_s:
            raise BadShift(f"shifts of {technician.id} overlap or are out of order", technician=technician.id)


def _check_shift(technician: Technician, index: int, shift: Shift, place_count: int) -> None:
    if not 0 <= shift.start_s <= shift.end_s <= HORIZON_LIMIT_S:
        raise BadShift(
            f"shift {index} of {technician.id} runs {shift.start_s}..{shift.end_s}",
            technician=technician.id,
            shift=index,
        )
    _check_quantity(shift.overtime_s, 0, 86_400, "overtime", technician=technician.id)
    for place in (shift.start_place, shift.end_place):
        _check_place_index(place, place_count, technician=technician.id)
    if len(shift.breaks) > BREAK_LIMIT:
        raise BadBreak(f"shift {index} of {technician.id} has more than {BREAK_LIMIT} breaks", technician=technician.id)
    for pause in shift.breaks:
        fits = shift.start_s <= pause.earliest_s <= pause.latest_s and pause.latest_s + pause.duration_s <= shift.end_s
        if pause.duration_s <= 0 or not fits:
            raise BadBreak(
                f"a break {pause.earliest_s}..{pause.latest_s} of {pause.duration_s} s does not fit inside shift {index}"
                f" of {technician.id}",
                technician=technician.id,
                shift=index,
            )
    free_s = shift.start_s
    for pause in shift.breaks:
        if free_s > pause.latest_s:
            raise BadBreak(
                f"breaks of {technician.id} are not in order, or exclude one another", technician=technician.id
            )
        free_s = max(free_s, pause.earliest_s) + pause.duration_s


def _check_depot(depot: Depot, *, place_count: int) -> None:
    _check_place_index(depot.place, place_count, depot=depot.id)
    _check_quantity(depot.handling_s, 0, 86_400, "handling time", depot=depot.id)
    for pieces in depot.stock.values():
        _check_quantity(pieces, 0, 1_000_000, "stock", depot=depot.id)
    _check_windows(depot.windows, f"depot {depot.id}", depot=depot.id)


def _check_previous(problem: Problem) -> None:
    """The plan in force gives nobody a job twice, serves what is locked, and bounds what may be moved sensibly."""
    planned = crews(problem.previous)
    sizes = {job.id: job.crew_size for job in problem.jobs}
    for job, members in planned.items():
        people = [member.technician for member in members]
        if len(set(people)) < len(people) or (len(people) > 1 and sizes.get(job) == 1):
            raise DuplicateId(f"planned job id {job!r} appears twice", kind="planned job", id=job)
    for job in problem.jobs:
        if job.lock != Lock.NONE and job.id not in planned:
            raise LockWithoutAssignment(f"job {job.id} is locked, and the previous plan does not serve it", job=job.id)
    if problem.disturbance_limit is not None:
        _check_quantity(problem.disturbance_limit, 0, len(problem.jobs) + 10**6, "disturbance limit")


def _check_job(job: Job, *, place_count: int) -> None:
    _check_place_index(job.place, place_count, job=job.id)
    _check_quantity(job.duration_s, 1, HORIZON_LIMIT_S, "duration", job=job.id)
    _check_quantity(job.priority, 1, PRIORITY_LIMIT, "priority", job=job.id)
    for level in job.skills.values():
        _check_quantity(level, 1, 1_000, "skill level", job=job.id)
    for pieces in job.parts.values():
        _check_quantity(pieces, 1, 1_000_000, "parts", job=job.id)
    for level in (job.helper_skills or {}).values():
        _check_quantity(level, 1, 1_000, "skill level", job=job.id)
    _check_quantity(job.crew_size, 1, CREW_LIMIT, "crew size", job=job.id)
    for gap in job.gaps:
        _check_quantity(gap.least_s, 0, HORIZON_LIMIT_S, "least gap", job=job.id)
        _check_quantity(gap.most_s, gap.least_s, HORIZON_LIMIT_S, "greatest gap", job=job.id)
    _check_windows(job.windows, f"job {job.id}", job=job.id)


def _check_windows(windows: tuple[Window, ...], whose: str, **params: str) -> None:
    for window in windows:
        if not 0 <= window.start_s <= window.end_s <= HORIZON_LIMIT_S:
            raise BadWindow(f"{whose} has the window {window.start_s}..{window.end_s}", **params)
    for first, second in pairwise(windows):
        if second.start_s <= first.end_s:
            raise BadWindow(f"windows of {whose} overlap or are out of order", **params)


def _check_references(problem: Problem) -> None:
    shift_counts = {technician.id: len(technician.shifts) for technician in problem.technicians}
    ids = {job.id for job in problem.jobs}
    for job in problem.jobs:
        for technician in sorted(job.preferred | job.forbidden):
            if technician not in shift_counts:
                raise UnknownReference(
                    f"job {job.id} names technician {technician!r}", job=job.id, technician=technician
                )
        for other in job.waits_for:
            if other not in ids:
                raise UnknownReference(f"job {job.id} waits for {other!r}, which is not there", job=job.id, after=other)
        for technician, shift in job.frozen.members if job.frozen else ():
            if not 0 <= shift < shift_counts.get(technician, 0):
                raise UnknownReference(
                    f"job {job.id} is frozen to shift {shift} of {technician!r}", job=job.id, technician=technician
                )


def _check_precedence(jobs: Iterable[Job]) -> None:
    try:
        tuple(TopologicalSorter({job.id: job.waits_for for job in jobs}).static_order())
    except CycleError as error:
        circle: list[str] = error.args[1]
        raise CircularPrecedence(f"jobs wait for one another: {', '.join(circle)}", job=circle[0]) from None


def _check_frozen_overlap(jobs: Iterable[Job]) -> None:
    facts: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for job in jobs:
        for technician, _ in job.frozen.members if job.frozen else ():
            start_s = job.frozen.start_s if job.frozen else 0
            facts[technician].append((start_s, start_s + job.duration_s, job.id))
    for technician, spans in facts.items():
        for (_, end_s, first), (start_s, _, second) in pairwise(sorted(spans)):
            if start_s < end_s:
                raise FrozenConflict(
                    f"frozen jobs {first} and {second} of {technician} overlap", technician=technician, job=second
                )


def _check_place_index(place: int, place_count: int, **params: str) -> None:
    if not 0 <= place < place_count:
        raise BadPlace(f"place {place} does not exist, there are {place_count} ({params})", place=place, **params)


def _check_quantity(value: int, least: int, most: int, name: str, **params: str) -> None:
    if not least <= value <= most:
        raise BadQuantity(f"{name} {value} is outside {least}..{most} ({params})", quantity=name, value=value, **params)
