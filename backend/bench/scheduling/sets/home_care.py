"""Home care with visits of two people (Mankowska, Meisel and Bierwirth 2014), in the JSON of Ceschia, Di Gaspero and others (2024).

A caregiver is a technician, a service a skill. Two services at the same time are a crew; two that start so far apart are jobs with a gap between
them. The value is computed from the orders alone, in their numbers: every visit as early as the routes and pairs allow, which is the least for each
of them at once. Start times may not be early; being late is counted, in sum and the worst. The worst is no term of ours: lateness counts
twice instead, once for the sum and once for the share that a day's few late visits have in the worst.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from backend.bench.scheduling.sets.standard import SCALE, NotComparable, Standard, best_known, places, refuse_unserved
from scheduling import Gap, Job, Plan, Policy, Problem, RouteStop, Shift, Skill, Technician, TravelMatrix, Window

POLICY = Policy(name="home care", unserved_priority_s=20_000_000, lateness=2.0)
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
        problem=_problem(instance),
        value=partial(value, instance),
        best=best,
        policy=POLICY,
    )


def value(instance: Instance, plan: Plan) -> float:
    """Raises NotComparable when a visit is left out or a pair cannot be brought together."""
    refuse_unserved(plan)
    visits, routes, starts = _played(instance, plan)
    late = [max(0.0, starts[name] - visit.patient.time_window[1]) for name, visit in visits.items()]
    stops = [[0, *(visits[name].number for name in route), 0] for route in routes]
    distance = sum(instance.distances[a][b] for route in stops for a, b in pairwise(route))
    return (distance + sum(late) + max(late)) / 3


def _played(instance: Instance, plan: Plan) -> tuple[dict[str, _Visit], list[list[str]], dict[str, float]]:
    """Every visit, the routes of visits, and the earliest starts."""
    visits = {name: visit for number, one in enumerate(instance.patients, 1) for name, visit in _visits(one, number)}
    routes = [[_visit_of(stop, visits) for stop in route.stops] for route in plan.routes]
    return visits, routes, _earliest(instance, visits, routes)


def _problem(instance: Instance) -> Problem:
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
        jobs=tuple(job for number, one in enumerate(instance.patients, 1) for job in _jobs(one, number)),
    )


def _jobs(patient: Patient, number: int) -> Iterator[Job]:
    first, *others = patient.required_caregivers
    if patient.synchronization is None or patient.synchronization.type == "simultaneous":
        yield _job(patient.id, patient, number, first, helper=others[0] if others else None)
        return
    (second,) = others
    least, most = patient.synchronization.distance
    gap = Gap(job=f"{patient.id}/0", least_s=math.ceil(least * SCALE), most_s=math.floor(most * SCALE))
    yield _job(f"{patient.id}/0", patient, number, first)
    yield replace(_job(f"{patient.id}/1", patient, number, second), gaps=(gap,))


def _job(name: str, patient: Patient, number: int, care: Care, *, helper: Care | None = None) -> Job:
    early, late = patient.time_window
    duration_s = round(max(care.duration, helper.duration if helper else 0.0) * SCALE)
    return Job(
        id=name,
        place=number,
        duration_s=duration_s,
        windows=(Window(start_s=math.ceil(early * SCALE), end_s=HORIZON * SCALE),),
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
