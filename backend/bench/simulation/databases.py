"""Databases that can be copied and put back in a moment: one prepared template, of which every simulation gets a copy."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString, Protocol

import psycopg
from psycopg.sql import SQL, Identifier

from backend.bench.sync.postgres import with_database


class Databases(Protocol):
    """url: the database of the simulation that is running. Nobody may be connected while one is copied or put back."""

    @property
    def url(self) -> str: ...

    def keep_as_template(self) -> None:
        """Make what `url` holds now the beginning of every simulation."""
        ...

    def begin(self) -> None:
        """Put the template back, and drop every other copy."""
        ...

    def copy(self, name: str) -> None:
        """Copy the database under a name."""
        ...

    def put_back(self, name: str) -> None:
        """Replace the database by a copy."""
        ...


class SqliteDatabases:
    """Files in one directory."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.url = f"sqlite:///{home / 'live.db'}"

    def keep_as_template(self) -> None:
        self.copy("template")

    def begin(self) -> None:
        for file in self._home.glob("*.db"):
            if file != self._file("template"):
                file.unlink()
        self.put_back("template")

    def copy(self, name: str) -> None:
        self._over("live", name)

    def put_back(self, name: str) -> None:
        self._over(name, "live")

    def _over(self, source: str, target: str) -> None:
        # The last connection that closes takes the log with it: the file is all there is.
        assert not self._file(source, "-wal").exists(), f"somebody is still connected to {source}"
        for ending in ("-wal", "-shm"):
            self._file(target, ending).unlink(missing_ok=True)
        shutil.copyfile(self._file(source), self._file(target))

    def _file(self, name: str, ending: str = "") -> Path:
        return self._home / f"{name}.db{ending}"


class PostgresDatabases:
    """Databases of one server, named after this process."""

    def __init__(self, server: str) -> None:
        self._server = server
        self.url = with_database(server, self._named("live"))
        self._names = set[str]()
        self._drop("live")
        self._execute("CREATE DATABASE {}", "live")
        self._names.add("live")

    def keep_as_template(self) -> None:
        self.copy("template")

    def begin(self) -> None:
        for name in sorted(self._names - {"template", "live"}):
            self._drop(name)
        self.put_back("template")

    def copy(self, name: str) -> None:
        self._over("live", name)

    def put_back(self, name: str) -> None:
        self._over(name, "live")

    def drop(self) -> None:
        """Leave the server as it was."""
        for name in tuple(self._names):
            self._drop(name)

    def _drop(self, name: str) -> None:
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        self._names.discard(name)

    def _over(self, source: str, target: str) -> None:
        self._drop(target)
        self._names.add(target)
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", target, source)

    def _execute(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(SQL(statement).format(*(Identifier(self._named(name)) for name in names)))

    def _named(self, name: str) -> str:
        return f"simulation_{os.getpid()}_{name}"


@contextmanager
def prepared(databases: Databases, prepare: Callable[[str], None]) -> Iterator[Databases]:
    """The databases with a template that `prepare` has made of an empty one."""
    try:
        prepare(databases.url)
        databases.keep_as_template()
        yield databases
    finally:
        if isinstance(databases, PostgresDatabases):
            databases.drop()
