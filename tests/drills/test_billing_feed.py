"""Billing fetches its triggers from a real server, is killed with a page in its hands, and is told by webhooks besides."""

import asyncio
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from sqlalchemy import func, select

from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger
from backend.demo.site import Site, free_port
from backend.deployment import trust_billing
from backend.kernel.db import Transaction
from backend.migrations.run import upgrade
from backend.settings import read_settings
from tests.factories.billing_queue import LIFE, fill_queue
from tests.factories.databases import empty_database
from tests.factories.sites import in_database, kill

SERVICES = 60  # 300 triggers, which are two pages
TRIGGERS = SERVICES * len(LIFE)
IN_ORDER = list(range(1, len(LIFE) + 1))
PATIENCE_SECONDS = 120.0
FETCH = ("--fetch", "0.2")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A web server that billing's key is known to; neither a worker nor a receiver runs yet."""
    with ExitStack() as stack:
        is_postgres = request.param == "postgres"
        database = stack.enter_context(empty_database(request.getfixturevalue("postgres"))) if is_postgres else ""
        home = tmp_path_factory.mktemp("billing-feed")
        site = Site(home=home, port=free_port(), billing_port=free_port(), database=database)
        stack.callback(site.stop)
        upgrade(site.database_url)
        _trust(site)
        site.start_web()
        yield site


def test_killed_between_fetching_and_applying_it_fetches_again_and_enters_each_once(site: Site):
    drill = (*FETCH, "--crash-after-fetch", str(site.home / "crashed"))
    site.start_receiver(*drill)

    in_database(site, _fill)
    ended = site.processes["billing"].wait(PATIENCE_SECONDS)
    after_the_kill = read(site, "select count(*) from callback"), read(site, "select count(*) from feed")
    site.start_receiver(*drill)
    wait_until(lambda: is_quiet(site))

    assert (ended, after_the_kill) == (-signal.SIGKILL, ([(0,)], [(0,)]))
    assert_each_was_entered_once_and_in_order(site)
    assert read(site, "select position from feed") == [(TRIGGERS,)]


def test_told_by_webhooks_and_fetching_at_once_and_killed_meanwhile_it_enters_each_once(site: Site):
    in_database(site, _fill)
    site.start_receiver(*FETCH)
    site.start_worker()

    wait_until(lambda: read(site, "select count(*) from entry")[0][0] > 0)
    kill(site, "billing")
    site.start_receiver(*FETCH)
    wait_until(lambda: is_quiet(site))
    wait_until(lambda: read(site, "select position from feed") == [(TRIGGERS,)])

    assert_each_was_entered_once_and_in_order(site)


def assert_each_was_entered_once_and_in_order(site: Site) -> None:
    entered = read(site, "select e.stream, c.sequence from entry e join callback c using (trigger_id) order by e.id")
    by_stream = Counter(stream for stream, _ in entered)
    assert (len(entered), len(by_stream)) == (TRIGGERS, SERVICES)
    assert all([number for of, number in entered if of == stream] == IN_ORDER for stream in by_stream)


def is_quiet(site: Site) -> bool:
    """Whether every trigger is acknowledged, and every acknowledgement taken."""
    queued = read(site, "select count(*) from acknowledgement where delivered_at is null")
    return queued == [(0,)] and in_database(site, _unsettled) == 0


def read(site: Site, sql: str) -> list[tuple]:
    with closing(sqlite3.connect(site.ledger)) as ledger:
        return ledger.execute(sql).fetchall()


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < deadline, "stuck"
        time.sleep(0.1)


def _trust(site: Site) -> None:
    settings = read_settings(site.environment)
    asyncio.run(trust_billing(settings, key_id="billing", public_key=site.keys.billing_public))


async def _fill(tx: Transaction) -> None:
    await fill_queue(tx, SERVICES)


async def _unsettled(tx: Transaction) -> int:
    """Triggers that billing has not acknowledged."""
    open_ones = select(func.count()).where(BillingTrigger.state != TriggerState.APPLIED)
    return (await tx.session.scalars(open_ones)).one()
