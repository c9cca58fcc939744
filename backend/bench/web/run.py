"""`truckroll bench web`: the web clients in a headless Chromium, over loopback; every figure is judged by what is on the screen."""

import os
import shutil
import tempfile
from pathlib import Path
from types import ModuleType

from rich.console import Console

from backend.bench.figures import Figure, Report, report
from backend.bench.web import board, technician, tracking
from backend.http.clients import WEB

CLIENTS: tuple[ModuleType, ...] = (board, technician, tracking)


class NoBrowser(RuntimeError):
    """There is no Chromium, or the clients are not built."""


def run(console: Console, *, quick: bool) -> Report:
    """Measure each client on a site of its own. quick: fewer repetitions. Raises NoBrowser, NotInstalled."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None or not (WEB / "dispatcher" / "index.html").exists():
        raise NoBrowser(
            "this needs a Chromium (CHROMIUM names one) and the built web clients (`dev.py run` builds them)"
        )
    repetitions = 3 if quick else 9
    return report("web", [figure for client in CLIENTS for figure in _of(client, chromium, repetitions, console)])


def _of(client: ModuleType, chromium: str, repetitions: int, console: Console) -> list[Figure]:
    console.print(f"{client.SIZE}, {repetitions} times each")
    with tempfile.TemporaryDirectory(prefix="truckroll-bench-") as home:
        site = client.prepared(Path(home))
        try:
            site.start_web()
            site.start_worker()
            return client.measure(site, chromium, repetitions=repetitions)
        finally:
            site.stop()
