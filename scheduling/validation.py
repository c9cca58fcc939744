"""Does a problem make sense? `validate` raises one named error, with the ids at fault; it never repairs anything."""

import math
from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

import numpy as np

from scheduling.errors import (
    BadBreak,
    BadPlace,
    BadQuantity,
    BadShift,
    BadTravel,
    BadWindow,
    DuplicateId,
    FrozenConflict,
    LockWithoutAssignment,
    UnknownReference,
    UnsupportedFeature,
)
from scheduling.plan import assignments
from scheduling.problem import Job, Lock, Problem, Shift, Technician

# Ten years: far beyond any plan, and far below UNREACHABLE, so that no sum of legs can be taken for a time.
HORIZON_LIMIT_S = 10 * 366 * 86_400
PRIORITY_LIMIT = 1_000
# A forward pass keeps one state per break taken, an arc one per run of breaks: four keep an insertion test cheap.
BREAK_LIMIT = 4


def validate(problem: Problem) -> None:
    """Raise a subclass of InvalidProblem when the problem cannot be asked; return nothing when it can."""
    _refuse_duplicates("technician", [technician.id for technician in problem.technicians])
    _refuse_duplicates("job", [job.id for job in problem.jobs])
    _check_places(problem)
    _check_travel(problem)
    for technician in problem.technicians:
        _check_technician(technician, place_count=len(problem.places))
    shift_counts = {technician.id: len(technician.shifts) for technician in problem.technicians}
    previous = problem.previous
    _refuse_duplicates(
        "planned job", [stop.job for route in previous.routes for stop in route.stops] if previous else []
    )
    planned = assignments(previous)
    for job in problem.jobs:
        _refuse_unsupported(job)
        _check_job(job, place_count=len(problem.places))
        _check_references(job, shift_counts)
        if job.lock != Lock.NONE and job.id not in planned:
            raise LockWithoutAssignment(f"job {job.id} is locked, and the previous plan does not serve it", job=job.id)
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
        if any(figures.item(place, place) for place in range(len(problem.places))):
            raise BadTravel(f"travel {name} from a place to itself is not 0", figures=name)


def _check_technician(technician: Technician, *, place_count: int) -> None:
    for skill in technician.skills:
        _check_quantity(skill.level, 1, 1_000, "skill level", technician=technician.id)
    for pieces in technician.stock.values():
        _check_quantity(pieces, 0, 1_000_000, "stock", technician=technician.id)
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


def _refuse_unsupported(job: Job) -> None:
    if job.crew_size != 1:
        raise UnsupportedFeature(f"job {job.id} wants a crew of {job.crew_size}", feature="crew", job=job.id)
    if job.after:
        raise UnsupportedFeature(f"job {job.id} waits for other jobs", feature="precedence", job=job.id)


def _check_job(job: Job, *, place_count: int) -> None:
    _check_place_index(job.place, place_count, job=job.id)
    _check_quantity(job.duration_s, 1, HORIZON_LIMIT_S, "duration", job=job.id)
    _check_quantity(job.priority, 1, PRIORITY_LIMIT, "priority", job=job.id)
    for level in job.skills.values():
        _check_quantity(level, 1, 1_000, "skill level", job=job.id)
    for pieces in job.parts.values():
        _check_quantity(pieces, 1, 1_000_000, "parts", job=job.id)
    for window in job.windows:
        if not 0 <= window.start_s <= window.end_s <= HORIZON_LIMIT_S:
            raise BadWindow(f"job {job.id} has the window {window.start_s}..{window.end_s}", job=job.id)
    for first, second in pairwise(job.windows):
        if second.start_s <= first.end_s:
            raise BadWindow(f"windows of job {job.id} overlap or are out of order", job=job.id)


def _check_references(job: Job, shift_counts: dict[str, int]) -> None:
    for technician in sorted(job.preferred | job.forbidden):
        if technician not in shift_counts:
            raise UnknownReference(f"job {job.id} names technician {technician!r}", job=job.id, technician=technician)
    if job.frozen and not 0 <= job.frozen.shift < shift_counts.get(job.frozen.technician, 0):
        raise UnknownReference(
            f"job {job.id} is frozen to shift {job.frozen.shift} of {job.frozen.technician!r}",
            job=job.id,
            technician=job.frozen.technician,
        )


def _check_frozen_overlap(jobs: Iterable[Job]) -> None:
    facts: defaultdict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for job in jobs:
        if job.frozen:
            facts[job.frozen.technician].append((job.frozen.start_s, job.frozen.start_s + job.duration_s, job.id))
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
