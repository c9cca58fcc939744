"""Databases of a PostgreSQL server, for tests that need one to themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """The address of a new database with nothing in it, not even tables; it goes with the block."""
    name = f"test_{uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield with_database(server, name)
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


def with_database(address: str, name: str) -> str:
    """The same server, another database (keeps the socket directory of the tests' own server)."""
    head, _, query = address.partition("?")
    return head.rsplit("/", 1)[0] + f"/{name}" + (f"?{query}" if query else "")
