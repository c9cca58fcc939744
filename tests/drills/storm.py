"""Eight devices at work over a server that is killed again and again, and a count of what came of it."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import psycopg
from sqlalchemy import func, select

from backend.demo.site import Site
from backend.identity.principal import Role
from backend.jobs.models import JobNote
from backend.kernel.db import Transaction
from backend.offline.models import SyncMutation
from clients.device.device import Device
from clients.device.errors import Offline
from clients.device.store import DeviceStore
from sync.operations import Note
from sync.outbox import Entry
from sync.protocol import ErrorCode, Refused
from tests.factories.catalogue import make_catalogue
from tests.factories.identity import make_code, make_user
from tests.factories.jobs import make_dispatched_job
from tests.factories.sites import in_database, kill
from tests.factories.workforce import make_technician, make_territory

DEVICES = 8
NOTES_AT_ONCE = 4
ANSWERS_BEFORE_KILL = (4, 40)  # soon after a start, and in full swing
PATIENCE_SECONDS = 60.0
OUR_MISTAKE = 500
IN_FULL_SWING, BETWEEN, DATABASE = "server in full swing", "server between commit and answer", "database"
PASSING = frozenset({ErrorCode.BUSY, ErrorCode.RATE_LIMITED})


@dataclass(kw_only=True)
class Handheld:
    """One technician's device, by its file."""

    file: Path
    job_id: str
    outbox: str
    random: Random


@dataclass(kw_only=True)
class Outcome:
    """What is left of one device's day. device: its own record; server: the notes that the server has, in order."""

    device: list[Entry]
    shown: list[str]
    server: list[str]
    decided: int


@dataclass(kw_only=True)
class Storm:
    """One site, its devices, and the one who kills. answers: statuses that the devices got, by how often."""

    site: Site
    random: Random
    may_hurt_database: bool = False
    answers: Counter[int] = field(default_factory=Counter[int])
    killed: Counter[str] = field(default_factory=Counter[str])
    _answered: int = 0
    _progress: threading.Condition = field(default_factory=threading.Condition)
    _is_up: threading.Event = field(default_factory=threading.Event)
    _is_over: threading.Event = field(default_factory=threading.Event)

    def rage(self, kills: int, directory: Path) -> list[Outcome]:
        """Let the devices work through so many kills, then until all is sent; what came of it."""
        devices = self._enrolled(directory)
        self._is_up.set()
        with ThreadPoolExecutor(DEVICES) as threads:
            working = [threads.submit(self._work, device) for device in devices]
            try:
                for number in range(kills):
                    self._kill(number, is_last=number == kills - 1)
            finally:
                self._is_over.set()
                self._is_up.set()
            for work in working:
                work.result()
        return [self._outcome(device) for device in devices]

    def _enrolled(self, directory: Path) -> list[Handheld]:
        async def first_things(tx: Transaction) -> list[tuple[str, str]]:
            await make_catalogue(tx)
            territory = await make_territory(tx)
            found = list[tuple[str, str]]()
            for _ in range(DEVICES):
                technician = await make_technician(tx, territory.id)
                user = await make_user(tx, Role.TECHNICIAN, technician_id=technician.id)
                found.append((await make_code(tx, user), str((await make_dispatched_job(tx, technician)).id)))
            return found

        made = list[Handheld]()
        for number, (code, job_id) in enumerate(in_database(self.site, first_things)):
            file = directory / f"device-{number}.db"
            with self._opened(file) as device:
                tokens = device.enrol(code, name=f"device {number}")
                device.pull()
            made.append(Handheld(file=file, job_id=job_id, outbox=tokens.outbox_id, random=Random(number)))
        return made

    def _work(self, handheld: Handheld) -> None:
        number = 0
        with self._opened(handheld.file) as device:
            while not self._is_over.is_set():
                for _ in range(handheld.random.randint(1, NOTES_AT_ONCE)):
                    device.do(handheld.job_id, Note(text=f"note {number}"))
                    number += 1
                self._sync(device)
            while not self._sync(device) or device.unsent:
                pass

    def _sync(self, device: Device) -> bool:
        """One attempt, and whether it went through; what the server's death leaves unsent waits for its next life."""
        try:
            answered = device.push()
            device.pull()
        except Offline:
            assert self._is_up.wait(PATIENCE_SECONDS), "the server came back"
            return False
        except Refused as refused:
            if refused.refusal.code not in PASSING or self.answers[OUR_MISTAKE]:
                raise
            time.sleep((refused.refusal.retry_after_ms or 0) / 1000)  # as the protocol asks of a device
            return False
        with self._progress:
            self._answered += answered
            self._progress.notify_all()
        return True

    def _kill(self, number: int, *, is_last: bool) -> None:
        """In turn: the server in full swing, the server between commit and answer, the database if that is ours."""
        way = self._way(number)
        if way == DATABASE:
            self._wait_for_answers()
            self._kill_database()
        elif way == BETWEEN:
            self.site.processes["web"].wait(PATIENCE_SECONDS)
            assert self._marker(number).exists(), "it died where it should"
            self._restart()
        else:
            self._wait_for_answers()
            kill(self.site, "web")
            is_next_between = not is_last and self._way(number + 1) == BETWEEN
            self._restart(kill_at=f"push.committed:{self._marker(number + 1)}" if is_next_between else "")
        self.killed[way] += 1

    def _way(self, number: int) -> str:
        """One that kills itself comes after one whose restart can tell it to."""
        ways = (IN_FULL_SWING, BETWEEN, DATABASE) if self.may_hurt_database else (IN_FULL_SWING, BETWEEN)
        return ways[number % len(ways)]

    def _restart(self, *, kill_at: str = "") -> None:
        self._is_up.clear()
        self.site.start_web(kill_at=kill_at)
        self._is_up.set()

    def _marker(self, number: int) -> Path:
        return self.site.home / f"killed-{number}"

    def _wait_for_answers(self) -> None:
        with self._progress:
            wanted = self._answered + self.random.randrange(*ANSWERS_BEFORE_KILL)
            assert self._progress.wait_for(lambda: self._answered >= wanted, PATIENCE_SECONDS), "devices get answers"

    def _kill_database(self) -> None:
        """`kill -9` of one server process of PostgreSQL: the others die with it, and it recovers from its log."""
        with psycopg.connect(self.site.database_url, autocommit=True) as connection:
            others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            pids = [pid for (pid,) in connection.execute(others)]
        os.kill(self.random.choice(sorted(pids)), signal.SIGKILL)

    @contextmanager
    def _opened(self, file: Path) -> Iterator[Device]:
        """The device of this file; what the server answers to it is counted."""

        def count(answer: httpx.Response) -> None:
            self.answers[answer.status_code] += 1

        with (
            closing(DeviceStore(file)) as store,
            httpx.Client(base_url=self.site.url, timeout=PATIENCE_SECONDS, event_hooks={"response": [count]}) as line,
        ):
            yield Device(store, line)

    def _outcome(self, handheld: Handheld) -> Outcome:
        async def read(tx: Transaction) -> tuple[list[str], int]:
            notes = select(JobNote.text).where(JobNote.job_id == UUID(handheld.job_id)).order_by(JobNote.id)
            decided = select(func.count()).select_from(SyncMutation).where(SyncMutation.outbox_id == handheld.outbox)
            return list(await tx.session.scalars(notes)), await tx.session.scalar(decided) or 0

        server, decided = in_database(self.site, read)
        with self._opened(handheld.file) as device:
            shown = [note["text"] for note in device.document("job", handheld.job_id)["notes"]]
            return Outcome(device=list(device.replica.outbox.entries), shown=shown, server=server, decided=decided)
