"""`truckroll bench web`: the web clients in a headless Chromium, over loopback; every figure is judged by what is on the screen."""

import os
import shutil
import tempfile
from functools import partial
from pathlib import Path

from rich.console import Console

from backend.bench.figures import Report, report
from backend.bench.web import board
from backend.http.clients import WEB

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


class NoBrowser(RuntimeError):
    """There is no Chromium, or the clients are not built."""


def run(console: Console, *, quick: bool) -> Report:
    """Measure on a site of its own. quick: fewer repetitions. Raises NoBrowser."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None or not (WEB / "dispatcher" / "index.html").exists():
        raise NoBrowser(
            "this needs a Chromium (CHROMIUM names one) and the built web clients (`dev.py run` builds them)"
        )
    repetitions = 3 if quick else 9
    console.print(f"{board.TECHNICIANS} technicians, {board.JOBS} jobs, {repetitions} times each")
    with tempfile.TemporaryDirectory(prefix="truckroll-bench-") as home:
        site = board.prepared(Path(home))
        # Only now: Playwright keeps an event loop, beside which the seed could not run its own.
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            launch = partial(playwright.chromium.launch, executable_path=chromium, args=list(FLAGS))
            return report("web", board.measure(launch, site, repetitions=repetitions))
