"""Slots over HTTP: a customer calls, hears the windows of five days, takes one, and the next customer finds the plan as it is then.

A server and a worker as their users run them, on PostgreSQL, with the full week of `full_week`. Each booking moves the plan, so that no
search finds what the one before found. An answer with another number of windows, or a window that was offered and cannot be held, ends the run.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.bench.packages import HOME
from backend.bench.scheduling.full_week import SUPERVISOR, FullWeek, fill
from backend.bench.sync.postgres import empty_database, postgres
from backend.bench.sync.processes import running
from backend.bench.sync.wire import WrongAnswer
from backend.booking.windows import TWO_HOURS
from backend.demo.site import free_port
from backend.demo.story.office import Clerk

WARM_UP = 3  # the first search of a process loads its machine code and reads all days
DRAGGED = 3  # places over which a dispatcher drags a job after each booking; the first of them meets a plan that moved
SEED = 1


@dataclass(frozen=True, kw_only=True)
class Served:
    """How long answers took. search_ms: of slots; hold_ms, confirm_ms: of taking one of them; drop_ms: of what a drop would do. how: what there was."""

    how: str
    search_ms: list[float] = field(default_factory=list[float])
    hold_ms: list[float] = field(default_factory=list[float])
    confirm_ms: list[float] = field(default_factory=list[float])
    drop_ms: list[float] = field(default_factory=list[float])


def serve_slots(technicians: int, *, most_seconds: float) -> Served:
    """Fill a database, serve it, and book for at most so many seconds. Raises DidNotStart, WrongAnswer, Refusal."""
    HOME.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=HOME.absolute(), prefix="run-") as folder,
        postgres(HOME.absolute()) as server,
        empty_database(server, "truckroll_bench_slots") as url,
    ):
        filled = fill(url, technicians)
        port, home = free_port(), Path(folder)
        environment = {"TRUCKROLL_DATABASE": url, "TRUCKROLL_DATA_DIR": str(home), "TRUCKROLL_STREETS": ""}
        with (
            running(_command("serve", "--port", str(port)), port=port, log=home / "web.log", environment=environment),
            running(_command("worker"), port=None, log=home / "worker.log", environment=environment),
        ):
            clerk = Clerk(f"http://127.0.0.1:{port}", SUPERVISOR)
            try:
                return _book(clerk, filled, technicians, most_seconds)
            finally:
                clerk.close()


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "backend.cli", *words]


def _book(clerk: Clerk, filled: FullWeek, technicians: int, most_seconds: float) -> Served:
    windows = filled.days * len(TWO_HOURS.starts)
    served = Served(
        how=f"{technicians} technicians × {filled.days} days × {windows} windows, {filled.planned} planned jobs, "
        f"{len(filled.callers)} without; one web process on PostgreSQL, each search after another's booking"
    )
    draw = random.Random(SEED)
    callers = list(filled.callers)
    draw.shuffle(callers)
    for job_id in callers[:WARM_UP]:
        _search(clerk, filled, str(job_id))
    ends_at = time.monotonic() + most_seconds
    for job_id in callers[WARM_UP:]:
        slots = _timed(served.search_ms, lambda job=str(job_id): _search(clerk, filled, job))
        if len(slots) != windows:
            raise WrongAnswer(f"{len(slots)} of {windows} windows were answered")
        if choice := [slot["window"] for slot in slots if slot["state"] == "open"]:
            window = draw.choice(choice)
            wanted = {"window_start": window["start"], "window_end": window["end"]}
            path = f"/api/v1/jobs/{job_id}/holds"
            hold = _timed(served.hold_ms, lambda path=path, wanted=wanted: clerk.post(path, wanted))
            confirmation = f"/api/v1/holds/{hold['id']}/confirmation"
            _timed(served.confirm_ms, lambda path=confirmation: clerk.post(path))
            drop = {"technician_id": hold["technician_id"], "start": window["start"]}
            preview = f"/api/v1/jobs/{callers[0]}/drop-preview"
            for _ in range(DRAGGED):
                _timed(served.drop_ms, lambda path=preview, drop=drop: clerk.post(path, drop))
        if time.monotonic() > ends_at:
            break
    return served


def _search(clerk: Clerk, filled: FullWeek, job_id: str) -> Sequence[Any]:
    asked = {"from": filled.first.isoformat(), "days": filled.days}
    return clerk.get(f"/api/v1/jobs/{job_id}/slots", **asked)["slots"]


def _timed(taken: list[float], ask: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    answer = ask()
    taken.append(1000 * (time.perf_counter() - began))
    return answer
