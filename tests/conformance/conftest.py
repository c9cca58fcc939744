"""What a conformance test is given: the other side, phones on the line, and jobs on the phones.

By default the other side is a server of our own, in a process of its own, once on SQLite and once on PostgreSQL.
`--conformance-url` names another one, `--conformance-office` who can act for it (see README.md).
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from backend.demo.seed import Amount
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from tests.conformance.client import Client
from tests.conformance.northbank import Northbank, OwnServer
from tests.conformance.office import NotOffered, Office
from tests.factories.databases import empty_database

OPERATOR = Amount(jobs_a_day=0, days=8)  # the people, their shifts and the van stock; work is made by each test

Join = Callable[..., Client]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "office" not in metafunc.fixturenames:
        return
    ours = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
    given = metafunc.config.getoption("--conformance-url")
    metafunc.parametrize("office", ["given"] if given else ours, indirect=True, scope="session")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """What an office cannot do is skipped, not failed."""
    outcome: Any = yield
    if outcome.excinfo is not None and issubclass(outcome.excinfo[0], NotOffered):
        outcome.force_exception(pytest.skip.Exception(str(outcome.excinfo[1])))


@pytest.fixture(scope="session")
def office(request: pytest.FixtureRequest, scratch: Path) -> Iterator[Office]:
    """The other side."""
    with ExitStack() as stack:
        if url := request.config.getoption("--conformance-url"):
            given = _given(url, str(request.config.getoption("--conformance-office")))
            stack.callback(given.close)
            yield given
            return
        is_sqlite = request.param == "sqlite"
        database = "" if is_sqlite else stack.enter_context(empty_database(request.getfixturevalue("postgres")))
        site = Site(
            home=scratch / f"conformance-{request.param}", port=free_port(), billing_port=free_port(), database=database
        )
        set_up(site, seed_number=1, amount=OPERATOR, progress=lambda *_: None)
        stack.callback(site.stop)
        site.start_web()
        own = OwnServer(site)
        stack.callback(own.close)
        yield own


def _given(url: str, named: str) -> Office:
    if not named:
        return Northbank(url)
    module, _, function = named.partition(":")
    return getattr(import_module(module), function)(url)


@pytest.fixture
def join(office: Office) -> Iterator[Join]:
    """Puts a phone on the line: a given one, else a new one of the named technician or of one of its own."""
    with ExitStack() as stack:

        def joined(phone: Any = None, *, technician: str = "") -> Client:
            client = Client(office.url, phone or office.enrol(technician or office.technician()))
            stack.callback(client.close)
            return client

        yield joined


@pytest.fixture
def anna(join: Join) -> Client:
    """A technician's phone."""
    return join()


@pytest.fixture
def job(office: Office, anna: Client) -> str:
    """A job on Anna's phone."""
    return office.give_job(anna.phone.technician)
