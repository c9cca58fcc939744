"""A whole operator on this machine: web, worker and billing receiver as processes of their own, on loopback.

The demo, the story, the drills and the benchmarks all run on a `Site`; nothing in it is only for one of them.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from backend.kernel.drills import KILL_AT
from clients.billing.signatures import write_key_pair

START_SECONDS = (
    90.0  # a cold start on a machine that is busy with six other things; a quiet one takes one to two seconds
)
STOP_SECONDS = 10.0
STREETS = Path(__file__).parent / "streets" / "helsinki-centre.osm.pbf"
LOOPBACK = "127.0.0.1"


class DidNotStart(RuntimeError):
    """A process ended, or did not answer in time. The text names its log."""


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """The two key pairs of the line between us and billing."""

    ours: str
    ours_public: str
    billing: str
    billing_public: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """What a site's home remembers of it."""

    port: int
    billing_port: int
    database: str
    host: str


@dataclass(frozen=True, kw_only=True)
class Command:
    """How a process is started. answers_at: the address at which it answers once it is ready, None for a worker."""

    words: list[str]
    answers_at: str | None = None


@dataclass(kw_only=True)
class Site:
    """Where everything of one operator lives. home: directory of its files; database: address, else SQLite in home."""

    home: Path
    port: int
    billing_port: int
    database: str = ""
    operator_name: str = "Northbank Fibre"
    host: str = LOOPBACK
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _commands: dict[str, Command] = field(default_factory=dict)
    _guard: threading.RLock = field(default_factory=threading.RLock)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def billing_url(self) -> str:
        return f"http://{self.host}:{self.billing_port}"

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.home / 'truckroll.db'}"

    @property
    def ledger(self) -> Path:
        return self.home / "billing-ledger.db"

    @property
    def network_record(self) -> Path:
        return self.home / "network-simulator.db"

    @property
    def keys(self) -> Keys:
        """The site's keys, made at first use and kept in its home."""
        path = self.home / "keys.json"
        if not path.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            ours, ours_public = write_key_pair(secrets.token_bytes(32))
            billing, billing_public = write_key_pair(secrets.token_bytes(32))
            pair = Keys(ours=ours, ours_public=ours_public, billing=billing, billing_public=billing_public)
            path.touch(mode=0o600)
            path.write_bytes(msgspec.json.encode(pair))
        return msgspec.json.decode(path.read_bytes(), type=Keys)

    @property
    def environment(self) -> dict[str, str]:
        """The settings with which this site's processes run."""
        return {
            "TRUCKROLL_DATA_DIR": str(self.home),
            "TRUCKROLL_DATABASE": self.database_url,
            "TRUCKROLL_BASE_URL": self.url,
            "TRUCKROLL_OPERATOR_NAME": self.operator_name,
            "TRUCKROLL_DEMO": "true",
            "TRUCKROLL_STREETS": str(STREETS),
            "TRUCKROLL_NETWORK": "simulator",
            "TRUCKROLL_PROMISE_POLICY": "northbank",
            "TRUCKROLL_RETURN_POLICY": "northbank",
            "TRUCKROLL_BILLING_URL": self.billing_url,
            "TRUCKROLL_BILLING_SIGNING_KEY": self.keys.ours,
            "TRUCKROLL_PUSH_KEY": self.keys.ours,  # it seals, for another purpose, and is told to nobody
            "TRUCKROLL_LOG_IN_KEY": self.keys.ours,
            "TRUCKROLL_PRIVATE_HOSTS": self.host,
        }

    def save(self) -> None:
        """Write down where this site is, for whoever wants to join it later (`load`)."""
        self.home.mkdir(parents=True, exist_ok=True)
        place = Place(port=self.port, billing_port=self.billing_port, database=self.database, host=self.host)
        (self.home / "site.json").write_bytes(msgspec.json.encode(place))

    @classmethod
    def load(cls, home: Path) -> "Site":
        """The site that was saved in `home`. Raises FileNotFoundError."""
        place = msgspec.json.decode((home / "site.json").read_bytes(), type=Place)
        return cls(home=home, **msgspec.structs.asdict(place))

    def start_web(self, name: str = "web", *, port: int | None = None, kill_at: str = "") -> None:
        """Start a web process and wait until it answers."""
        port = port or self.port
        command = [sys.executable, "-m", "backend.cli", "serve", "--host", self.host, "--port", str(port)]
        self._start(name, Command(words=command, answers_at=f"http://{self.host}:{port}/health"), kill_at=kill_at)

    def start_worker(self, name: str = "worker", *, kill_at: str = "") -> None:
        self._start(name, Command(words=[sys.executable, "-m", "backend.cli", "worker"]), kill_at=kill_at)

    def start_receiver(self, *arguments: str) -> None:
        """Start the reference billing receiver and wait until it answers."""
        command = [sys.executable, "-m", "clients.billing", "--port", str(self.billing_port)]
        command += ["--ledger", str(self.ledger), "--truckroll", self.url, "--verify", self.keys.ours_public]
        command += ["--sign", self.keys.billing, "--key-id", "billing", *arguments]
        self._start("billing", Command(words=command, answers_at=f"{self.billing_url}/health"))

    def running(self, name: str) -> bool:
        return name in self.processes and self.processes[name].poll() is None

    def revive(self) -> None:
        """Start again whatever ended without being told to, as a supervisor of processes does."""
        with self._guard:
            killed = [name for name, process in self.processes.items() if process.poll() is not None]
            for name in killed:
                self._start(name, self._commands[name])

    def stop(self, *names: str) -> None:
        """End these processes (all, when none is named), each by its own id, and wait for them."""
        chosen = [self.processes[name] for name in (names or tuple(self.processes)) if name in self.processes]
        for process in chosen:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in chosen:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for name in names or tuple(self.processes):
            self.processes.pop(name, None)

    def log(self, name: str) -> Path:
        return self.home / f"{name}.log"

    def _start(self, name: str, command: Command, *, kill_at: str = "") -> None:
        """Start a process and, if it answers requests, wait until it does. kill_at: see `kernel.drills`."""
        environment: Mapping[str, str] = os.environ | self.environment | ({KILL_AT: kill_at} if kill_at else {})
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(command.words, env=environment, stdout=log, stderr=log)
        self._commands[name] = command
        if command.answers_at:
            self._wait_until_answers(name, command.answers_at)

    def _wait_until_answers(self, name: str, url: str) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running(name):
                break
            try:
                with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own loopback address
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise DidNotStart(f"{name} did not answer at {url}; its log is {self.log(name)}")


def free_port() -> int:
    """A loopback port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]
