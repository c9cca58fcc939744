"""The customer's page: is someone coming, and when; and everything that a customer changes there alone."""

import json
import re
from contextlib import closing
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from backend.demo.site import Site
from backend.demo.story import evidence
from backend.demo.story.office import Clerk
from backend.demo.story.scene import Scene
from backend.demo.waiting import once
from tests.browser.screens import Screens
from tests.browser.work import enrol, go_to, next_step, open_visit

pytestmark = pytest.mark.browser

ROUTES = Path(__file__).parents[2] / "clients/web/tracking/src/routes.json"
LOOKS_AGAIN_MS = 15_000  # the page asks every ten seconds
PHONE_DIGITS = "1234"  # of the story's customers
HEADINGS = {"visit": "Your technician comes", "time": "Choose a time", "contact": "Contact and way in"}


def open_link(sofa: Page, scene: Scene, screen: str = "visit") -> None:
    sofa.goto(f"/tracking/#{scene.facts['link']}{json.loads(ROUTES.read_text())[screen]}")


def prove(sofa: Page) -> None:
    sofa.get_by_label("The last four digits of your telephone number").fill(PHONE_DIGITS)
    sofa.get_by_role("button", name="Show more").click()
    expect(sofa.get_by_role("heading", name="Is it you?")).to_have_count(0)


def show_position(phone: Page, scene: Scene) -> None:
    """The visit's technician, at work today around the clock, lets customers see where they are: a kilometre off."""
    people = scene.supervisor.get("/api/v1/technicians", page_size=100)["items"]
    number = next(one["number"] for one in people if one["id"] == scene.ids["technician"])
    today = datetime.now(ZoneInfo("Europe/Helsinki")).date().isoformat()
    roster = {"technician": number, "first_day": today, "last_day": today, "weekdays": list(range(1, 8))}
    hours = {"starts": "00:00:00", "ends": "23:59:59"}
    with closing(Clerk(scene.url, "admin@northbank.example")) as administrator:
        administrator.post("/api/v1/master-data-imports", {"master_data": {"rosters": [roster | hours]}})
    place = scene.dispatcher.get(f"/api/v1/jobs/{scene.ids['job']}")["premises"]
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"latitude": place["latitude"] + 0.009, "longitude": place["longitude"]})
    go_to(phone, "phone")
    phone.get_by_role("button", name="Show roughly where I am").click()
    expect(phone.get_by_text("Customers see roughly where you are")).to_be_visible()
    go_to(phone, "day")


def letters_to(scene: Scene) -> list[str]:
    return evidence.subjects_to(scene.site.home / "mail", scene.facts["mail"])


def test_a_customer_follows_the_visit_live(sofa: Page, phone: Page, followed_visit: Scene, screens: Screens) -> None:
    open_link(sofa, followed_visit)
    expect(sofa.get_by_role("heading", level=1)).to_contain_text("Your technician comes")
    screens.check(sofa, "tracking-agreed")

    enrol(phone, followed_visit)
    show_position(phone, followed_visit)
    open_visit(phone, followed_visit)
    if phone.locator(".bar .big").inner_text() == "Acknowledge":
        next_step(phone, "Acknowledge")
    next_step(phone, "On my way")
    phone.get_by_role("button", name="Send now").click()

    expect(sofa.get_by_role("heading", level=1)).to_contain_text("is on the way", timeout=LOOKS_AGAIN_MS)
    prove(sofa)
    pin = sofa.locator(".pin").inner_text()
    expect(phone.locator(".pin")).to_have_text(pin)  # both can compare it at the door
    expect(sofa.get_by_text(re.compile(r"About [\d.]+ km away at \d\d:\d\d"))).to_be_visible(timeout=LOOKS_AGAIN_MS)
    with sofa.expect_response("**/api/v1/road-tiles/**") as tile:
        sofa.get_by_role("button", name="Show on a map").click()
    assert tile.value.ok
    expect(sofa.get_by_role("group", name=re.compile("km away at"))).to_be_visible()
    expect(sofa.get_by_text("somewhere in the circle")).to_be_visible()
    screens.check(sofa, "tracking-on-the-way")


def test_a_wrong_proof_is_told_where_it_was_given(sofa: Page, moving_visit: Scene, screens: Screens) -> None:
    screens.expect("status of 403")
    open_link(sofa, moving_visit)

    digits = sofa.get_by_label("The last four digits of your telephone number")
    digits.fill("0000")
    sofa.get_by_role("button", name="Show more").click()

    told = sofa.locator("form").get_by_role("alert")
    expect(told).to_have_text("That is not what we have. Try again.")
    expect(told).to_be_in_viewport()
    screens.check(sofa, "tracking-wrong-proof")


def test_every_screen_of_the_page_is_for_everybody(sofa: Page, moving_visit: Scene, screens: Screens) -> None:
    routes = json.loads(ROUTES.read_text())
    assert routes.keys() == HEADINGS.keys()
    open_link(sofa, moving_visit)
    prove(sofa)

    for screen in routes:
        open_link(sofa, moving_visit, screen)
        expect(sofa.get_by_role("heading", level=1)).to_contain_text(HEADINGS[screen])
        if screen == "time":
            expect(sofa.locator(".slots button").first).to_be_visible()
        screens.check(sofa, f"tracking-screen-{screen}")
        assert screens.small_targets(sofa) == [], screen


def test_a_customer_moves_the_appointment_alone(sofa: Page, moving_visit: Scene, screens: Screens) -> None:
    job_id, before = moving_visit.ids["job"], len(letters_to(moving_visit))
    reserved = moving_visit.agent.get(f"/api/v1/orders/{moving_visit.ids['order']}")["reservations"]
    was = moving_visit.dispatcher.get(f"/api/v1/jobs/{job_id}")
    open_link(sofa, moving_visit, "time")
    prove(sofa)

    sofa.locator(".slots button").last.click()
    expect(sofa.get_by_role("status")).to_contain_text("Kept for you until")
    screens.check(sofa, "tracking-held")
    sofa.get_by_role("button", name="Confirm this time").click()
    expect(sofa.get_by_role("status")).to_contain_text("Agreed.")

    now = moving_visit.dispatcher.get(f"/api/v1/jobs/{job_id}")
    assert now["window"] != was["window"]
    assert now["window"]["start"] <= now["planned_start"] < now["window"]["end"]
    assert now["technician_id"] is not None
    order = moving_visit.agent.get(f"/api/v1/orders/{moving_visit.ids['order']}")
    assert order["reservations"] == reserved
    once(lambda: len(letters_to(moving_visit)) > before or None)
    assert len(letters_to(moving_visit)) == before + 1

    open_link(sofa, moving_visit, "contact")
    sofa.get_by_label("How do we get in?").fill("Ring twice.")
    sofa.get_by_label("Language").select_option("fi")
    sofa.get_by_role("button", name="Save").click()
    expect(sofa.get_by_role("status")).to_contain_text("Tallennettu")
    changed = moving_visit.dispatcher.get(f"/api/v1/jobs/{job_id}")
    assert changed["premises"]["access_notes"] == "Ring twice."
    screens.check(sofa, "tracking-contact-fi")


def test_a_guessed_link_shows_nothing(sofa: Page, site: Site, screens: Screens) -> None:
    screens.expect("status of 404")

    sofa.goto(f"/tracking/#trl_{'x' * 43}")

    expect(sofa.get_by_role("heading", name="This link shows nothing")).to_be_visible()
    screens.check(sofa, "tracking-ended")


def test_an_incomplete_link_is_told(sofa: Page, site: Site, screens: Screens) -> None:
    sofa.goto("/tracking/")

    expect(sofa.get_by_role("heading", name=re.compile("not complete"))).to_be_visible()
    screens.check(sofa, "tracking-incomplete")
