"""Home care with visits of two people (Mankowska, Meisel and Bierwirth 2014), in the JSON of Ceschia, Di Gaspero and others (2024).

A caregiver is a technician, a service a skill. Two services at the same time are a crew. For two that start so far apart we have no rule: each
is a job of its own, and their windows are cut so that whatever starts they get are far enough apart and not too far. Where to cut is
searched, too: round after round around the best plan so far, which stays possible. The value is computed from the orders alone, in their numbers: every visit as early as the routes and pairs allow, which is the least for each
of them at once. Start times may not be early; being late is counted, in sum and the worst.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random

import msgspec
import numpy as np

from backend.bench.scheduling.sets.standard import SCALE, NotComparable, Standard, best_known, places, refuse_unserved
from scheduling import Job, Plan, Policy, Problem, RouteStop, Shift, Skill, Technician, TravelMatrix, Window

POLICY = Policy(name="home care", unserved_priority_s=20_000_000, moved_s=0, retimed=0)
# Nobody has to be home: far beyond any visit.
HORIZON = 5_000


class Care(msgspec.Struct, frozen=True):
    service: str
    duration: float


class Together(msgspec.Struct, frozen=True):
    """How far apart two services start; distance: least and most, of sequential ones."""

    type: str
    distance: tuple[float, float] = (0.0, 0.0)


class Patient(msgspec.Struct, frozen=True):
    id: str
    location: tuple[float, float]
    time_window: tuple[float, float]
    required_caregivers: list[Care]
    synchronization: Together | None = None


class Caregiver(msgspec.Struct, frozen=True):
    id: str
    abilities: list[str]


class Office(msgspec.Struct, frozen=True):
    location: tuple[float, float]


class Instance(msgspec.Struct, frozen=True):
    """distances: the office first, then the patients; also the times of the ways."""

    patients: list[Patient]
    caregivers: list[Caregiver]
    central_offices: list[Office]
    distances: list[list[float]]


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Starts of two services, the first within start..start+width, the second from `least` after that to twice `least` after start."""

    start: float
    width: float


@dataclass(frozen=True, kw_only=True)
class _Visit:
    """One service at one patient. number: of the place."""

    patient: Patient
    number: int
    care: Care


def read(data: bytes) -> Instance:
    """Raises msgspec.ValidationError."""
    return msgspec.json.decode(data, type=Instance)


def home_care(folder: Path, name: str) -> Standard:
    """A third each: the distance, the lateness of all visits, and that of the worst."""
    instance = read((folder / "home-care" / f"{name}.json").read_bytes())
    best = best_known(folder, "home-care", name)["cost"]
    return Standard(
        name=name,
        problem=_problem(instance, {one.id: _first_cut(one) for one in instance.patients if _distance(one)}),
        value=partial(value, instance),
        best=best,
        policy=POLICY,
        again=partial(again, instance),
    )


def value(instance: Instance, plan: Plan) -> float:
    """Raises NotComparable when a visit is left out or a pair cannot be brought together."""
    refuse_unserved(plan)
    visits, routes, starts = _played(instance, plan)
    late = [max(0.0, starts[name] - visit.patient.time_window[1]) for name, visit in visits.items()]
    stops = [[0, *(visits[name].number for name in route), 0] for route in routes]
    distance = sum(instance.distances[a][b] for route in stops for a, b in pairwise(route))
    return (distance + sum(late) + max(late)) / 3


def again(instance: Instance, plan: Plan, draw: Random) -> Problem:
    """The same instance with its pairs cut at random, so that this plan holds."""
    _, _, starts = _played(instance, plan)
    cuts: dict[str, Cut] = {}
    for patient in instance.patients:
        if least := _distance(patient):
            first, second = starts[f"{patient.id}/0"], starts[f"{patient.id}/1"]
            start = draw.uniform(second - 2 * least, first)
            width = draw.uniform(first - start, min(least, second - least - start))
            cuts[patient.id] = Cut(start=start, width=width)
    return replace(_problem(instance, cuts), previous=plan)


def _played(instance: Instance, plan: Plan) -> tuple[dict[str, _Visit], list[list[str]], dict[str, float]]:
    """Every visit, the routes of visits, and the earliest starts."""
    visits = {name: visit for number, one in enumerate(instance.patients, 1) for name, visit in _visits(one, number)}
    routes = [[_visit_of(stop, visits) for stop in route.stops] for route in plan.routes]
    return visits, routes, _earliest(instance, visits, routes)


def _distance(patient: Patient) -> float:
    """The least distance of two services in sequence; 0 for any others. The most is twice of it."""
    if patient.synchronization is None or patient.synchronization.type == "simultaneous":
        return 0.0
    least, most = patient.synchronization.distance
    assert most == 2 * least, f"{patient.id}: the most distance is not twice the least"
    return least


def _first_cut(patient: Patient) -> Cut:
    """In the middle of the patient's window."""
    least, (early, late) = _distance(patient), patient.time_window
    return Cut(start=early + max(0.0, (late - early - 2 * least) / 2), width=least / 2)


def _problem(instance: Instance, cuts: Mapping[str, Cut]) -> Problem:
    points = [instance.central_offices[0].location, *(patient.location for patient in instance.patients)]
    seconds = np.ceil(np.array(instance.distances) * SCALE - 1e-6).astype(np.int64)
    shift = Shift(start_s=0, end_s=HORIZON * SCALE, start_place=0, end_place=0)
    return Problem(
        places=places(points),
        travel=TravelMatrix.of(seconds, seconds.copy(), "given"),
        technicians=tuple(
            Technician(id=one.id, shifts=(shift,), skills=tuple(Skill(name=ability) for ability in one.abilities))
            for one in instance.caregivers
        ),
        jobs=tuple(job for number, one in enumerate(instance.patients, 1) for job in _jobs(one, number, cuts)),
    )


def _jobs(patient: Patient, number: int, cuts: Mapping[str, Cut]) -> Iterator[Job]:
    early, late = patient.time_window
    first, *others = patient.required_caregivers
    if cut := cuts.get(patient.id):
        least, (second,) = _distance(patient), others
        ends = cut.start + cut.width
        yield _job(f"{patient.id}/0", number, first, max(early, cut.start), late, until=ends)
        yield _job(f"{patient.id}/1", number, second, max(early, ends + least), late, until=cut.start + 2 * least)
    else:
        yield _job(patient.id, number, first, early, late, helper=others[0] if others else None)


def _job(
    name: str,
    number: int,
    care: Care,
    early: float,
    late: float,
    *,
    helper: Care | None = None,
    until: float = HORIZON,
) -> Job:
    start_s = math.ceil(early * SCALE)
    duration_s = round(max(care.duration, helper.duration if helper else 0.0) * SCALE)
    return Job(
        id=name,
        place=number,
        duration_s=duration_s,
        windows=(Window(start_s=start_s, end_s=max(start_s, math.floor(until * SCALE))),),
        due_s=round(late * SCALE) + duration_s,
        skills={care.service: 1},
        crew_size=1 if helper is None else 2,
        helper_skills=None if helper is None else {helper.service: 1},
    )


def _visits(patient: Patient, number: int) -> Iterator[tuple[str, _Visit]]:
    for order, care in enumerate(patient.required_caregivers):
        name = f"{patient.id}/{order}" if patient.synchronization else patient.id
        yield name, _Visit(patient=patient, number=number, care=care)


def _visit_of(stop: RouteStop, visits: dict[str, _Visit]) -> str:
    """A crew is one job and two visits: the lead does the first."""
    return stop.job if stop.job in visits else f"{stop.job}/{0 if stop.lead else 1}"


def _earliest(instance: Instance, visits: dict[str, _Visit], routes: list[list[str]]) -> dict[str, float]:
    """The earliest start of every visit: the longest ways through routes and pairs."""
    starts = {name: visit.patient.time_window[0] for name, visit in visits.items()}
    for name, visit in visits.items():
        starts[name] = max(starts[name], instance.distances[0][visit.number])
    after = [*_in_routes(instance, visits, routes), *_in_pairs(instance)]
    for _ in range(len(visits) + 1):
        is_settled = True
        for before, name, apart in after:
            if starts[before] + apart > starts[name] + 1e-9:
                starts[name], is_settled = starts[before] + apart, False
        if is_settled:
            return starts
    raise NotComparable("two visits wait for each other")


def _in_routes(
    instance: Instance, visits: dict[str, _Visit], routes: list[list[str]]
) -> Iterator[tuple[str, str, float]]:
    for route in routes:
        for before, name in pairwise(route):
            way = instance.distances[visits[before].number][visits[name].number]
            yield before, name, visits[before].care.duration + way


def _in_pairs(instance: Instance) -> Iterator[tuple[str, str, float]]:
    for patient in instance.patients:
        if patient.synchronization:
            least, most = patient.synchronization.distance
            first, second = (f"{patient.id}/{order}" for order in range(2))
            yield first, second, least
            yield second, first, -most
