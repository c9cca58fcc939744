"""A SIMULATOR of an operator's network, in a SQLite file of its own. It configures nothing real.

It keeps its own record of calls and of services, so that others can hold the product's claims against it, and it can
be told to refuse, fail, lie, do half of it, take its time or lose its answers (`plan_fault`). Several processes may use
one file.
"""

import asyncio
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from uuid import UUID

import msgspec

from backend.kernel.clock import Clock
from backend.ports import LineTest, NetworkReceipt, NetworkRefused, NetworkService, NetworkStep, NetworkUnreachable

READ_BACK, TEST = "read_back", "test"
BUSY_SECONDS = 10.0  # longer than any transaction here takes, which write a few rows
DARKEST_GOOD_DBM = -27.0  # receiver sensitivity of class B+ optics. Source: ITU-T G.984.2 Amd 1

TABLES = """
CREATE TABLE IF NOT EXISTS call (
    number INTEGER PRIMARY KEY, at TEXT NOT NULL, operation TEXT NOT NULL, service_id TEXT NOT NULL, key TEXT,
    attributes TEXT NOT NULL, outcome TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS receipt (key TEXT PRIMARY KEY, reference TEXT NOT NULL, applied_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS profile (
    service_id TEXT NOT NULL, name TEXT NOT NULL, attributes TEXT NOT NULL, PRIMARY KEY (service_id, name)
);
CREATE TABLE IF NOT EXISTS fault (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, operation TEXT, service_id TEXT, times INTEGER,
    reason TEXT NOT NULL, seconds REAL NOT NULL
);
"""


class Fault(StrEnum):
    """refuse: say no (a test does not pass). fail: do nothing, no answer. drop: do it, lose the answer. lie: say it
    was done, and do nothing. half: write some attributes and not the others, no answer. slow: do it, and answer late."""

    REFUSE = "refuse"
    FAIL = "fail"
    DROP = "drop"
    LIE = "lie"
    HALF = "half"
    SLOW = "slow"


SILENT = frozenset({Fault.FAIL, Fault.DROP, Fault.HALF})


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """How one call is going to go. kind: None when it goes well; seconds: how late its answer is."""

    kind: Fault | None = None
    reason: str = ""
    seconds: float = 0.0


class RecordedCall(msgspec.Struct, frozen=True, kw_only=True):
    """One call as the network saw it. operation: a step's name, `read_back` or `test`; outcome: done, repeated, or a
    fault's kind."""

    at: datetime
    operation: str
    service_id: UUID
    key: str | None
    attributes: dict[str, str]
    outcome: str


class ActivationSimulator:
    """The simulated network behind the port `Network`. path: its file, made when it is not there.

    pause: how a slow answer takes its time, in a thread of its own.
    """

    def __init__(self, path: Path, clock: Clock, *, pause: Callable[[float], None] = time.sleep) -> None:
        self._clock = clock
        self._pause = pause
        self._turn = threading.Lock()  # threads that wait for SQLite's own lock sleep longer than it is held
        self._connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        weakref.finalize(self, self._connection.close)
        with self._connected() as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(TABLES)

    async def apply(self, step: NetworkStep) -> NetworkReceipt:
        return await asyncio.to_thread(self._apply, step)

    async def read_back(self, service_id: UUID) -> NetworkService | None:
        return await asyncio.to_thread(self._read_back, service_id)

    async def test(self, service_id: UUID) -> LineTest:
        return await asyncio.to_thread(self._test, service_id)

    def plan_fault(
        self,
        kind: Fault,
        *,
        operation: str | None = None,
        service_id: UUID | None = None,
        times: int | None = 1,
        reason: str = "",
        seconds: float = 0.0,
    ) -> None:
        """From now on answer matching calls with a fault, so many times (None: until the file is gone).

        seconds: how late a slow answer is.
        """
        matching = (operation, service_id and str(service_id))
        with self._transaction() as connection:
            connection.execute(
                "INSERT INTO fault (kind, operation, service_id, times, reason, seconds) VALUES (?, ?, ?, ?, ?, ?)",
                (kind, *matching, times, reason or f"simulated: {kind}", seconds),
            )

    def clear_faults(self) -> None:
        """Behave from now on."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM fault")

    def calls(self) -> list[RecordedCall]:
        """Every call, in the order in which they came."""
        query = "SELECT at, operation, service_id, key, attributes, outcome FROM call ORDER BY number"
        with self._connected() as connection:
            return [_recorded(*row) for row in connection.execute(query)]

    def services(self) -> list[NetworkService]:
        """Every service that the network holds, by id."""
        with self._connected() as connection:
            ids = connection.execute("SELECT DISTINCT service_id FROM profile ORDER BY service_id").fetchall()
            return [service for (id_,) in ids if (service := _service(connection, UUID(id_)))]

    def _apply(self, step: NetworkStep) -> NetworkReceipt:
        with self._transaction() as connection:
            fault = _take_fault(connection, step.name, step.service_id)
            known = _receipt(connection, step.key)
            self._note(connection, step.name, step.service_id, fault.kind or ("repeated" if known else "done"), step)
            if known is None:
                known = self._do(connection, step, fault.kind)
        self._pause(fault.seconds)
        if fault.kind is Fault.REFUSE:
            raise NetworkRefused(reason=fault.reason)
        if known is None or fault.kind in SILENT:
            raise NetworkUnreachable(reason=fault.reason)
        return known

    def _do(self, connection: sqlite3.Connection, step: NetworkStep, fault: Fault | None) -> NetworkReceipt | None:
        if fault in {Fault.REFUSE, Fault.FAIL}:
            return None
        if fault is not Fault.LIE:
            _write(connection, step, half=fault is Fault.HALF)
        if fault is Fault.HALF:
            return None
        at = self._clock.now()
        number = connection.execute("SELECT coalesce(max(rowid), 0) + 1 FROM receipt").fetchone()[0]
        receipt = NetworkReceipt(key=step.key, reference=f"SIM-{number:06d}", applied_at=at)
        connection.execute("INSERT INTO receipt VALUES (?, ?, ?)", (step.key, receipt.reference, at.isoformat()))
        return receipt

    def _read_back(self, service_id: UUID) -> NetworkService | None:
        with self._transaction() as connection:
            fault = _take_fault(connection, READ_BACK, service_id)
            self._note(connection, READ_BACK, service_id, fault.kind or "done")
            found = _service(connection, service_id)
        self._pause(fault.seconds)
        if fault.kind not in {None, Fault.SLOW}:
            raise NetworkUnreachable(reason=fault.reason)
        return found

    def _test(self, service_id: UUID) -> LineTest:
        with self._transaction() as connection:
            fault = _take_fault(connection, TEST, service_id)
            self._note(connection, TEST, service_id, fault.kind or "done")
            is_known = _service(connection, service_id) is not None
        self._pause(fault.seconds)
        if fault.kind in SILENT:
            raise NetworkUnreachable(reason=fault.reason)
        return _simulated_test(service_id, is_good=is_known and fault.kind in {None, Fault.SLOW})

    def _note(
        self,
        connection: sqlite3.Connection,
        operation: str,
        service_id: UUID,
        outcome: str,
        step: NetworkStep | None = None,
    ) -> None:
        key, attributes = (step.key, step.attributes or {}) if step else (None, {})
        connection.execute(
            "INSERT INTO call (at, operation, service_id, key, attributes, outcome) VALUES (?, ?, ?, ?, ?, ?)",
            (self._clock.now().isoformat(), operation, str(service_id), key, _json(attributes), outcome),
        )

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time; other processes have their own."""
        with self._turn:
            yield self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def _take_fault(connection: sqlite3.Connection, operation: str, service_id: UUID) -> Planned:
    """The oldest planned fault that matches this call, used once; of no kind when the call goes well."""
    found = connection.execute(
        "SELECT number, kind, reason, seconds FROM fault WHERE (times IS NULL OR times > 0)"
        " AND coalesce(operation, :operation) = :operation AND coalesce(service_id, :service) = :service ORDER BY number LIMIT 1",
        {"operation": operation, "service": str(service_id)},
    ).fetchone()
    if found is None:
        return Planned()
    number, kind, reason, seconds = found
    connection.execute("UPDATE fault SET times = times - 1 WHERE number = ?", (number,))
    return Planned(kind=Fault(kind), reason=reason, seconds=seconds)


def _write(connection: sqlite3.Connection, step: NetworkStep, *, half: bool) -> None:
    profile = (str(step.service_id), step.name)
    connection.execute("DELETE FROM profile WHERE service_id = ? AND name = ?", profile)
    if step.attributes is not None:
        attributes = sorted(step.attributes.items())
        written = dict(attributes[: len(attributes) // 2] if half else attributes)
        connection.execute("INSERT INTO profile VALUES (?, ?, ?)", (*profile, _json(written)))


def _receipt(connection: sqlite3.Connection, key: str) -> NetworkReceipt | None:
    found = connection.execute("SELECT reference, applied_at FROM receipt WHERE key = ?", (key,)).fetchone()
    if found is None:
        return None
    return NetworkReceipt(key=key, reference=found[0], applied_at=datetime.fromisoformat(found[1]))


def _service(connection: sqlite3.Connection, service_id: UUID) -> NetworkService | None:
    query = "SELECT name, attributes FROM profile WHERE service_id = ? ORDER BY name"
    rows = connection.execute(query, (str(service_id),)).fetchall()
    profiles = {name: msgspec.json.decode(attributes, type=dict[str, str]) for name, attributes in rows}
    return NetworkService(service_id=service_id, profiles=profiles) if profiles else None


def _simulated_test(service_id: UUID, *, is_good: bool) -> LineTest:
    """A light level that looks like a real one, the same for a service each time."""
    spread_db = service_id.int % 100 / 10
    power_dbm = -14.0 - spread_db if is_good else DARKEST_GOOD_DBM - 1 - spread_db
    return LineTest(passed=is_good, measurements={"optical_power_dbm": round(power_dbm, 1)})


def _recorded(at: str, operation: str, service_id: str, key: str | None, attributes: str, outcome: str) -> RecordedCall:
    return RecordedCall(
        at=datetime.fromisoformat(at),
        operation=operation,
        service_id=UUID(service_id),
        key=key,
        attributes=msgspec.json.decode(attributes, type=dict[str, str]),
        outcome=outcome,
    )


def _json(attributes: dict[str, str]) -> str:
    return msgspec.json.encode(attributes, order="sorted").decode()
