"""Servers as processes of their own: started, waited for, ended by their own id."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

START_SECONDS = 60.0
STOP_SECONDS = 10.0
LOG_CHARACTERS = 2000


class DidNotStart(RuntimeError):
    """A server ended, or did not listen in time. The text names its log."""


@contextmanager
def running(
    words: Sequence[str], *, port: int | None, log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """A process that listens on the loopback `port`, if any, while the block runs. Raises DidNotStart."""
    with log.open("ab") as output:
        settings = os.environ | dict(environment or {})
        process = subprocess.Popen(words, env=settings, stdout=output, stderr=output, start_new_session=True)
    try:
        if port is not None:
            _wait_until_listening(process, port, log)
        yield
    except Exception as error:
        error.add_note(f"the end of {log.name}: {log.read_text(errors='replace')[-LOG_CHARACTERS:]}")
        raise
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The whole group that it leads: some programs are started by a script that would leave them behind."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)


def _wait_until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise DidNotStart(f"nothing listens on port {port}; the log is {log}")
