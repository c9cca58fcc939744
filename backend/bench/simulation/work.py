"""The worker of the simulation: everything that is due, done now, by the worker's own table."""

from dataclasses import replace
from pathlib import Path

from backend.bench.simulation.clock import VirtualClock
from backend.dispatch.solving import SolverProcesses
from backend.kernel.db import Database
from backend.kernel.tasks import run_due
from backend.parts import Parts, open_parts
from backend.settings import Settings
from backend.worker import tasks

ROUNDS_AT_MOST = 200  # one event leads to the next, a step of an activation to another: a story takes about twenty
WORKER = "simulation"


async def work(database: Database, url: str, clock: VirtualClock, home: Path) -> None:
    """Do what is due until nothing is. home: of the simulated network's record, and of letters."""
    settings = Settings(data_dir=home, database=url, network="simulator")
    async with open_parts(settings, clock=clock) as opened:
        parts = replace(opened, database=database)
        for _ in range(ROUNDS_AT_MOST):
            if not await _round(parts):
                return
    raise AssertionError(f"there is still work after {ROUNDS_AT_MOST} rounds")


async def _round(parts: Parts) -> int:
    done = [await run_due(parts.database, task, WORKER) for task in tasks(parts, SolverProcesses())]
    return sum(done) + await parts.feed.render_ahead(parts.database)
