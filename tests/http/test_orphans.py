"""A process that a killed server leaves behind ends by itself."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PARENT = """
import multiprocessing, os, time
from backend.http.orphans import end_with_parent

def child():
    end_with_parent()
    print(os.getpid(), flush=True)
    time.sleep(60)

if __name__ == "__main__":
    process = multiprocessing.get_context("spawn").Process(target=child)
    process.start()
    process.join()
"""
PATIENCE_SECONDS = 10.0


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGTERM])
def test_a_process_ends_with_the_parent_that_was_killed(tmp_path, sign: signal.Signals):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())

        parent.send_signal(sign)
        parent.wait()

        deadline = time.monotonic() + PATIENCE_SECONDS
        while is_there(child) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not is_there(child)
