"""One SQLite file, opened so that what was committed survives a power cut. Knows transactions, not billing."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = Path(__file__).with_name("ledger.sql")

BUSY_TIMEOUT_MS = 5000
"""How long to wait for another process (a backup, someone looking) to let go of the file."""

PRAGMAS = {
    # FULL: with NORMAL a power cut may take back a commit that was already acknowledged.
    "journal_mode": ("WAL", "wal"),
    "synchronous": ("FULL", 2),
    "foreign_keys": ("ON", 1),
    "busy_timeout": (str(BUSY_TIMEOUT_MS), BUSY_TIMEOUT_MS),
}


class StorageUnsafe(Exception):
    """The file or its file system does not give the promised durability; nothing may be taken in."""


class Storage:
    """One connection, used by one thread at a time.

    A receiver writes for a millisecond at a time: one connection behind a lock is the plainest thing that cannot
    answer "database is locked".
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises StorageUnsafe when a setting was not taken over, sqlite3.Error as it is."""
        self._lock = threading.RLock()
        # isolation_level None: the driver opens no transaction of its own, which would not be IMMEDIATE.
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.row_factory = sqlite3.Row
        for name, (wanted, read_back) in PRAGMAS.items():
            self._connection.execute(f"pragma {name} = {wanted}")
            if (actual := self._connection.execute(f"pragma {name}").fetchone()[0]) != read_back:
                raise StorageUnsafe(f"{path}: pragma {name} is {actual}, not {read_back}: use a local disk")
        self._connection.executescript(SCHEMA.read_text(encoding="utf-8"))

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Keep every other thread out until the end of the block; transactions may be opened inside it."""
        with self._lock:
            yield

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All of the block or nothing of it, on the disk when the block is left."""
        with self._lock:
            # IMMEDIATE takes the write lock now: what is read inside cannot change before it is written.
            self._connection.execute("begin immediate")
            try:
                yield self._connection
                self._connection.execute("commit")
            except BaseException:
                # A failed commit may have ended the transaction already.
                if self._connection.in_transaction:
                    self._connection.execute("rollback")
                raise

    def read(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """All rows of one query, as committed."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def close(self) -> None:
        with self._lock:
            self._connection.close()
