"""`truckroll bench delivery`: activations, the way to billing, callbacks and a million services, all on PostgreSQL."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from backend.bench.delivery import million
from backend.bench.delivery.activations import Served, serve
from backend.bench.delivery.callbacks import callbacks_per_s
from backend.bench.figures import Figure, Report, percentile, report
from backend.bench.sync.postgres import empty_database, postgres
from backend.migrations.run import upgrade

T = TypeVar("T")

HOME = Path(".bench")
RATE = 50  # activations a second, which must be sustained
WORKERS = 2


@dataclass(frozen=True, kw_only=True)
class Size:
    """pace_seconds: how long activations are started; callbacks, services: how many."""

    pace_seconds: int
    callbacks: int
    services: int


FULL = Size(pace_seconds=30, callbacks=20_000, services=1_000_000)
QUICK = Size(pace_seconds=8, callbacks=3_000, services=100_000)


def run(console: Console, *, quick: bool) -> Report:
    """Measure. quick: fewer of everything. Raises NotInBalance, NotAllTaken, NothingServed."""
    size = QUICK if quick else FULL
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME.absolute(), prefix="run-") as folder, postgres(HOME.absolute()) as server:
        console.print(f"{RATE} activations a second for {size.pace_seconds} s …")
        served = _apart(folder, server, "served", lambda home, url: _served(home, url, size))
        console.print(f"{size.callbacks} callbacks …")
        told = _apart(folder, server, "told", lambda home, url: _told(home, url, size))
        console.print(f"{size.services} services against billing's extract …")
        held = _apart(folder, server, "held", lambda home, url: million.reconcile(home, url, services=size.services))
    return report("delivery", [*_of_services(served), _of_callbacks(told, size), *_of_reconciliation(held)])


def _apart(folder: str, server: str, name: str, measure: Callable[[Path, str], T]) -> T:
    home = Path(folder) / name
    home.mkdir()
    with empty_database(server, f"truckroll_bench_{name}") as url:
        return measure(home, url)


def _served(home: Path, url: str, size: Size) -> Served:
    return serve(home, url, rate=RATE, seconds=size.pace_seconds, workers=WORKERS)


def _told(home: Path, url: str, size: Size) -> float:
    upgrade(url)
    return callbacks_per_s(home, url, triggers=size.callbacks).per_second


def _of_services(served: Served) -> list[Figure]:
    how = f"simulator, {WORKERS} workers, started at {RATE}/s, {served.told} of {len(served.activation_s)} told"
    spent = ", ".join(f"{name} {ms:.1f}" for name, ms in sorted(served.cpu_ms.items()))
    way = "from the completion's reaction to the callback sent, under that load"
    return [
        Figure(
            name="activations_per_s", value=served.per_second, unit="1/s", better="higher", must=RATE * 0.98, detail=how
        ),
        Figure(name="activation_p50_s", value=percentile(served.activation_s, 0.5), unit="s", detail=how),
        Figure(name="activation_p99_s", value=percentile(served.activation_s, 0.99), unit="s", must=2.0, detail=how),
        Figure(name="completion_to_callback_p50_s", value=percentile(served.callback_s, 0.5), unit="s", detail=way),
        Figure(name="completion_to_callback_p99_s", value=percentile(served.callback_s, 0.99), unit="s", detail=way),
        Figure(
            name="activation_cpu_ms", value=sum(served.cpu_ms.values()), unit="ms", detail=f"of all processors: {spent}"
        ),
    ]


def _of_callbacks(per_second: float, size: Size) -> Figure:
    how = f"{size.callbacks} waiting triggers, one worker, the reference receiver beside it"
    return Figure(name="callbacks_per_s", value=per_second, unit="1/s", better="higher", detail=how)


def _of_reconciliation(held: million.Reconciled) -> list[Figure]:
    how = f"{held.services} services, {held.services // 2} units; `truckroll reconcile FILE`, whole process"
    is_whole = held.services == FULL.services
    return [
        Figure(
            name="reconcile_million_s",
            value=held.seconds * FULL.services / held.services,
            unit="s",
            must=60.0,
            detail=how if is_whole else f"{how}, scaled",
        ),
        Figure(name="reconcile_million_mb", value=held.peak_mb, unit="MB", must=500.0, detail=how),
    ]
