"""Every screen of the technician's app, found by the router's own table: for everybody, for a thumb, by keyboard too."""

import re

import pytest
from playwright.sync_api import Page, expect

from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import enrol, go_to, next_step, routes

pytestmark = pytest.mark.browser

LOW_SIGHT = 240  # px of the job that stay in sight on a screen of 640
HEADINGS = {
    "day": "My day",
    "place": "Install fibre to the premises",
    "work": "Install fibre to the premises",
    "more": "Install fibre to the premises",
    "capture": "Serial number",
    "van": "My van",
    "receive": "Receive a transfer",
    "hand_over": "Hand over",
    "count": "Count",
    "request": "Ask for parts",
    "faulty": "Faulty unit",
    "sync": "Sync",
    "phone": "This phone",
}


def test_every_screen_is_accessible_and_fit_for_a_thumb(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    enrol(phone, spare_visit)

    for screen in routes():
        go_to(phone, screen, spare_visit)
        expect(phone.get_by_role("heading", name=HEADINGS[screen], exact=True)).to_be_visible()
        screens.check(phone, f"technician-screen-{screen}")
        assert screens.small_targets(phone) == [], screen


def test_a_job_is_reached_and_taken_on_by_keyboard(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    enrol(phone, spare_visit)
    phone.reload()
    expect(phone.get_by_role("heading", name="My day")).to_be_visible()

    phone.keyboard.press("Tab")
    expect(phone.get_by_role("link", name="All sent")).to_be_focused()
    phone.keyboard.press("Enter")

    expect(phone.get_by_role("heading", name="Sync", exact=True)).to_be_visible()


@pytest.mark.parametrize("size", ["Large", "Larger"])
def test_large_type_overflows_no_screen(phone: Page, spare_visit: Scene, screens: Screens, size: str) -> None:
    enrol(phone, spare_visit)
    go_to(phone, "phone")
    phone.get_by_role("group", name="Type").get_by_role("button", name=size, exact=True).click()

    for screen in routes():
        go_to(phone, screen, spare_visit)
        expect(phone.get_by_role("heading", name=HEADINGS[screen], exact=True)).to_be_visible()
        assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth"), screen


def test_the_left_hand_has_the_big_button_on_its_side(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    enrol(phone, spare_visit)
    row = phone.locator("main .row").first
    right = row.locator(".primary").bounding_box()
    go_to(phone, "phone")
    phone.get_by_role("button", name="Left").click()

    go_to(phone, "day")

    left = row.locator(".primary").bounding_box()
    assert right is not None
    assert left is not None
    assert left["x"] < right["x"]


def test_a_phone_with_a_pin_opens_by_it_alone(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    enrol(phone, spare_visit)
    go_to(phone, "phone")
    phone.get_by_label("New PIN").fill("2468")
    phone.get_by_role("button", name="Set a PIN").click()
    expect(phone.get_by_role("button", name="Take the PIN away")).to_be_visible()
    phone.reload()

    screens.check(phone, "technician-pin")
    assert screens.small_targets(phone) == []
    phone.get_by_label("PIN").fill("1111")
    phone.get_by_role("button", name="Open").click()
    expect(phone.get_by_role("alert")).to_contain_text("7 tries left")
    expect(phone.get_by_role("heading", name="This phone")).to_have_count(0)
    phone.get_by_label("PIN").fill("2468")
    phone.get_by_role("button", name="Open").click()

    expect(phone.get_by_role("heading", name="This phone")).to_be_visible()
    expect(phone.get_by_text("All sent")).to_be_visible()


@pytest.mark.parametrize(("language", "tag", "heading"), [("Suomi", "fi", "Päiväni"), ("Español", "es", "Mi día")])
def test_the_app_speaks_the_technicians_language(
    phone: Page, spare_visit: Scene, screens: Screens, language: str, tag: str, heading: str
) -> None:
    enrol(phone, spare_visit)
    go_to(phone, "phone")
    phone.get_by_label("Language").select_option(label=language)
    expect(phone.locator("html")).to_have_attribute("lang", tag)

    go_to(phone, "day")

    expect(phone.get_by_role("heading", name=heading)).to_be_visible()
    screens.check(phone, f"technician-day-{tag}")
    go_to(phone, "more", spare_visit)
    screens.check(phone, f"technician-more-{tag}")


def test_a_low_screen_keeps_the_job_in_sight_below_what_is_said_of_it(
    phone: Page, spare_visit: Scene, screens: Screens
) -> None:
    phone.set_viewport_size({"width": 360, "height": 640})
    enrol(phone, spare_visit)
    go_to(phone, "place", spare_visit)
    if phone.locator(".bar .big").filter(has_text="Acknowledge").count():
        next_step(phone, "Acknowledge")
    for step in ("On my way", "Arrived", "Start work"):
        next_step(phone, step)

    expect(phone.get_by_role("alert")).to_contain_text("Still missing")
    expect(phone.get_by_role("button", name=re.compile("Undo"))).to_be_visible()
    screens.check(phone, "technician-low-screen")
    sight = phone.locator("main").bounding_box()
    tabs = phone.get_by_role("navigation", name="Pages of this job").bounding_box()
    assert sight is not None
    assert tabs is not None
    assert sight["height"] > LOW_SIGHT
    assert tabs["y"] + tabs["height"] < sight["y"] + sight["height"]
