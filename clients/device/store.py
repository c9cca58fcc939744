"""The device's own SQLite: what it holds and what it did survives any crash from the moment it is recorded.

Readable without this code: `document` is what the server sent, `mutation` what was done and what became of it,
`photo` what waits in the lane of attachments, or was refused there, `upload` how far each is. One process at a time works on a store; a second
one is noticed before it could undo what the first one saved.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec

from clients.device.errors import StoreInUse
from clients.device.identity import Identity
from sync import Outbox, Replica
from sync.clock import OffsetSample
from sync.outbox import Entry
from sync.replica import Document

T = TypeVar("T")

TABLES = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS document (name TEXT PRIMARY KEY, version INTEGER NOT NULL, document BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS mutation (
    mid INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE, op TEXT NOT NULL, document_id TEXT NOT NULL,
    state TEXT NOT NULL, code TEXT, entry BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS photo (
    sha256 TEXT PRIMARY KEY, media_type TEXT NOT NULL, body BLOB NOT NULL, refused TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS upload (sha256 TEXT PRIMARY KEY, url TEXT NOT NULL, sent_bytes INTEGER NOT NULL) STRICT;
"""

# The same picture may belong to several pieces of work.
PHOTO_INSERT = "INSERT INTO photo (sha256, media_type, body) VALUES (?, ?, ?) ON CONFLICT (sha256) DO NOTHING"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """What the replica knows beside its documents and its work."""

    outbox_id: str
    next_mid: int = 1
    durable_mid: int = 0
    cursor: str | None = None
    epoch: str | None = None
    last_mid: int = 0


class Photo(msgspec.Struct, frozen=True, kw_only=True):
    """An attachment that the server does not have yet."""

    sha256: str
    media_type: str
    body: bytes


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """How far a photo is on its way. url: of the upload, on the server; sent_bytes: what the server has for certain."""

    url: str
    sent_bytes: int


class DeviceStore:
    """One device's file. Every save is one transaction, and writes only what is new since the last one."""

    def __init__(self, path: Path) -> None:
        self._held: Replica | None = None
        self._version: int | None = None  # of the file, when `_held` was read or written
        path.touch(mode=0o600)  # it holds the device's key and people's data
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=FULL")  # a phone loses power more often than a server
        self._connection.executescript(TABLES)

    def close(self) -> None:
        self._connection.close()

    def identity(self) -> Identity | None:
        return self._setting("identity", Identity)

    def save_identity(self, identity: Identity) -> None:
        with self._transaction() as connection:
            _set(connection, "identity", identity)

    def samples(self) -> list[OffsetSample]:
        """How far the clock was off, oldest first."""
        return self._setting("samples", list[OffsetSample]) or []

    def save_samples(self, samples: list[OffsetSample]) -> None:
        with self._transaction() as connection:
            _set(connection, "samples", samples)

    def server(self) -> str | None:
        """The address of the server that this device works with."""
        return self._setting("server", str)

    def save_server(self, address: str) -> None:
        with self._transaction() as connection:
            _set(connection, "server", address)

    def is_online(self) -> bool:
        """Whether the technician lets this device use the network."""
        is_online = self._setting("is_online", bool)
        return True if is_online is None else is_online

    def save_is_online(self, *, is_online: bool) -> None:
        with self._transaction() as connection:
            _set(connection, "is_online", is_online)

    def replica(self) -> Replica | None:
        """What was saved last; None on a fresh device."""
        version = self._file_version()
        if self._held is None or self._version != version:
            self._held, self._version = self._read(), version
        return self._held

    def _read(self) -> Replica | None:
        line = self._setting("line", Line)
        if line is None:
            return None
        entries = self._connection.execute("SELECT entry FROM mutation ORDER BY mid")
        documents = self._connection.execute("SELECT name, document FROM document")
        outbox = Outbox(
            id=line.outbox_id,
            next_mid=line.next_mid,
            durable_mid=line.durable_mid,
            entries=tuple(msgspec.json.decode(raw, type=Entry) for (raw,) in entries),
        )
        return Replica(
            outbox=outbox,
            cursor=line.cursor,
            epoch=line.epoch,
            last_mid=line.last_mid,
            documents={name: msgspec.json.decode(raw, type=Document) for name, raw in documents},
        )

    def save_replica(self, replica: Replica, *, photo: Photo | None = None) -> None:
        """Keep documents, cursor, work and the photo that belongs to it: all or nothing.

        Raises StoreInUse when another process has saved since this one has read.
        """
        with self._transaction() as connection:
            held = self._unchanged()
            _set(connection, "line", _line(replica))
            _save_documents(connection, held.documents if held else {}, replica.documents)
            _save_mutations(connection, held.outbox.entries if held else (), replica.outbox.entries)
            if photo is not None:
                _save_photo(connection, photo)
        self._held = replica

    def save_photo(self, photo: Photo) -> None:
        """Keep a photo whose work came from elsewhere."""
        with self._transaction() as connection:
            _save_photo(connection, photo)

    def photos(self) -> Iterator[Photo]:
        """The attachments that wait, in the order in which they were taken, read one at a time."""
        waiting = self._connection.execute("SELECT sha256 FROM photo WHERE refused IS NULL ORDER BY rowid").fetchall()
        for (sha256,) in waiting:
            row = self._connection.execute("SELECT media_type, body FROM photo WHERE sha256 = ?", (sha256,)).fetchone()
            yield Photo(sha256=sha256, media_type=row[0], body=row[1])

    def drop_photo(self, sha256: str) -> None:
        """The server has it whole."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM photo WHERE sha256 = ?", (sha256,))
            connection.execute("DELETE FROM upload WHERE sha256 = ?", (sha256,))

    def upload(self, sha256: str) -> Upload | None:
        """How far this photo was when it was last looked at; None when nothing of it was sent."""
        row = self._connection.execute("SELECT url, sent_bytes FROM upload WHERE sha256 = ?", (sha256,)).fetchone()
        return None if row is None else Upload(url=row[0], sent_bytes=row[1])

    def save_upload(self, sha256: str, upload: Upload) -> None:
        with self._transaction() as connection:
            row = (sha256, upload.url, upload.sent_bytes)
            connection.execute("INSERT OR REPLACE INTO upload VALUES (?, ?, ?)", row)

    def refuse_photo(self, sha256: str, why: str) -> None:
        """The server will never take it: it stays here for a person, out of the way of the others."""
        with self._transaction() as connection:
            connection.execute("UPDATE photo SET refused = ? WHERE sha256 = ?", (why, sha256))

    def refused_photos(self) -> dict[str, str]:
        """SHA-256 → why the server does not take it."""
        return dict(self._connection.execute("SELECT sha256, refused FROM photo WHERE refused IS NOT NULL"))

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield self._connection
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _unchanged(self) -> Replica | None:
        """What the file holds, within the transaction that will change it. Raises StoreInUse."""
        known = self._version
        held = self.replica()
        if known not in (None, self._version):
            raise StoreInUse("another process has just saved its own work here")
        return held

    def _file_version(self) -> int:
        """Another number whenever another connection has changed the file (SQLite, "PRAGMA data_version")."""
        return self._connection.execute("PRAGMA data_version").fetchone()[0]

    def _setting(self, name: str, shape: type[T]) -> T | None:
        row = self._connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=shape)


def _set(connection: sqlite3.Connection, name: str, value: object) -> None:
    row = (name, msgspec.json.encode(value))
    connection.execute("INSERT INTO setting VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", row)


def _save_photo(connection: sqlite3.Connection, photo: Photo) -> None:
    connection.execute(PHOTO_INSERT, (photo.sha256, photo.media_type, photo.body))


def _line(replica: Replica) -> Line:
    return Line(
        outbox_id=replica.outbox.id,
        next_mid=replica.outbox.next_mid,
        durable_mid=replica.outbox.durable_mid,
        cursor=replica.cursor,
        epoch=replica.epoch,
        last_mid=replica.last_mid,
    )


def _save_documents(connection: sqlite3.Connection, held: dict[str, Document], now: dict[str, Document]) -> None:
    if held is now:
        return
    gone = [(name,) for name in held.keys() - now.keys()]
    # Steps of a replica leave alone what they do not change: what is the same object needs no second look.
    changed = [(name, new.version, msgspec.json.encode(new)) for name, new in now.items() if held.get(name) is not new]
    connection.executemany("DELETE FROM document WHERE name = ?", gone)
    connection.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", changed)


def _save_mutations(connection: sqlite3.Connection, held: tuple[Entry, ...], now: tuple[Entry, ...]) -> None:
    was = {entry.mutation.mid: entry for entry in held}
    changed = [_mutation_row(entry) for entry in now if was.pop(entry.mutation.mid, None) is not entry]
    # What is left was let go of, or has another number now, under which its uid must be free.
    connection.executemany("DELETE FROM mutation WHERE mid = ?", [(mid,) for mid in was])
    connection.executemany("INSERT OR REPLACE INTO mutation VALUES (?, ?, ?, ?, ?, ?, ?)", changed)


def _mutation_row(entry: Entry) -> tuple[int, str, str, str, str, str | None, bytes]:
    mutation, code = entry.mutation, entry.result.code if entry.result else None
    raw = msgspec.json.encode(entry)
    return mutation.mid, mutation.uid, mutation.op, mutation.id, str(entry.state), code, raw
