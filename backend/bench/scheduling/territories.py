"""Ten thousand jobs: territories solved side by side, each in a process that keeps to one core."""

import os
import resource
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from backend.bench.scheduling.contest import Outcome, Try, run_try
from backend.bench.scheduling.days import DayShape, day

TECHNICIANS, JOBS_PER_TECHNICIAN = 50, 10.0
KB = 1024


@dataclass(frozen=True, kw_only=True)
class Country:
    """seconds: from the first territory to the last checked plan. megabytes: the most that all processes held, added up."""

    jobs: int
    technicians: int
    seconds: float
    megabytes: float
    priority_share: float


@dataclass(frozen=True, kw_only=True)
class _Solved:
    outcome: Outcome
    process: int
    peak_kb: int


def plan_country(
    engine: str, *, territories: int, seconds_each: float, pool: ProcessPoolExecutor, clock: Callable[[], float]
) -> Country:
    """Plan all territories. Raises BrokenPlan."""
    shape = DayShape(technicians=TECHNICIANS, jobs_per_technician=JOBS_PER_TECHNICIAN)
    began = clock()
    asked = [
        pool.submit(
            _solve,
            Try(group="country", engine=engine, make=partial(day, shape, seed), seed=seed, seconds=seconds_each),
        )
        for seed in range(1, territories + 1)
    ]
    solved = [future.result() for future in asked]
    seconds = clock() - began
    peaks = {one.process: max(other.peak_kb for other in solved if other.process == one.process) for one in solved}
    shares = [one.outcome.verdict.priority_share for one in solved]
    return Country(
        jobs=shape.jobs * territories,
        technicians=shape.technicians * territories,
        seconds=seconds,
        megabytes=(sum(peaks.values()) + _peak_kb()) * KB / 1e6,
        priority_share=sum(shares) / len(shares),
    )


def _solve(wanted: Try) -> _Solved:
    return _Solved(outcome=run_try(wanted), process=os.getpid(), peak_kb=_peak_kb())


def _peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
