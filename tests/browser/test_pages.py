"""The office's pages beside the board: everybody can use each of them, and the reports say what they count."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from backend.demo.people import PASSWORD
from backend.demo.site import Site
from tests.browser.screens import RULES, Screens

pytestmark = pytest.mark.browser


def open_page(desk: Page, site: Site, address: str, *, name: str = "admin") -> None:
    """One page of the office, by its address, as somebody who logs in there."""
    desk.goto(f"{site.url}/dispatcher/#{address}")
    desk.get_by_label("E-mail").fill(f"{name}@northbank.example")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_role("navigation", name="Pages")).to_be_visible()


def test_each_report_is_told_drawn_and_defined(desk: Page, site: Site, screens: Screens) -> None:
    open_page(desk, site, "page=reports")
    chooser = desk.get_by_role("combobox", name="Report", exact=True)
    expect(chooser).to_be_visible()

    for name in chooser.locator("option").all_inner_texts():
        chooser.select_option(name)
        expect(desk.locator("dl")).to_be_visible()
        expect(desk.locator("dl div").first).to_contain_text(re.compile(r"\w{4}.*\."))

    chooser.select_option("Provision and bill")
    expect(desk.get_by_role("img", name="Difference, by day")).to_be_visible()
    desk.get_by_role("button", name="Active", exact=True).click()
    expect(desk.get_by_role("img", name="Active, by day")).to_be_visible()
    screens.check(desk, "dispatcher-reports")
    with desk.expect_download() as download:
        desk.get_by_role("link", name="CSV").click()
    assert download.value.path().read_text().startswith("day,active,billed,difference\n")

    again = desk.url
    desk.reload()
    expect(desk.get_by_role("img", name="Active, by day")).to_be_visible()
    assert desk.url == again

    desk.get_by_text("Sent by e-mail").click()
    desk.get_by_role("button", name="Send it so").click()
    row = desk.get_by_role("row").filter(has_text="Provision and bill, day")
    expect(row).to_contain_text("Monday")
    row.get_by_role("button", name="Pause").click()
    expect(row).to_contain_text("Paused")
    screens.check(desk, "dispatcher-report-schedules")


def test_a_contractors_manager_is_offered_the_reports_of_that_desk(desk: Page, site: Site, screens: Screens) -> None:
    open_page(desk, site, "page=reports", name="manager1")

    offered = desk.get_by_role("combobox", name="Report", exact=True).locator("option")
    expect(offered).to_have_text(["On time", "First-time fix", "Utilisation", "Repeat visits"])


def test_everybody_can_use_each_page_of_the_administration(desk: Page, site: Site, screens: Screens) -> None:
    """The pages are those that the router offers, and the sections those of the page."""
    open_page(desk, site, "page=administration")
    pages = desk.get_by_role("navigation", name="Pages").get_by_role("link").all_inner_texts()
    assert pages == ["Board", "Reports", "Administration"]
    sections = desk.get_by_role("navigation", name="Sections").get_by_role("link")
    expect(sections.first).to_be_visible()

    for name in sections.all_inner_texts():
        desk.get_by_role("link", name=name, exact=True).click()
        expect(desk.get_by_role("heading", name=name, level=1)).to_be_visible()
        expect(desk.locator("section")).to_have_attribute("aria-busy", "false")
        found = Axe().run(desk, options=RULES)  # one table and one form show them all: a picture of one will do
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    desk.get_by_role("link", name="Users").click()
    expect(desk.locator("section")).to_have_attribute("aria-busy", "false")
    screens.check(desk, "dispatcher-administration")


def test_a_user_is_added_by_keyboard_refused_at_the_field_invited_and_let_in(
    desk: Page, site: Site, screens: Screens
) -> None:
    screens.expect("422")
    screens.expect("401")
    open_page(desk, site, "page=administration&of=users")
    desk.get_by_role("button", name="Add a user").focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_label("E-mail")).to_be_focused()
    desk.keyboard.type("new@northbank.example")
    desk.keyboard.press("Tab")
    desk.keyboard.type("Aino Uusi")
    desk.get_by_label("Role").select_option("Auditor")
    desk.get_by_label("Organisation").select_option("Fiksu Oy")
    desk.get_by_role("button", name="Save").click()

    role = desk.get_by_label("Role")
    expect(role).to_be_focused()
    expect(role).to_have_attribute("aria-invalid", "true")
    screens.check(desk, "dispatcher-administration-refused")
    desk.get_by_label("Organisation").select_option("Northbank Fibre")
    desk.get_by_role("button", name="Save").click()

    row = desk.get_by_role("row").filter(has_text="new@northbank.example")
    expect(row).to_contain_text("Auditor")
    row.get_by_role("button", name="Invite: Aino Uusi").click()
    link = desk.locator(".link").inner_text()
    desk.goto("about:blank")
    desk.goto(link)
    desk.get_by_label("New password").fill("four words and more")
    screens.check(desk, "dispatcher-invited")
    desk.get_by_role("button", name="Set the password").click()
    desk.context.clear_cookies()  # the administrator's, who is logged in here
    desk.get_by_role("link", name="To the log-in").click()
    desk.get_by_label("E-mail").fill("new@northbank.example")
    desk.get_by_label("Password").fill("four words and more")
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_text("Live", exact=True)).to_be_visible()
