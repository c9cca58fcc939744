"""What each process of a site has used of the processors: what bounds it, said by the system itself."""

import os
import time
from pathlib import Path

import psycopg

from backend.demo.site import Site

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
USER, SYSTEM = 11, 12  # fields of /proc/PID/stat after the name. Source: proc(5)
AT_REST = 0.3  # processors that a site with nothing to do uses at most: each of its processes looks for work
START_SECONDS = 180.0  # a worker's solver compiles for a minute where nothing is kept of the last time


def await_rest(site: Site) -> None:
    """Wait until everything has started: imports, and a solver that warms up, are no part of what is measured."""
    deadline = time.monotonic() + START_SECONDS
    before = _all_seconds(site)
    while time.monotonic() < deadline:
        time.sleep(1.0)
        now = _all_seconds(site)
        if now - before < AT_REST:
            return
        before = now


class Used:
    """Seconds of processor time (user and system) since this was made, by process. url: of the PostgreSQL database."""

    def __init__(self, site: Site, url: str) -> None:
        self._site = site
        self._url = url
        self._before = self._now()

    def since(self) -> dict[str, float]:
        return {name: spent - self._before[name] for name, spent in self._now().items()}

    def _now(self) -> dict[str, float]:
        found = {name: _tree_seconds(process.pid) for name, process in self._site.processes.items()}
        times = os.times()
        return found | {"generator": times.user + times.system, "postgres": self._server_seconds()}

    def _server_seconds(self) -> float:
        """Of the server and all its processes, those that have ended among them."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            row = connection.execute("SELECT current_setting('data_directory')").fetchone()
        assert row is not None, "a setting has a value"
        pid = int((Path(row[0]) / "postmaster.pid").read_text().split()[0])
        return _tree_seconds(pid) + _ended_seconds(pid)


def _all_seconds(site: Site) -> float:
    return sum(_tree_seconds(process.pid) for process in site.processes.values())


def _tree_seconds(pid: int) -> float:
    fields = _fields(pid)
    own = (int(fields[USER]) + int(fields[SYSTEM])) / TICKS_PER_SECOND
    return own + sum(_tree_seconds(child) for child in _children(pid))


def _ended_seconds(pid: int) -> float:
    fields = _fields(pid)
    return (int(fields[USER + 2]) + int(fields[SYSTEM + 2])) / TICKS_PER_SECOND


def _children(pid: int) -> list[int]:
    try:
        return [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except FileNotFoundError:  # it ended while we looked
        return []


def _fields(pid: int) -> list[str]:
    """The numbers of /proc/PID/stat; zeros when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return ["0"] * 50
