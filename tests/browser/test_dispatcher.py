"""The dispatcher's board: the day as it is, as others change it, and as the planner would have it."""

import pytest
from playwright.sync_api import Page, expect

from backend.demo.story import onsite
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import enrol, log_in, next_step, open_visit

pytestmark = pytest.mark.browser


def test_the_board_shows_the_day_by_technician(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)

    job = visit.dispatcher.get(f"/api/v1/jobs/{visit.ids['job']}")
    row = desk.get_by_role("article").filter(has_text=job["premises"]["street"])
    expect(row.get_by_text("Install fibre to the premises").first).to_be_visible()
    screens.check(desk, "dispatcher-board")


def test_what_a_technician_does_appears_without_a_reload(
    desk: Page, phone: Page, followed_visit: Scene, screens: Screens
) -> None:
    log_in(desk, followed_visit)
    job = followed_visit.dispatcher.get(f"/api/v1/jobs/{followed_visit.ids['job']}")
    tile = desk.locator(".tile").filter(has_text=job["premises"]["street"])
    expect(tile.get_by_text("Sent", exact=True)).to_be_visible()

    enrol(phone, followed_visit)
    open_visit(phone, followed_visit)
    next_step(phone, "Acknowledge")

    expect(tile.get_by_text("Acknowledged")).to_be_visible()


def test_a_plan_is_proposed_accepted_and_sent(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)
    unplanned = visit.supervisor.get("/api/v1/territories")[-1]  # the visits of these tests are in the first ones
    desk.get_by_label("Territory").select_option(unplanned["id"])

    desk.get_by_role("button", name="Plan the day").click()
    expect(desk.get_by_role("button", name="Accept all")).to_be_visible(timeout=40_000)
    screens.check(desk, "dispatcher-proposal")
    desk.get_by_role("button", name="Accept all").click()
    expect(desk.get_by_text("The plan is applied.")).to_be_visible()
    desk.get_by_role("button", name="Send the day").click()

    expect(desk.get_by_text("sent to the phones")).to_be_visible()


def test_a_phone_gets_a_code(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)

    desk.get_by_role("button", name="Phones").click()
    desk.get_by_label("Technician", exact=True).select_option(label="Aino Laine")
    desk.get_by_role("button", name="Give a code").click()

    expect(desk.get_by_text("Valid until")).to_be_visible()
    screens.check(desk, "dispatcher-phones")


def test_phones_are_listed_by_how_long_they_were_silent(desk: Page, visit: Scene) -> None:
    onsite.enrol(visit, visit.ids["technician"]).close()
    log_in(desk, visit)
    desk.get_by_role("button", name="Phones").click()
    phones = desk.get_by_role("region", name="Phones in use")
    expect(phones.get_by_role("row").nth(1)).to_be_visible()

    desk.get_by_label("Silent for at least so many hours").fill("24")

    expect(phones.get_by_text("No phone is.")).to_be_visible()


def test_a_wrong_password_is_told(desk: Page, visit: Scene, screens: Screens) -> None:
    screens.expect("status of 403")
    desk.goto("/dispatcher/")
    screens.check(desk, "dispatcher-log-in")

    desk.get_by_label("E-mail").fill("dispatcher@northbank.example")
    desk.get_by_label("Password").fill("guess")
    desk.get_by_role("button", name="Log in").click()

    expect(desk.get_by_role("alert")).to_contain_text("No user with this address and password")
