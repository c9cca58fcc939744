"""VROOM, by the package pyvroom: exploration level 5, one thread, and to its own end unless it is given less time.

It is told windows, breaks, stock and who may do what; of the price of a job only its priority, up to 100, which it puts
before driving. Overtime is free to it.
"""

from typing import Any

from backend.bench.scheduling.peers.asking import Routes, Told, ask
from scheduling.policy import Policy

NAME = "vroom"
REQUIREMENTS = ("pyvroom==1.15.2",)
MOST_PRIORITY = 100
MOST_SECONDS = 1_000_000  # VROOM adds drives up in 32 bits


def solve(told: Told, policy: Policy, *, seed: int, seconds: float | None) -> Routes:
    """seed: it has no use for one. seconds: None for as long as it takes."""
    parts = sorted({part for job in told.jobs for part in job.parts})
    question = {
        "seconds": seconds,
        "matrix": told.matrix(MOST_SECONDS),
        "jobs": [_job(told, index, parts) for index in range(len(told.jobs))],
        "vehicles": [_vehicle(told, vehicle, parts) for vehicle in range(len(told.duties))],
    }
    return ask(NAME, REQUIREMENTS, question, seconds=seconds or 600.0)


def _job(told: Told, index: int, parts: list[str]) -> dict[str, Any]:
    job = told.jobs[index]
    return {
        "place": job.place,
        "duration_s": job.duration_s,
        "sort": told.sorts[index],
        "priority": min(job.priority, MOST_PRIORITY),
        "windows": [(window.start_s, window.end_s) for window in job.windows],
        "parts": [job.parts.get(part, 0) for part in parts],
    }


def _vehicle(told: Told, vehicle: int, parts: list[str]) -> dict[str, Any]:
    duty = told.duties[vehicle]
    return {
        "start": duty.from_place,
        "end": duty.shift.end_place,
        "able": sorted(told.able[vehicle]),
        "window": (duty.available_s, duty.latest_end_s),
        "stock": [duty.technician.stock.get(part, 0) for part in parts],
        "breaks": [
            (max(pause.earliest_s, duty.available_s), pause.latest_s, pause.duration_s) for pause in duty.shift.breaks
        ],
    }
