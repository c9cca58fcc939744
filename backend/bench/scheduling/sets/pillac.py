"""Technician routing and scheduling (Pillac, Gueret and Medaglia 2012): skills, tools and spare parts, from homes and by way of a depot.

The depot lends every tool and has parts without end; one call is enough for a day. The objective is the working time of all who go
out, from the first departure to the last return, waiting included. We search for the least driving and waiting, as the work is the same in any plan; the value is computed from
the orders alone, in their numbers, with the departure that is best for each route.
"""

import ast
import math
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from backend.bench.scheduling.sets.standard import (
    POLICY,
    SCALE,
    Point,
    Standard,
    best_known,
    euclidean,
    places,
    refuse_unserved,
)
from scheduling import Depot, Job, Plan, Problem, Route, RouteStop, Shift, Skill, Technician, Window

DEPOT = "depot"
ENDLESS = 100_000
WORKING_TIME = replace(POLICY, waiting=1.0)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of the file: the depot, a technician's home, or a request."""

    id: str
    point: Point
    early: int
    late: int
    service: int
    skills: list[int]
    tools: list[int]
    parts: list[int]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """lines: the depot, then the crews, then the requests."""

    crews: int
    lines: list[Line]


def read(text: str) -> Instance:
    """Read a file of the set. Raises ValueError."""
    rows = [line.split() for line in text.splitlines() if line.strip() and line.split()[0].isdigit()]
    crews = int(rows[0][0])
    return Instance(crews=crews, lines=[_line(row) for row in rows[1:]])


def pillac(folder: Path, name: str) -> Standard:
    """The better of the two best known values: of the dissertation, and of the heuristic's own file."""
    instance = read((folder / "pillac-trsp" / f"{name}.100_25-5-5-5.txt").read_text(encoding="utf-8"))
    known = best_known(folder, "pillac-trsp", name)
    best = min(known["working_time"], known.get("working_time_alns", math.inf))
    return Standard(
        name=name, problem=_problem(instance), value=partial(value, instance), best=best, policy=WORKING_TIME
    )


def value(instance: Instance, plan: Plan) -> float:
    """The working time. Raises NotComparable when a request is left out."""
    refuse_unserved(plan)
    return sum(_working_time(instance, route) for route in plan.routes)


def _working_time(instance: Instance, route: Route) -> float:
    """A way through windows ends at max(earliest_end, departure + length), for departures up to the latest one."""
    by_id = {line.id: line for line in instance.lines}
    home = by_id[route.technician]
    here, earliest_end, length, latest = home, float(home.early), 0.0, math.inf
    for visit in route.visits():
        there = by_id[visit.job] if isinstance(visit, RouteStop) else instance.lines[0]
        way = math.dist(here.point, there.point)
        earliest_end, length = max(earliest_end + way, there.early), length + way
        latest = min(latest, there.late - length)
        earliest_end, length, here = earliest_end + there.service, length + there.service, there
    way = math.dist(here.point, home.point)
    earliest_end, length = earliest_end + way, length + way
    departure = max(float(home.early), min(latest, earliest_end - length))
    return max(earliest_end, departure + length) - departure


def _problem(instance: Instance) -> Problem:
    depot, crews, requests = (
        instance.lines[0],
        instance.lines[1 : instance.crews + 1],
        instance.lines[instance.crews + 1 :],
    )
    points = [line.point for line in instance.lines]
    return Problem(
        places=places(points),
        travel=euclidean(points),
        technicians=tuple(_technician(line, number) for number, line in enumerate(crews, 1)),
        jobs=tuple(_job(line, number) for number, line in enumerate(requests, instance.crews + 1)),
        depots=(
            Depot(
                id=DEPOT,
                place=0,
                handling_s=0,
                stock={f"part{number}": ENDLESS for number in range(len(requests[0].parts))},
                tools=_names("tool", sorted({tool for line in requests for tool in line.tools})),
                windows=(Window(start_s=depot.early * SCALE, end_s=depot.late * SCALE),),
            ),
        ),
    )


def _technician(line: Line, place: int) -> Technician:
    shift = Shift(start_s=line.early * SCALE, end_s=line.late * SCALE, start_place=place, end_place=place)
    return Technician(
        id=line.id,
        shifts=(shift,),
        skills=tuple(Skill(name=f"skill{skill}") for skill in line.skills),
        tools=_names("tool", line.tools),
        stock={f"part{number}": pieces for number, pieces in enumerate(line.parts)},
    )


def _job(line: Line, place: int) -> Job:
    return Job(
        id=line.id,
        place=place,
        duration_s=line.service * SCALE,
        windows=(Window(start_s=line.early * SCALE, end_s=line.late * SCALE),),
        skills={f"skill{skill}": 1 for skill in line.skills},
        tools=_names("tool", line.tools),
        parts={f"part{number}": pieces for number, pieces in enumerate(line.parts) if pieces},
    )


def _names(kind: str, numbers: list[int]) -> frozenset[str]:
    return frozenset(f"{kind}{number}" for number in numbers)


def _line(row: list[str]) -> Line:
    number, x, y, early, late, service = row[:6]
    skills, tools, parts = (ast.literal_eval(words) for words in row[6:])
    return Line(
        id=number,
        point=(float(x), float(y)),
        early=int(early),
        late=int(late),
        service=int(service),
        skills=skills,
        tools=tools,
        parts=parts,
    )
