"""The real application with the trial routes, over a database one of whose hooks can refuse to commit."""

from collections.abc import AsyncIterator, Callable
from uuid import UUID

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import text

from backend.app import create_app
from backend.identity.access import ACCESS, ANYONE
from backend.kernel.db import Database, Transaction, open_database
from tests.factories.opening import Opening
from tests.fakes import FixedClock
from tests.http.trials import TRIALS
from tests.schema import FEED


async def refuse(tx: Transaction) -> None:
    if tx.cause == "POST /api/v1/try/hook":
        raise ValueError("canary")


@pytest.fixture
async def database(database_url: str, clock: FixedClock, new_id: Callable[[], UUID]) -> AsyncIterator[Database]:
    opened = await open_database(database_url, clock=clock, new_id=new_id, before_commit=(*FEED, refuse))
    async with opened.engine.begin() as connection:
        await connection.execute(text("CREATE TABLE late_parent (id INTEGER PRIMARY KEY)"))
        reference = "REFERENCES late_parent (id) DEFERRABLE INITIALLY DEFERRED"
        await connection.execute(text(f"CREATE TABLE late_child (parent_id INTEGER {reference})"))
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def application() -> tuple[Litestar, Opening]:
    """An application of these tests' own, with the trial routes."""
    opening = Opening()
    app = create_app(opening)
    for handler in TRIALS:
        app.register(handler)
    return app, opening


@pytest.fixture
def trials(api: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> httpx.AsyncClient:
    """A client of the application, whose trial routes are open to anyone."""
    for handler in TRIALS:
        for method in handler.http_methods:
            monkeypatch.setitem(ACCESS, (str(method), next(iter(handler.paths))), ANYONE)
    return api
