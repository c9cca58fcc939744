"""Twenty stories at once on two web processes and two workers over one PostgreSQL: everything happens, and once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from backend.demo.site import Site
from backend.demo.story.settlement import QUANTITIES
from backend.demo.story.telling import Wanted
from tests.factories.databases import empty_database
from tests.factories.story import stage_of, tell_all

pytestmark = [pytest.mark.drill, pytest.mark.postgres]

COUNT = 20
SERVICES = 3  # access, internet and voice


class Evening(NamedTuple):
    """When all is over. held, said: of the tellings; began, ended: the processes, by name, before and after."""

    held: bool
    said: str
    began: dict[str, int]
    ended: dict[str, int]
    site: Site
    urls: list[str]


@pytest.fixture(scope="module")
def evening(postgres: str) -> Iterator[Evening]:
    with empty_database(postgres) as database:
        wanted = Wanted(database=database, count=COUNT, webs=2, workers=2)
        with stage_of(wanted) as stage:
            began = processes(stage.site)
            held, said = tell_all(stage, wanted)
            yield Evening(held, said, began, processes(stage.site), stage.site, stage.urls)


def processes(site: Site) -> dict[str, int]:
    return {name: process.pid for name, process in site.processes.items() if site.running(name)}


def asked(evening: Evening, query: str) -> list[Any]:
    """Rows of the product's database."""
    with psycopg.connect(evening.site.database_url) as connection:
        return connection.execute(query.encode()).fetchall()


def read(file: Path, query: str) -> list[Any]:
    """Rows of a file that somebody else keeps."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return connection.execute(query).fetchall()


def test_all_twenty_hold(evening: Evening) -> None:
    assert evening.held, evening.said


def test_no_process_fell_over(evening: Evening) -> None:
    assert evening.ended == evening.began


def test_every_worker_did_some_of_the_work(evening: Evening) -> None:
    workers = {f":{pid}" for name, pid in evening.began.items() if name.startswith("worker")}

    [*names] = asked(evening, "SELECT DISTINCT leased_by FROM outbox WHERE leased_by IS NOT NULL")

    assert {name[name.rindex(":") :] for (name,) in names} == workers


def test_every_web_process_answered(evening: Evening) -> None:
    """Tellings take the web processes in turn, and speak to no other."""
    assert len(set(evening.urls)) == 2
    assert all(f"{number:>3} ✓ 10 " in evening.said for number in range(COUNT))


def test_every_event_was_delivered(evening: Evening) -> None:
    [(events, waiting)] = asked(evening, "SELECT count(*), count(due_at) FROM outbox")

    assert events > COUNT
    assert waiting == 0


def test_nothing_was_given_up(evening: Evening) -> None:
    tables = asked(evening, "SELECT table_name FROM information_schema.columns WHERE column_name = 'parked_at'")

    parked = {table: asked(evening, f"SELECT count(*) FROM {table} WHERE parked_at IS NOT NULL") for (table,) in tables}  # noqa: S608

    assert parked == {table: [(0,)] for (table,) in tables}


def test_every_service_was_activated_once(evening: Evening) -> None:
    by_state = asked(evening, "SELECT state, count(*) FROM activation GROUP BY state")
    repeated = "SELECT service_id, operation FROM call GROUP BY service_id, operation HAVING count(*) > 1"

    assert by_state == [("succeeded", COUNT * SERVICES)]
    assert read(evening.site.network_record, repeated) == []


def test_every_charge_line_is_in_the_ledger_once(evening: Evening) -> None:
    lines = asked(evening, "SELECT id::text FROM charge_line WHERE order_id IN (SELECT order_id FROM activation)")

    booked = read(evening.site.ledger, "SELECT charge_line_id FROM entry")

    assert sorted(booked) == sorted(lines)
    assert len(booked) == COUNT * len(QUANTITIES)


def test_every_trigger_was_applied(evening: Evening) -> None:
    assert asked(evening, "SELECT state, count(*) FROM billing_trigger GROUP BY state") == [
        ("applied", COUNT * len(QUANTITIES))
    ]
