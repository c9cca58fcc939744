"""Every engine on every day, one core each: as many tries at once as there are cores, each in a process that keeps to its own.

A try names its day instead of carrying it, so that each process draws it anew from the seed.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from backend.bench.scheduling.engines import engines
from backend.bench.scheduling.judging import Verdict, judge
from scheduling import Plan, Policy, Problem
from scheduling.duties import prepare

# Numerical libraries would start a thread for each core that the machine has.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"}


@dataclass(frozen=True, kw_only=True)
class Try:
    """One engine on one problem. group: which comparison; make: draws or reads the problem; seconds: None = to its own end."""

    group: str
    engine: str
    make: Callable[[], Problem]
    seed: int
    seconds: float | None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a try. seconds: of the search."""

    group: str
    engine: str
    seed: int
    plan: Plan
    verdict: Verdict
    seconds: float


def run_try(wanted: Try) -> Outcome:
    """Solve and judge. Raises BrokenPlan, PeerFailed, NotInstalled."""
    workday, policy = prepare(wanted.make()), Policy()
    found = engines()[wanted.engine](workday, policy, seed=wanted.seed, seconds=wanted.seconds)
    return Outcome(
        group=wanted.group,
        engine=wanted.engine,
        seed=wanted.seed,
        plan=found.plan,
        verdict=judge(workday, policy, found.plan, repaired=found.repaired),
        seconds=found.seconds,
    )


def hold(tries: Sequence[Try], told: Callable[[Outcome], None]) -> list[Outcome]:
    """Every try, several at once; `told` hears of each as it ends. Raises what run_try raises, at the first."""
    found: list[Outcome] = []
    with one_core_each() as pool:
        for future in as_completed([pool.submit(run_try, wanted) for wanted in tries]):
            outcome = future.result()
            told(outcome)
            found.append(outcome)
    return found


@contextmanager
def one_core_each() -> Iterator[ProcessPoolExecutor]:
    """A process for each core that we may use, which keeps to it, and so does what it starts."""
    cores = sorted(os.sched_getaffinity(0))
    context = get_context("spawn")
    free: Any = context.Queue()
    for core in cores:
        free.put(core)
    pool = ProcessPoolExecutor(len(cores), mp_context=context, initializer=_keep_to_a_core, initargs=(free,))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _keep_to_a_core(free: Any) -> None:
    os.environ.update(ONE_THREAD)
    os.sched_setaffinity(0, {free.get()})
