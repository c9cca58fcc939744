"""Services active against services billed, live on the board of those who may see it, with what reconciliation found."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from playwright.sync_api import Locator, Page, expect

from backend.demo.people import PASSWORD
from backend.demo.run import start
from backend.demo.seed import Amount
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from backend.demo.story.office import Clerk
from backend.demo.truths.mishaps import Mishaps, before_the_start
from backend.demo.truths.table import BREAKS
from tests.browser.screens import Screens

pytestmark = pytest.mark.browser

SMALL = Amount(jobs_a_day=8, days=1, truths=True)
NEWS_MS = 40_000  # a board that is told nothing asks again in half a minute


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo operator with what is wrong at billing; nobody plans a day there."""
    site = Site(home=tmp_path_factory.mktemp("balance"), port=free_port(), billing_port=free_port())
    site.save()
    try:
        # In a thread: beside the event loop that Playwright keeps, the seed could not run its own.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(_open, site).result()
        yield site
    finally:
        site.stop()


def _open(site: Site) -> None:
    planted = set_up(site, seed_number=1, amount=SMALL, progress=lambda *_: None)
    assert planted is not None
    before_the_start(site, planted)
    start(site)
    with closing(Clerk(site.url, "admin@northbank.example")) as administrator:
        mishaps = Mishaps(site, planted, administrator)
        mishaps.begin()
        mishaps.finish()


def log_in(desk: Page, demo: Site, name: str) -> None:
    desk.goto(f"{demo.url}/dispatcher/")
    desk.get_by_label("E-mail").fill(f"{name}@northbank.example")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_text("Live", exact=True)).to_be_visible()


def chip(desk: Page) -> Locator:
    return desk.get_by_role("button", name=re.compile(r"\d+ active . \d+ billed"))


def test_the_analyst_sees_the_breaks_approves_a_repair_and_undoes_it(desk: Page, demo: Site, screens: Screens) -> None:
    log_in(desk, demo, "billing")
    expect(chip(desk)).to_be_visible()

    chip(desk).click()
    desk.get_by_role("button", name="Compare now").click()

    dialog = desk.get_by_role("dialog")
    expect(dialog.locator("tbody tr")).to_have_count(len(BREAKS), timeout=NEWS_MS)
    expect(chip(desk)).to_contain_text(f"{len(BREAKS)} breaks")
    screens.check(desk, "dispatcher-balance")
    mine = dialog.locator("li").filter(has_text="Active, not billed")
    mine.get_by_role("button", name="Approve repair").click()
    expect(dialog.locator("tbody tr").filter(has_text="Active, not billed")).to_contain_text("Repair approved")
    mine.get_by_role("button", name="Undo repair").click()
    expect(mine.get_by_role("button", name="Approve repair")).to_be_visible()
    expect(dialog.locator("li").filter(has_text="Equipment that nobody ordered")).to_contain_text("Another desk")


def test_the_balance_changes_on_an_open_board(desk: Page, demo: Site, screens: Screens) -> None:
    log_in(desk, demo, "supervisor")
    expect(chip(desk)).to_contain_text(f"{len(BREAKS)} breaks", timeout=NEWS_MS)

    with closing(Clerk(demo.url, "admin@northbank.example")) as administrator:
        waived = administrator.get("/api/v1/breaks", kind="wrong_start")["items"][0]["id"]
        administrator.post(f"/api/v1/breaks/{waived}/waiver", {"reason": "agreed with the customer"})

        expect(chip(desk)).to_contain_text(f"{len(BREAKS) - 1} breaks", timeout=NEWS_MS)
        administrator.delete(f"/api/v1/breaks/{waived}/waiver")


def test_a_dispatcher_is_not_shown_the_balance(desk: Page, demo: Site, screens: Screens) -> None:
    log_in(desk, demo, "dispatcher")

    expect(desk.get_by_role("banner").get_by_role("button", name="Plan")).to_be_visible()
    expect(chip(desk)).to_have_count(0)


def test_whoever_may_see_fallouts_finds_them_in_the_inbox(desk: Page, demo: Site, screens: Screens) -> None:
    log_in(desk, demo, "supervisor")

    desk.get_by_role("button", name="Inbox").click()

    expect(desk.get_by_role("heading", name="Activations that fell out")).to_be_visible(timeout=NEWS_MS)
    expect(desk.get_by_role("button", name="Try again").first).to_be_visible()
    screens.check(desk, "dispatcher-inbox")
