"""The demo operator on both databases, prepared once, for simulations on the real service."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from backend.bench.simulation.databases import Databases, PostgresDatabases, SqliteDatabases, prepared
from backend.bench.simulation.operator import prepare
from tests.factories.databases import SCRATCH

JOBS = 16  # as many as most histories of SMALL take from the backlog


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    fill = partial(prepare, jobs=JOBS)
    if request.param == "postgres":
        with prepared(PostgresDatabases(request.getfixturevalue("postgres")), fill) as ready:
            yield ready
        return
    with TemporaryDirectory(dir=SCRATCH, prefix="truckroll-simulation-") as home:
        files = SqliteDatabases(Path(home))
        with prepared(files, fill) as ready:
            yield ready


@pytest.fixture(scope="session")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner
