"""What every test may ask for: a clock that stands still, and both databases with all tables."""

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from backend.kernel.db import Database, open_database
from backend.settings import Settings
from tests.factories.compiling import compile_once
from tests.factories.databases import SCRATCH, empty_database, postgres_in, with_database
from tests.factories.opening import Opening
from tests.fakes import FixedClock, counted_ids
from tests.schema import FEED, prepare

if TYPE_CHECKING:
    from litestar import Litestar

PUSH_KEY = "nobody guesses this push key of a test"
LOG_IN_KEY = "nobody guesses this log-in key of a test"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--drills", action="store_true", help="with the drills, which take minutes")
    parser.addoption("--conformance-url", default="", help="hold the server at this address against the sync protocol")
    parser.addoption("--conformance-office", default="", help="module:function that makes the Office of that server")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    # Last, because Playwright keeps an event loop in its process, beside which no other test could run its own.
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if config.getoption("--drills"):
        return
    drills = [item for item in items if item.get_closest_marker("drill")]
    config.hook.pytest_deselected(items=drills)
    items[:] = [item for item in items if item not in drills]


def pytest_collection_finish() -> None:
    """Compile statements once, and look for garbage rarely, never in what was imported: half of the run's time went there."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)
    compile_once()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}  # as the web processes do


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def new_id(clock: FixedClock) -> Callable[[], UUID]:
    return counted_ids(clock)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL: TEST_POSTGRES, or one of the tests' own from a wheel."""
    if given := os.environ.get("TEST_POSTGRES"):
        yield given
        return
    # One fixed directory: a run that was killed leaves its server behind, and the next one takes it over.
    yield postgres_in(SCRATCH / "truckroll-test-postgres", cleanup_mode=None).get_uri()


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    """A directory of this run for small databases."""
    with tempfile.TemporaryDirectory(dir=SCRATCH, prefix="truckroll-tests-") as directory:
        yield Path(directory)


@pytest.fixture(scope="session")
def sqlite_template(scratch: Path) -> Path:
    path = scratch / "template.db"
    prepare(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres: str) -> Iterator[str]:
    name = f"template_{uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        prepare(with_database(postgres, name))
        yield name
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, scratch: Path) -> Iterator[str]:
    """An empty database with all tables: a copy of a template that was migrated once."""
    if request.param == "sqlite":
        copy = scratch / f"{uuid4().hex}.db"
        copy.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        yield f"sqlite:///{copy}"
        for file in scratch.glob(f"{copy.name}*"):
            file.unlink()
        return
    address, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(address, autocommit=True) as connection:
        copy = SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(copy.format(Identifier(name), Identifier(template)))
        yield with_database(address, name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def empty_postgres(postgres: str) -> Iterator[str]:
    """The address of a PostgreSQL database with nothing in it, not even tables."""
    with empty_database(postgres) as address:
        yield address


@pytest.fixture
async def database(database_url: str, clock: FixedClock, new_id: Callable[[], UUID]) -> AsyncIterator[Database]:
    """The database as the product opens it: feed and audit are written before every commit."""
    opened = await open_database(database_url, clock=clock, new_id=new_id, before_commit=FEED)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def application() -> tuple["Litestar", Opening]:
    """The application, put together once: that takes longer than most tests, and it keeps nothing when it stops."""
    from backend.app import create_app  # here, so that tests of the pure libraries load without the application

    opening = Opening()
    return create_app(opening), opening


@pytest.fixture
async def app(
    application: tuple["Litestar", Opening], database: Database, database_url: str, clock: FixedClock, tmp_path: Path
) -> AsyncIterator["Litestar"]:
    """The real application over the test's database, running."""
    from backend.parts import open_parts

    running, opening = application
    settings = Settings(demo=True, data_dir=tmp_path, database=database_url, push_key=PUSH_KEY, log_in_key=LOG_IN_KEY)
    async with open_parts(settings, clock=clock) as parts:
        opening.parts = replace(parts, database=database)
        async with running.lifespan():
            yield running


@pytest.fixture
async def api(app: "Litestar") -> AsyncIterator[httpx.AsyncClient]:
    """The application, spoken to in HTTP without a socket."""
    transport = httpx.ASGITransport(cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
