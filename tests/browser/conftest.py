"""A real operator on real processes, real browsers on it, and eyes on what they show and what they complain about."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from backend.bench.web.labels import code_128, show
from backend.demo.seed import Amount
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from backend.demo.story import ordering
from backend.demo.story.office import Clerk
from backend.demo.story.scene import Scene
from backend.http.clients import WEB

if TYPE_CHECKING:
    from tests.browser.screens import Screens

HERE = Path(__file__).parent
SMALL = Amount(jobs_a_day=32, days=2)  # every technician has work, and the seed takes a few seconds
PATIENCE_SECONDS = 40.0
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

Opens = Callable[..., Page]
Camera = Path  # the video that its lens sees


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A seeded operator on SQLite with a web process and a worker."""
    if not (WEB / "technician" / "index.html").exists():
        pytest.skip("the web clients are not built: npm run build in clients/web")
    site = Site(home=tmp_path_factory.mktemp("site"), port=free_port(), billing_port=free_port())
    set_up(site, seed_number=1, amount=SMALL, progress=lambda *_: None)
    try:
        site.start_web()
        site.start_worker()
        yield site
    finally:
        site.stop()


@pytest.fixture(scope="session")
def dispatched(site: Site) -> Iterator[Callable[[int], Scene]]:
    """Plays the story of customer `number` from the order until the day is sent to the phones."""

    scenes: list[Scene] = []

    def play(number: int) -> Scene:
        scene = scene_of(site, number)
        scenes.append(scene)
        for step in (ordering.order, ordering.decompose, ordering.appointment, ordering.schedule):
            step(scene)
        return scene

    yield play
    for scene in scenes:
        scene.close()


@pytest.fixture(scope="session")
def visit(dispatched: Callable[[int], Scene]) -> Scene:
    """A visit that a phone will work on."""
    return dispatched(0)


@pytest.fixture(scope="session")
def followed_visit(dispatched: Callable[[int], Scene]) -> Scene:
    """A visit that its customer follows."""
    return dispatched(1)


@pytest.fixture(scope="session")
def moving_visit(dispatched: Callable[[int], Scene]) -> Scene:
    """A visit that its customer moves."""
    return dispatched(3)


@pytest.fixture(scope="session")
def notified_visit(dispatched: Callable[[int], Scene]) -> Scene:
    """A visit whose customer is told in the browser."""
    return dispatched(4)


@pytest.fixture(scope="session")
def spare_visit(dispatched: Callable[[int], Scene]) -> Scene:
    """A visit at which tests try what nobody else may see: mistakes, corrections, calls for help."""
    return dispatched(2)


@pytest.fixture(scope="session")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """What the cameras of all phones see; a test puts something before them (`labels.show`) and then opens one."""
    video = tmp_path_factory.mktemp("camera") / "seen.y4m"
    show(video, code_128("NOTHING"))
    return video


@pytest.fixture(scope="session")
def browser(site: Site, camera: Camera) -> Iterator[Browser]:
    """Chromium, started after the site: Playwright keeps an event loop, beside which the seed could not run its own."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        pytest.skip("no Chromium: set CHROMIUM")
    seeing = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"]
    flags = [*FLAGS, *seeing, f"--use-file-for-fake-video-capture={camera}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def contexts(browser: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers that know nothing of each other."""
    opened: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        # The site's people live in another zone than the machine: whoever shows local times of the machine is found out.
        context = browser.new_context(base_url=site.url, timezone_id="America/New_York", locale="en-GB", **options)
        context.set_default_timeout(15_000)
        opened.append(context)
        return context

    yield make
    for context in opened:
        context.close()


@pytest.fixture
def screens() -> "Iterator[Screens]":
    """Opens pages and watches them: whatever a page complains about in its console fails the test."""
    from tests.browser.screens import Screens

    screens = Screens(HERE / "artefacts")
    yield screens
    assert screens.complaints == []


@pytest.fixture
def phone(contexts: Callable[..., BrowserContext], screens: "Screens") -> Page:
    """A technician's phone."""
    return screens.watch(contexts(viewport=PHONE, has_touch=True, is_mobile=True).new_page())


@pytest.fixture
def desk(contexts: Callable[..., BrowserContext], screens: "Screens") -> Page:
    """A dispatcher's screen."""
    return screens.watch(contexts(viewport=DESK).new_page())


@pytest.fixture
def sofa(contexts: Callable[..., BrowserContext], screens: "Screens") -> Page:
    """A customer's phone."""
    return screens.watch(contexts(viewport=PHONE, is_mobile=True).new_page())


def scene_of(site: Site, number: int) -> Scene:
    """The people of a site's office, for telling `number`; whoever asks closes it."""

    def clerk(name: str) -> Clerk:
        return Clerk(site.url, f"{name}@northbank.example")

    return Scene(
        site=site,
        url=site.url,
        number=number,
        random=Random(f"browser:{number}"),
        broken="",
        patience_seconds=PATIENCE_SECONDS,
        agent=clerk("agent"),
        dispatcher=clerk("dispatcher"),
        warehouse=clerk("warehouse"),
        supervisor=clerk("supervisor"),
        analyst=clerk("billing"),
    )
