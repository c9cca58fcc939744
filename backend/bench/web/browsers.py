"""Chromium as a desk has it and as a phone has it, and how heavy scripts are on their way there."""

import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from backend.http.clients import WEB

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")


@contextmanager
def desk(chromium: str, profile: Path, *, base_url: str, debugging: int) -> "Iterator[BrowserContext]":
    """A window as wide as a desk, with a profile of its own. debugging: the port at which tools join it."""
    # Here: Playwright keeps an event loop, beside which the seed of a site could not run its own.
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=[*FLAGS, f"--remote-debugging-port={debugging}"],
            base_url=base_url,
            viewport={"width": 1440, "height": 900},
        )
        yield context
        context.close()


@contextmanager
def phone(chromium: str, profile: Path, *, camera: Path, debugging: int) -> "Iterator[BrowserContext]":
    """A phone with a profile of its own. camera: the film that it sees; debugging: the port at which tools join it."""
    from playwright.sync_api import sync_playwright

    seeing = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={camera}",
    )
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium,
            args=[*FLAGS, *seeing, f"--remote-debugging-port={debugging}"],
            viewport={"width": 390, "height": 844},
            has_touch=True,
            is_mobile=True,
        )
        yield context
        context.close()


def first_scripts_kb(client: str) -> float:
    """What is fetched of a client's scripts before it shows anything, as its page names it."""
    folder = WEB / client
    page = (folder / "index.html").read_text(encoding="utf-8")
    named = re.findall(rf'(?:src|href)="/{client}/([^"]+\.js)"', page)
    assert named, "the page names its scripts"
    return packed_kb(folder / name for name in named)


def packed_kb(scripts: Iterable[Path]) -> float:
    """Kilobytes of these scripts, each packed by gzip as the server sends it."""
    return sum(_packed_bytes(path.read_bytes()) for path in scripts) / 1000


def _packed_bytes(script: bytes) -> int:
    packing = zlib.compressobj(9, wbits=31)
    return len(packing.compress(script) + packing.flush())
