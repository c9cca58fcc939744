"""What every standard set has in common: a problem, its own objective in its own numbers, and the best value that is known."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from scheduling import Place, Plan, Policy, Problem, TravelMatrix

Point = tuple[float, float]
# The sets count in units of distance with decimals, we in whole seconds: a thousandth of a unit is our second, rounded up,
# so that a plan that keeps our times keeps theirs.
SCALE = 1000
# Every customer is to be served: leaving one out costs more than any way to it.
POLICY = Policy(name="standard sets", unserved_priority_s=2_000_000)


class NotComparable(Exception):
    """A plan has no value in the set's objective: the text says what it left out or broke."""


@dataclass(frozen=True, kw_only=True)
class Standard:
    """One instance. value: of a plan, in the set's own objective and numbers; raises NotComparable. best: the best known."""

    name: str
    problem: Problem
    value: Callable[[Plan], float]
    best: float
    policy: Policy = POLICY


def best_known(folder: Path, set_name: str, instance: str) -> dict[str, float]:
    """The entry of `best-known.json` for an instance."""
    known: Any = msgspec.json.decode((folder / "best-known.json").read_bytes())
    return known[set_name][instance]


def euclidean(points: Sequence[Point]) -> TravelMatrix:
    """Straight lines at speed one, in our seconds."""
    xy = np.array(points, dtype=np.float64)
    lines = np.sqrt(((xy[:, None] - xy[None]) ** 2).sum(-1))
    seconds = np.ceil(lines * SCALE - 1e-9).astype(np.int64)
    return TravelMatrix.of(seconds, seconds.copy(), "euclidean")


def places(points: Sequence[Point]) -> tuple[Place, ...]:
    """Somewhere on the globe, for the form's sake: the matrix has the distances."""
    return tuple(Place(lat=y / SCALE, lon=x / SCALE) for x, y in points)


def total_distance(plan: Plan, points: Sequence[Point], place_of: Callable[[str], int], depot: int = 0) -> float:
    """The distance of all routes in double precision, from the depot and back. Raises NotComparable when a job is left out."""
    refuse_unserved(plan)
    total = 0.0
    for route in plan.routes:
        stops = [depot, *(place_of(stop.job) for stop in route.stops), depot]
        total += sum(math.dist(points[origin], points[destination]) for origin, destination in pairwise(stops))
    return total


def refuse_unserved(plan: Plan) -> None:
    if plan.unserved:
        raise NotComparable(f"{len(plan.unserved)} of its customers are left out")
