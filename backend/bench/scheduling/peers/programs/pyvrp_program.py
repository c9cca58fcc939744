"""Runs in PyVRP's own environment: a question on standard input, routes on standard output."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportCallIssue=false

import json
import sys
import time

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

question = json.load(sys.stdin)
matrix = np.array(question["matrix"], dtype=np.int64)
jobs, vehicles = question["jobs"], question["vehicles"]
ends = sorted({place for vehicle in vehicles for place in (vehicle["start"], vehicle["end"])})
depot = {place: number for number, place in enumerate(ends)}


def passable(able):
    """The matrix of vehicles that may do these sorts of jobs: no way leads to any other."""
    shut = [job["place"] for job in jobs if job["sort"] not in able]
    figures = matrix.copy()
    figures[shut, :] = figures[:, shut] = question["most_s"]
    np.fill_diagonal(figures, 0)
    return figures


# Each job gets a place of its own: where two are at one address, one of them may be shut to a vehicle and the other not.
places = [job["place"] for job in jobs] + ends
matrix = matrix[np.ix_(places, places)]
for number, job in enumerate(jobs):
    job["place"] = number
profiles = [passable(set(able)) for able in question["profiles"]]
data = pyvrp.ProblemData(
    locations=[pyvrp.Location(0, 0) for _ in places],
    clients=[
        pyvrp.Client(
            job["place"],
            service_duration=job["duration_s"],
            tw_early=job["window"][0],
            tw_late=job["window"][1],
            prize=job["price"],
            required=False,
        )
        for job in jobs
    ],
    depots=[pyvrp.Depot(len(jobs) + number) for number in range(len(ends))],
    vehicle_types=[
        pyvrp.VehicleType(
            start_depot=depot[vehicle["start"]],
            end_depot=depot[vehicle["end"]],
            tw_early=vehicle["window"][0],
            tw_late=vehicle["window"][1],
            profile=vehicle["profile"],
        )
        for vehicle in vehicles
    ],
    distance_matrices=profiles,
    duration_matrices=profiles,
)
began = time.perf_counter()
found = pyvrp.solve(data, stop=MaxRuntime(question["seconds"]), seed=question["seed"], collect_stats=False)
seconds = time.perf_counter() - began
routes = [[] for _ in vehicles]
for route in found.best.routes():
    routes[route.vehicle_type()] = [step.idx for step in route.schedule() if step.is_client()]
json.dump({"routes": routes, "seconds": seconds}, sys.stdout)
