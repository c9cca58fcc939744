"""The office's pages beside the board: everybody can use each of them, and the reports say what they count."""

import re
import time
from base64 import b32decode
from contextlib import closing

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from backend.demo.people import PASSWORD
from backend.demo.site import Site
from backend.demo.story.office import Clerk
from tests.browser.screens import RULES, Screens
from tests.factories.totp import code_at

pytestmark = pytest.mark.browser


def open_page(desk: Page, site: Site, address: str, *, name: str = "admin") -> None:
    """One page of the office, by its address, as somebody who logs in there."""
    desk.goto(f"{site.url}/dispatcher/#{address}")
    log_in(desk, name)
    expect(desk.get_by_role("navigation", name="Pages")).to_be_visible()


def log_in(desk: Page, name: str) -> None:
    desk.get_by_label("E-mail").fill(f"{name}@northbank.example")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Log in").click()


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
    assert pages == ["Board", "Reports", "Administration", "Account"]
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


def test_lists_of_numbers_and_codes_say_names_and_a_wrong_code_is_told_in_a_sentence(
    desk: Page, site: Site, screens: Screens
) -> None:
    screens.expect("400")
    open_page(desk, site, "page=administration&of=technician_skills")
    expect(desk.get_by_role("row").filter(has_text="Aino Laine").first).to_be_visible()
    desk.get_by_role("link", name="Vans and depots").click()
    expect(desk.get_by_role("row").filter(has_text="Aino Laine").first).to_be_visible()

    desk.get_by_role("link", name="Skills", exact=True).click()
    desk.get_by_role("button", name="Add a skill").click()
    desk.get_by_label("Code").fill("Bad Code!!")
    desk.get_by_label("Name").fill("Bad")
    desk.get_by_role("button", name="Save").click()

    expect(desk.get_by_role("alert")).to_have_text("Letters, digits, and . _ - between them; no blanks.")


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


def test_a_territory_is_drawn_on_the_map_by_hand_and_by_keys(desk: Page, site: Site, screens: Screens) -> None:
    screens.expect("422")
    open_page(desk, site, "page=administration&of=territories")
    desk.get_by_role("button", name="Change: Southern quarter").click()
    dialog, area = desk.get_by_role("dialog"), desk.get_by_label("Area", exact=True)
    canvas = dialog.locator("canvas")
    expect(canvas).to_be_visible()
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]
    corners = dialog.get_by_role("button", name=re.compile("^Corner "))
    for number, (x, y) in enumerate(((0.3, 0.3), (0.7, 0.3), (0.7, 0.7), (0.3, 0.7)), 1):
        desk.mouse.click(left + width * x, top + height * y)
        expect(corners).to_have_count(number)
    drawn = area.input_value()
    desk.mouse.move(left + width * 0.7, top + height * 0.3)
    desk.mouse.down()
    desk.mouse.move(left + width * 0.85, top + height * 0.2, steps=4)
    desk.mouse.up()
    expect(area).not_to_have_value(drawn)
    expect(corners).to_have_count(4)
    corners.nth(0).focus()
    desk.keyboard.press("ArrowLeft")
    expect(corners.nth(0)).to_be_focused()
    screens.check(desk, "dispatcher-territory")
    corners.nth(3).focus()
    desk.keyboard.press("Delete")
    expect(corners).to_have_count(3)
    drawn = area.input_value()
    desk.get_by_role("button", name="Save").click()
    row = desk.get_by_role("row").filter(has_text="Southern quarter")
    expect(row).to_contain_text("3 corners")
    with closing(Clerk(site.url, "admin@northbank.example")) as admin:
        stored = {one["name"]: one["area"] for one in admin.get("/api/v1/territories")}["Southern quarter"]
    assert [f"{lat}, {lon}" for lon, lat in stored] == drawn.splitlines()

    desk.get_by_role("button", name="Change: Southern quarter").click()
    expect(area).to_have_value(drawn)
    area.fill("60.16, 24.93\n60.17, 24.95\n60.16, 24.95\n60.17, 24.93")
    desk.get_by_role("button", name="Save").click()
    expect(dialog.get_by_role("alert")).to_contain_text("crosses itself")
    expect(area).to_be_focused()
    area.fill("")
    desk.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("not drawn")


def test_a_second_factor_is_set_up_asked_for_and_removed(desk: Page, site: Site, screens: Screens) -> None:
    screens.expect("401")
    screens.expect("403")
    open_page(desk, site, "page=account", name="billing")
    desk.get_by_label("Your password").fill(PASSWORD)
    desk.get_by_role("button", name="Set up a second factor").click()
    expect(desk.get_by_role("img", name="The secret of your second factor")).to_be_visible()
    secret = b32decode(desk.locator("ol code").inner_text())
    screens.check(desk, "dispatcher-second-factor")
    desk.get_by_label("The six digits").fill("000000")
    desk.get_by_role("button", name="Use it from now on").click()
    expect(desk.get_by_role("alert")).to_contain_text("This code does not hold")
    desk.get_by_label("The six digits").fill(code_at(secret, time.time()))
    desk.get_by_role("button", name="Use it from now on").click()
    expect(desk.get_by_role("status")).to_contain_text("Keep these recovery codes")
    spare = desk.locator("li code").first.inner_text()
    screens.check(desk, "dispatcher-recovery-codes")
    desk.get_by_role("button", name="I have kept them").click()

    desk.context.clear_cookies()
    desk.reload()
    log_in(desk, "billing")
    expect(desk.get_by_label("Code of your device")).to_be_focused()
    screens.check(desk, "dispatcher-log-in-code")
    desk.get_by_label("Code of your device").fill(code_at(secret, time.time() + 30))  # the last one is used up
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_role("heading", name="Your account")).to_be_visible()
    desk.get_by_label("or a recovery code").fill(spare)
    desk.get_by_role("button", name="Log in by password alone").click()
    expect(desk.get_by_role("button", name="Set up a second factor")).to_be_visible()
