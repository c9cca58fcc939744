"""`truckroll simulate`: one seed after the other, until one fails or all have held."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

from msgspec import Struct
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

from backend.bench.simulation.asgi import AsgiSite
from backend.bench.simulation.databases import Databases, PostgresDatabases, SqliteDatabases, prepared
from backend.bench.simulation.operator import MOST_DEVICES, prepare
from backend.bench.simulation.site import ServiceSite, open_service
from backend.bench.sync.postgres import postgres
from sync.simulate import Failed, Run, Size, open_twin, simulate
from sync.simulation.site import Site
from sync.simulation.steps import JOBS_A_DAY

Server = Literal["twin", "sqlite", "postgresql"]
SERVERS: tuple[Server, ...] = get_args(Server)

OpenSeed = Callable[[int], AbstractContextManager[Site]]


class Wanted(Struct, frozen=True, kw_only=True):
    """What to simulate. first_seed: of the seeds, one after the other; http: by requests to the whole application.

    database: a PostgreSQL server, "" for one of the run's own.
    """

    seeds: int
    first_seed: int
    size: Size
    server: Server
    http: bool
    database: str


def refusal(wanted: Wanted) -> str | None:
    """Why this cannot be simulated, None when it can."""
    if wanted.server != "twin" and wanted.size.devices > MOST_DEVICES:
        return f"the demo operator has {MOST_DEVICES} technicians: --devices at most {MOST_DEVICES} with a database"
    if wanted.http and wanted.server == "twin":
        return "the server in memory has no HTTP: --http needs --server sqlite or postgresql"
    if wanted.database and not wanted.database.startswith("postgresql"):
        return "--database names a PostgreSQL server; SQLite needs none"
    return None


def run(wanted: Wanted, console: Console) -> bool:
    """Simulate, and say how it went; whether everything held."""
    size = wanted.size
    console.print(
        f"{wanted.seeds} seeds from {wanted.first_seed} on {wanted.server}, {size.devices} devices, {size.days} days"
    )
    with _quiet(), _servers(wanted) as open_seed, _bar(console, wanted.seeds) as advance:
        began = time.perf_counter()
        first = None
        for seed in range(wanted.first_seed, wanted.first_seed + wanted.seeds):
            played = _played(seed, size, open_seed)
            if isinstance(played, Failed):
                console.print(str(played), markup=False, highlight=False, soft_wrap=True)
                return False
            first = first or played
            advance()
        rate = wanted.seeds / (time.perf_counter() - began)
    assert first is not None, "at least one seed is asked for"
    console.print(f"all held, {rate:.2f} seeds/s")
    console.print(f"trace of seed {wanted.first_seed}: {first.trace_hash}", highlight=False, soft_wrap=True)
    return True


def _played(seed: int, size: Size, open_seed: OpenSeed) -> Run | Failed:
    try:
        return simulate(seed, size, open_site=lambda: open_seed(seed))
    except Failed as failed:
        return failed


@contextmanager
def _quiet() -> Iterator[None]:
    """What is refused on purpose is no news."""
    ours = logging.getLogger("backend")
    level = ours.level
    ours.setLevel(logging.ERROR)
    try:
        yield
    finally:
        ours.setLevel(level)


@contextmanager
def _servers(wanted: Wanted) -> Iterator[OpenSeed]:
    """What opens a fresh server for a seed."""
    if wanted.server == "twin":
        yield lambda _seed: open_twin()
        return
    with _databases(wanted) as databases, asyncio.Runner() as runner:
        make = AsgiSite if wanted.http else ServiceSite
        yield lambda seed: open_service(databases, runner, seed, make)


@contextmanager
def _databases(wanted: Wanted) -> Iterator[Databases]:
    fill = partial(prepare, jobs=JOBS_A_DAY * wanted.size.devices * wanted.size.days)
    with TemporaryDirectory(prefix="truckroll-simulation-") as home:
        if wanted.server == "sqlite":
            with prepared(SqliteDatabases(Path(home)), fill) as databases:
                yield databases
        elif wanted.database:
            with prepared(PostgresDatabases(wanted.database), fill) as databases:
                yield databases
        else:
            with postgres(Path(home)) as address, prepared(PostgresDatabases(address), fill) as databases:
                yield databases


@contextmanager
def _bar(console: Console, seeds: int) -> Iterator[Callable[[], None]]:
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        bar = bars.add_task("seeds", total=seeds)
        yield lambda: bars.advance(bar)
