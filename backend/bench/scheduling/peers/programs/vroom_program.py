"""Runs in VROOM's own environment: a question on standard input, routes on standard output."""
# pyright: reportMissingImports=false, reportAttributeAccessIssue=false, reportCallIssue=false

import json
import sys
import time
from datetime import timedelta

import vroom

question = json.load(sys.stdin)
model = vroom.Input()
model.set_durations_matrix("car", question["matrix"])
for number, job in enumerate(question["jobs"]):
    model.add_job(
        vroom.Job(
            number,
            location=job["place"],
            default_service=job["duration_s"],
            skills={job["sort"]},
            priority=job["priority"],
            delivery=vroom.Amount(job["parts"]),
            time_windows=[vroom.TimeWindow(start, end) for start, end in job["windows"]],
        )
    )
for number, vehicle in enumerate(question["vehicles"]):
    pauses = [
        vroom.Break(index, time_windows=[vroom.TimeWindow(earliest, latest)], service=duration)
        for index, (earliest, latest, duration) in enumerate(vehicle["breaks"])
    ]
    model.add_vehicle(
        vroom.Vehicle(
            number,
            start=vehicle["start"],
            end=vehicle["end"],
            capacity=vroom.Amount(vehicle["stock"]),
            skills=set(vehicle["able"]),
            time_window=vroom.TimeWindow(*vehicle["window"]),
            breaks=pauses,
        )
    )
began = time.perf_counter()
limit = None if question["seconds"] is None else timedelta(seconds=question["seconds"])
solution = model.solve(exploration_level=5, nb_threads=1, timeout=limit)
seconds = time.perf_counter() - began
routes = [[] for _ in question["vehicles"]]
steps = solution.routes
for vehicle, kind, job in zip(steps["vehicle_id"], steps["type"], steps["id"], strict=True):
    if kind == "job":
        routes[int(vehicle)].append(int(job))
json.dump({"routes": routes, "seconds": seconds}, sys.stdout)
