"""A million services reconciled by the command that an operator runs, in a process of its own: its time and its memory."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from backend.bench.delivery.town import SINCE, fill, write_extract


class NotInBalance(RuntimeError):
    """The command found differences where there are none, or failed; the text is what it printed."""


@dataclass(frozen=True, kw_only=True)
class Reconciled:
    """services: that were compared, with half as many units; peak_mb: resident, of the command's process."""

    services: int
    seconds: float
    peak_mb: float


def reconcile(home: Path, url: str, *, services: int) -> Reconciled:
    """Fill the empty database, write the extract, and let `truckroll reconcile` compare them. Raises NotInBalance."""
    fill(url, services)
    extract = home / "extract.csv"
    write_extract(extract, services)
    as_of = (SINCE + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S")
    words = [sys.executable, "-m", "backend.cli", "reconcile", str(extract), "--as-of", as_of, "--database", url]
    environment = os.environ | {"TRUCKROLL_DATA_DIR": str(home), "TRUCKROLL_STREETS": "", "TRUCKROLL_BILLING_URL": ""}
    log = home / "reconcile.log"
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(words, env=environment, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)  # the only call that tells what this one process has used
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise NotInBalance(log.read_text(errors="replace")[-2000:])
    return Reconciled(services=services, seconds=seconds, peak_mb=used.ru_maxrss * 1024 / 1e6)
