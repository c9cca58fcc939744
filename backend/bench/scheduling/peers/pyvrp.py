"""PyVRP: prize-collecting vehicle routing by iterated local search.

It is told prices, one window a job (from the first to the last) and who may do what, by a matrix for each sort of vehicle. It
knows no breaks and no stock: what does not work for their sake is mended by the judge.
"""

from typing import Any

from backend.bench.scheduling.peers.asking import Routes, Told, ask
from scheduling.policy import Policy

NAME = "pyvrp"
REQUIREMENTS = ("pyvrp==0.14.1",)
MOST_SECONDS = 10_000_000  # a leg that nobody drives: longer than any day, and small enough to add up


def solve(told: Told, policy: Policy, *, seed: int, seconds: float) -> Routes:
    """seconds: of the search, at least one."""
    profiles = list(dict.fromkeys(told.able))
    question = {
        "seconds": seconds,
        "seed": seed,
        "matrix": told.matrix(MOST_SECONDS),
        "most_s": MOST_SECONDS,
        "jobs": [_job(told, index, price) for index, price in enumerate(told.prices(policy))],
        "vehicles": [_vehicle(told, vehicle, profiles.index(able)) for vehicle, able in enumerate(told.able)],
        "profiles": [sorted(able) for able in profiles],
    }
    return ask(NAME, REQUIREMENTS, question, seconds=seconds)


def _job(told: Told, index: int, price: int) -> dict[str, Any]:
    job = told.jobs[index]
    windows = told.workday.windows(job)
    return {
        "place": job.place,
        "duration_s": job.duration_s,
        "sort": told.sorts[index],
        "price": price,
        "window": (windows[0].start_s, windows[-1].end_s),
    }


def _vehicle(told: Told, vehicle: int, profile: int) -> dict[str, Any]:
    duty = told.duties[vehicle]
    return {
        "start": duty.from_place,
        "end": duty.shift.end_place,
        "profile": profile,
        "window": (duty.available_s, duty.latest_end_s),
    }
