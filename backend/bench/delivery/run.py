"""`truckroll bench delivery`: activations, the way to billing, callbacks and a million services, all on PostgreSQL."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from backend.bench.delivery import million
from backend.bench.delivery.activations import Served, serve
from backend.bench.delivery.callbacks import Rate, callbacks_per_s
from backend.bench.figures import Figure, Report, percentile, report
from backend.bench.sync.postgres import empty_database, postgres
from backend.migrations.run import upgrade

T = TypeVar("T")

HOME = Path(".bench")
ACTIVATIONS_PER_S = 50.0  # which must be sustained
RATE = 52  # as many are started: the last ones' way to the network counts, too
WORKERS = 2
CALLBACK_WITHIN_S = 2.0
CALLBACKS_PER_S = 167.0  # 100,000 that an outage held back are told within ten minutes


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
    return report("delivery", [*_of_services(served), *_of_callbacks(told), *_of_reconciliation(held)])


def _apart(folder: str, server: str, name: str, measure: Callable[[Path, str], T]) -> T:
    home = Path(folder) / name
    home.mkdir()
    with empty_database(server, f"truckroll_bench_{name}") as url:
        return measure(home, url)


def _served(home: Path, url: str, size: Size) -> Served:
    return serve(home, url, rate=RATE, seconds=size.pace_seconds, workers=WORKERS)


def _told(home: Path, url: str, size: Size) -> Rate:
    upgrade(url)
    return callbacks_per_s(home, url, triggers=size.callbacks)


def _of_services(served: Served) -> list[Figure]:
    how = f"simulator, {WORKERS} workers, started at {RATE}/s, {served.told} of {len(served.activation_s)} told"
    way = "from the completion's reaction to the callback sent, under that load"
    return [
        Figure(
            name="activations_per_s",
            value=served.per_second,
            unit="1/s",
            better="higher",
            must=ACTIVATIONS_PER_S,
            detail=how,
        ),
        Figure(name="activation_p50_s", value=percentile(served.activation_s, 0.5), unit="s", detail=how),
        Figure(name="activation_p99_s", value=percentile(served.activation_s, 0.99), unit="s", must=2.0, detail=how),
        Figure(name="completion_to_callback_p50_s", value=percentile(served.callback_s, 0.5), unit="s", detail=way),
        Figure(
            name="completion_to_callback_p99_s",
            value=percentile(served.callback_s, 0.99),
            unit="s",
            must=CALLBACK_WITHIN_S,
            detail=way,
        ),
        _processors("activation_cpu_ms", served.cpu_ms),
    ]


def _of_callbacks(rate: Rate) -> list[Figure]:
    how = f"{rate.triggers} waiting triggers; web, worker and reference receiver as processes of their own"
    figure = Figure(
        name="callbacks_per_s", value=rate.per_second, unit="1/s", better="higher", must=CALLBACKS_PER_S, detail=how
    )
    return [figure, _processors("callback_cpu_ms", rate.cpu_ms)]


def _processors(name: str, cpu_ms: Mapping[str, float]) -> Figure:
    spent = ", ".join(f"{process} {ms:.1f}" for process, ms in sorted(cpu_ms.items()))
    return Figure(name=name, value=sum(cpu_ms.values()), unit="ms", detail=f"of all processors: {spent}")


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
