"""Solomon's and Gehring and Homberger's instances: vehicle routing with time windows and capacity.

A vehicle is a technician, its capacity the pieces of one part in the van. Values are distances in double precision. Solomon's
best known ones here are of the least distance with the fleet of the instance; Gehring and Homberger's of the least distance
with the fewest vehicles, for which the fleet is cut down to that number.
"""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from backend.bench.scheduling.sets.standard import SCALE, Point, Standard, best_known, euclidean, places, total_distance
from scheduling import Job, Problem, Shift, Technician, Window

LOAD = "load"


@dataclass(frozen=True, kw_only=True)
class Customer:
    point: Point
    demand: int
    ready: int
    due: int
    service: int


@dataclass(frozen=True, kw_only=True)
class Instance:
    """customers: the first one is the depot."""

    vehicles: int
    capacity: int
    customers: list[Customer]


def read(text: str) -> Instance:
    """Read the format of Solomon's files. Raises ValueError."""
    numbers = [[int(word) for word in line.split()] for line in text.splitlines() if _is_numbers(line)]
    vehicles, capacity = numbers[0]
    customers = [
        Customer(point=(x, y), demand=demand, ready=ready, due=due, service=service)
        for _, x, y, demand, ready, due, service in numbers[1:]
    ]
    return Instance(vehicles=vehicles, capacity=capacity, customers=customers)


def solomon(folder: Path, name: str) -> Standard:
    """The least distance with the fleet of the instance."""
    best = best_known(folder, "solomon", name)["cost_distance_only"]
    instance = read((folder / "solomon" / f"{name}.txt").read_text(encoding="utf-8"))
    return _standard(name, instance, instance.vehicles, best)


def gehring_homberger(folder: Path, name: str) -> Standard:
    """The least distance with as many vehicles as the best known solution has."""
    best = best_known(folder, "gehring-homberger-200", name)
    instance = read((folder / "gehring-homberger-200" / f"{name}.txt").read_text(encoding="utf-8"))
    return _standard(name, instance, round(best["vehicles"]), best["cost_fewest_vehicles_first"])


def _standard(name: str, instance: Instance, vehicles: int, best: float) -> Standard:
    points = [customer.point for customer in instance.customers]
    depot = instance.customers[0]
    shift = Shift(start_s=depot.ready * SCALE, end_s=depot.due * SCALE, start_place=0, end_place=0)
    problem = Problem(
        places=places(points),
        travel=euclidean(points),
        technicians=tuple(
            Technician(id=f"v{number}", shifts=(shift,), stock={LOAD: instance.capacity}) for number in range(vehicles)
        ),
        jobs=tuple(_job(number, customer) for number, customer in enumerate(instance.customers) if number),
    )
    value = partial(total_distance, points=points, place_of=int)
    return Standard(name=name, problem=problem, value=value, best=best)


def _job(number: int, customer: Customer) -> Job:
    return Job(
        id=str(number),
        place=number,
        duration_s=max(1, customer.service * SCALE),
        windows=(Window(start_s=customer.ready * SCALE, end_s=customer.due * SCALE),),
        parts={LOAD: customer.demand} if customer.demand else {},
    )


def _is_numbers(line: str) -> bool:
    words = line.split()
    return bool(words) and all(word.isdigit() for word in words)
