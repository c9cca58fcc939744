"""Servers that a benchmark starts: they listen while they are asked, and nothing of them stays."""

import os
import sys
import time
from pathlib import Path

import pytest

from backend.bench.sync.processes import DidNotStart, running
from backend.demo.site import free_port

GONE_SECONDS = 5.0
SERVER = "import os,sys,http.server as h; print(os.getpid(), flush=True); h.HTTPServer(('127.0.0.1', int(sys.argv[1])), h.SimpleHTTPRequestHandler).serve_forever()"
BEHIND_A_SCRIPT = "import subprocess,sys; subprocess.run([sys.executable, '-c', sys.argv[2], sys.argv[1]])"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_server_behind_a_script_ends_with_it(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "server.log"

    with running([sys.executable, "-c", BEHIND_A_SCRIPT, str(port), SERVER], port=port, log=log):
        pid = int(log.read_text().split()[0])
        assert is_alive(pid)

    deadline = time.monotonic() + GONE_SECONDS
    while is_alive(pid) and time.monotonic() < deadline:
        pass  # a signal takes its moment
    assert not is_alive(pid)


def test_a_server_that_ends_at_once_is_told_with_its_log(tmp_path: Path) -> None:
    log = tmp_path / "server.log"

    with (
        pytest.raises(DidNotStart) as caught,
        running([sys.executable, "-c", "raise SystemExit('no such setting')"], port=free_port(), log=log),
    ):
        pass

    assert "no such setting" in caught.value.__notes__[0]
