"""The customer's page: is someone coming, and when."""

import re

import pytest
from playwright.sync_api import Page, expect

from backend.demo.site import Site
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import enrol, next_step, open_visit

pytestmark = pytest.mark.browser


def test_a_customer_follows_the_visit_live(sofa: Page, phone: Page, followed_visit: Scene, screens: Screens) -> None:
    sofa.goto(f"/tracking/#{followed_visit.facts['link']}")
    expect(sofa.get_by_role("heading", level=1)).to_contain_text("Your technician comes on")
    screens.check(sofa, "tracking-agreed")

    enrol(phone, followed_visit)
    open_visit(phone, followed_visit)
    if phone.locator(".bar .big").inner_text() == "Acknowledge":
        next_step(phone, "Acknowledge")
    next_step(phone, "On my way")
    phone.get_by_role("button", name="Send now").click()

    expect(sofa.get_by_role("heading", level=1)).to_contain_text("is on the way and starts at about")
    screens.check(sofa, "tracking-on-the-way")


def test_a_link_that_has_ended_is_told_kindly(sofa: Page, site: Site, screens: Screens) -> None:
    screens.expect("status of 401")

    sofa.goto(f"/tracking/#trl_{'x' * 43}")

    expect(sofa.get_by_role("heading", name="This link has ended")).to_be_visible()
    screens.check(sofa, "tracking-ended")


def test_an_incomplete_link_is_told(sofa: Page, site: Site, screens: Screens) -> None:
    sofa.goto("/tracking/")

    expect(sofa.get_by_role("heading", name=re.compile("not complete"))).to_be_visible()
    screens.check(sofa, "tracking-incomplete")
