"""Site-dependent vehicle routing with time windows (Cordeau and Laporte 2001): which vehicle may go where, as skills.

Distances are rounded to thousandths, as the best known values are. A vehicle is out for at most so long, wherever that time
begins; we know no such limit: a plan that breaks it is not compared.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from backend.bench.scheduling.sets.standard import (
    SCALE,
    NotComparable,
    Point,
    Standard,
    best_known,
    euclidean,
    places,
    total_distance,
)
from scheduling import Job, Plan, Problem, Shift, Skill, Technician, Window

LOAD = "load"


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Customer 0 is the depot. allowed: of each vehicle the customers that it may serve; most_out: how long it may be out."""

    points: list[Point]
    demands: list[int]
    services: list[int]
    windows: list[tuple[int, int]]
    capacities: list[int]
    allowed: list[frozenset[int]]
    most_out: int


def read(text: str) -> Instance:
    """Read a file in VRPLIB's form. Raises KeyError for a section that is missing."""
    fields: dict[str, str] = {}
    sections: dict[str, list[list[str]]] = {}
    rows: list[list[str]] = []
    for line in text.splitlines():
        words = line.split()
        if ":" in line:
            name, _, value = line.partition(":")
            fields[name.strip()] = value.strip()
        elif words and words[0].endswith("_SECTION"):
            rows = sections.setdefault(words[0], [])
        elif words:
            rows.append(words[1:])
    return Instance(
        points=[(float(x), float(y)) for x, y in sections["NODE_COORD_SECTION"]],
        demands=[int(demand) for (demand,) in sections["DEMAND_SECTION"]],
        services=[int(service) for (service,) in sections["SERVICE_TIME_SECTION"]],
        windows=[(int(early), int(late)) for early, late in sections["TIME_WINDOW_SECTION"]],
        capacities=[int(row[0]) for row in sections["CAPACITY_SECTION"]],
        allowed=[frozenset(int(n) - 1 for n in row) for row in sections["VEHICLES_ALLOWED_CLIENTS_SECTION"]],
        most_out=int(fields["VEHICLES_MAX_DURATION"]),
    )


def site_dependent(folder: Path, name: str) -> Standard:
    """The least distance."""
    instance = read((folder / "sdvrptw" / f"{name}.vrp").read_text(encoding="utf-8"))
    best = best_known(folder, "sdvrptw", name)["cost"]
    sites = {allowed: f"site{number}" for number, allowed in enumerate(dict.fromkeys(_who_of_each(instance)))}
    problem = Problem(
        places=places(instance.points),
        travel=euclidean(instance.points),
        technicians=tuple(_technician(instance, number, sites) for number in range(len(instance.capacities))),
        jobs=tuple(_job(instance, number, sites) for number in range(1, len(instance.points))),
    )
    return Standard(name=name, problem=problem, value=partial(_value, instance), best=best)


def _value(instance: Instance, plan: Plan) -> float:
    distance = total_distance(plan, instance.points, place_of=int)
    longest = max(route.end_s - route.depart_s for route in plan.routes) / SCALE
    if longest > instance.most_out:
        raise NotComparable(f"a vehicle is out for {longest:.0f} of {instance.most_out} units: no limit we know of")
    return round(distance * SCALE)


def _technician(instance: Instance, number: int, sites: dict[frozenset[int], str]) -> Technician:
    early, late = instance.windows[0]
    shift = Shift(start_s=early * SCALE, end_s=late * SCALE, start_place=0, end_place=0)
    skills = tuple(Skill(name=name) for who, name in sites.items() if number in who)
    return Technician(id=f"v{number}", shifts=(shift,), skills=skills, stock={LOAD: instance.capacities[number]})


def _job(instance: Instance, number: int, sites: dict[frozenset[int], str]) -> Job:
    early, late = instance.windows[number]
    return Job(
        id=str(number),
        place=number,
        duration_s=max(1, instance.services[number] * SCALE),
        windows=(Window(start_s=early * SCALE, end_s=late * SCALE),),
        skills={sites[_who(instance, number)]: 1},
        parts={LOAD: instance.demands[number]} if instance.demands[number] else {},
    )


def _who_of_each(instance: Instance) -> list[frozenset[int]]:
    return [_who(instance, number) for number in range(1, len(instance.points))]


def _who(instance: Instance, customer: int) -> frozenset[int]:
    return frozenset(number for number, allowed in enumerate(instance.allowed) if customer in allowed)
