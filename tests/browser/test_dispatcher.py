"""The dispatcher's board: the day as it is, as others change it, and as the planner would have it."""

import re

import pytest
from playwright.sync_api import Page, expect

from backend.demo.story import onsite
from backend.demo.story.scene import Scene
from tests.browser.board import bar_of, row_of
from tests.browser.screens import Screens
from tests.browser.work import enrol, log_in, next_step, open_visit

pytestmark = pytest.mark.browser


def test_the_board_shows_the_day_by_technician_and_time(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)

    job = visit.dispatcher.get(f"/api/v1/jobs/{visit.ids['job']}")
    bar = bar_of(desk, job["id"])
    expect(bar).to_have_accessible_name(re.compile(rf"Install fibre to the premises, .*{job['number']}, .*window"))
    technician = next(
        one for one in visit.dispatcher.get("/api/v1/technicians")["items"] if one["id"] == job["technician_id"]
    )
    expect(row_of(desk, technician["name"]).locator(bar)).to_be_visible()
    screens.check(desk, "dispatcher-board")

    bar.click()
    panel = desk.get_by_role("region", name="Job")
    expect(panel.get_by_text(job["customer"]["name"])).to_be_visible()
    panel.get_by_text("Order", exact=True).click()
    expect(panel.get_by_text("P1 ")).to_be_visible()  # what is billed
    screens.check(desk, "dispatcher-job")
    desk.get_by_role("button", name="Week").click()
    expect(bar).to_be_visible()
    screens.check(desk, "dispatcher-week")


def test_arrows_lead_from_job_to_job_and_words_find_them(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)
    bar = bar_of(desk, visit.ids["job"])
    street = visit.dispatcher.get(f"/api/v1/jobs/{visit.ids['job']}")["premises"]["street"]

    desk.get_by_label("Search").fill(street)
    expect(bar).not_to_have_class(re.compile("dim"))
    desk.get_by_label("Search").fill("nowhere at all")
    expect(desk.get_by_text("Nothing on this day matches.")).to_be_visible()
    desk.get_by_label("Search").fill("")

    bar.focus()
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("region", name="Job")).to_contain_text(street)
    desk.keyboard.press("End")
    expect(desk.locator("[role=gridcell]:focus")).to_have_count(1)
    desk.keyboard.press("Control+k")
    desk.get_by_label("Type a command").fill("keys")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="Keys")).to_be_visible()


def test_what_a_technician_does_appears_without_a_reload(
    desk: Page, phone: Page, followed_visit: Scene, screens: Screens
) -> None:
    log_in(desk, followed_visit)
    bar = bar_of(desk, followed_visit.ids["job"])
    expect(bar).to_have_accessible_name(re.compile(", Sent"))

    enrol(phone, followed_visit)
    open_visit(phone, followed_visit)
    next_step(phone, "Acknowledge")

    expect(bar).to_have_accessible_name(re.compile(", Acknowledged"))


def test_a_plan_is_proposed_accepted_in_parts_taken_back_and_sent(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)
    territories = {one["code"]: one for one in visit.supervisor.get("/api/v1/territories")}
    unplanned = territories["PUNAVUORI"]  # the visits of these tests are in others
    desk.get_by_label("Territory").first.select_option(unplanned["id"])

    desk.get_by_role("banner").get_by_role("button", name="Plan").click()
    desk.get_by_role("button", name="Search").click()
    expect(desk.get_by_role("button", name="Accept all")).to_be_visible(timeout=40_000)
    screens.check(desk, "dispatcher-proposal")
    before = desk.get_by_role("gridcell").count()

    desk.get_by_role("button", name=re.compile("^Accept: ")).first.click()
    expect(desk.get_by_text("Parts of the plan are applied.")).to_be_visible()
    expect(desk.get_by_role("gridcell")).to_have_count(before + 1)
    desk.get_by_role("button", name="Take back").click()
    expect(desk.get_by_text("Taken back.")).to_be_visible()
    expect(desk.get_by_role("gridcell")).to_have_count(before)
    expect(desk.get_by_role("button", name=re.compile("^Accept"))).to_have_count(0)

    desk.get_by_role("button", name="OK").click()
    desk.get_by_role("button", name="Search").click()
    desk.get_by_role("button", name="Accept all").click(timeout=40_000)
    expect(desk.get_by_text("The plan is applied.")).to_be_visible()
    desk.get_by_role("button", name="Send the day").click()
    expect(desk.get_by_text("sent to the phones")).to_be_visible()


def test_the_menu_is_small_and_gives_way_to_escape_and_to_what_is_chosen(desk: Page, visit: Scene) -> None:
    log_in(desk, visit)
    more, phones = desk.get_by_role("button", name="More"), desk.get_by_role("button", name="Phones")

    more.click()
    expect(phones).to_be_visible()
    menu = desk.locator("#more").bounding_box()
    assert menu is not None
    assert menu["width"] < 320
    desk.keyboard.press("Escape")
    expect(phones).to_be_hidden()

    more.click()
    phones.click()
    expect(desk.get_by_role("dialog").get_by_role("heading", name="Phones", exact=True)).to_be_visible()
    expect(phones).to_be_hidden()


def test_at_twice_the_size_every_button_is_still_there(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)

    desk.set_viewport_size({"width": 720, "height": 450})

    for name in ("Plan", "Send the day", "More"):
        expect(desk.get_by_role("banner").get_by_role("button", name=name)).to_be_in_viewport(ratio=1)
    backlog = desk.get_by_role("heading", name="Backlog")
    backlog.scroll_into_view_if_needed()
    expect(backlog).to_be_in_viewport(ratio=0.9)
    screens.check(desk, "dispatcher-zoomed")


def test_a_phone_gets_a_code(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)

    desk.get_by_role("button", name="More").click()
    desk.get_by_role("button", name="Phones").click()
    desk.get_by_label("Technician", exact=True).select_option(label="Aino Laine")
    desk.get_by_role("button", name="Give a code").click()

    expect(desk.get_by_text("Valid until")).to_be_visible()
    screens.check(desk, "dispatcher-phones")


def test_phones_are_listed_by_how_long_they_were_silent(desk: Page, visit: Scene) -> None:
    onsite.enrol(visit, visit.ids["technician"]).close()
    log_in(desk, visit)
    desk.get_by_role("button", name="More").click()
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


def test_the_map_shows_all_routes_and_where_people_were_last_known_to_be(
    desk: Page, visit: Scene, screens: Screens
) -> None:
    log_in(desk, visit)
    desk.get_by_role("button", name="Map").click()

    expect(desk.get_by_text("People stand where they were last known to be.")).to_be_visible()
    expect(
        desk.get_by_role("img", name=re.compile("has not been seen yet: home|left J-|is at J-")).first
    ).to_be_visible()
    street = visit.dispatcher.get(f"/api/v1/jobs/{visit.ids['job']}")["premises"]["street"]
    desk.locator(".map").get_by_role("button", name=re.compile(re.escape(street))).first.dispatch_event("click")
    expect(desk.get_by_role("region", name="Job")).to_contain_text(street)


def test_hours_open_at_the_present(desk: Page, visit: Scene, screens: Screens) -> None:
    log_in(desk, visit)
    desk.get_by_role("button", name="Today").click()

    desk.get_by_role("button", name="Hours").click()

    now = desk.locator(".scroller .now")
    if now.count():  # in the evening nothing of the day is left to be shown
        expect(now).to_be_in_viewport()


def test_a_printed_day_has_the_same_columns_for_everybody_and_no_word_of_the_demonstration(
    desk: Page, visit: Scene, screens: Screens
) -> None:
    log_in(desk, visit)
    desk.goto(f"/dispatcher/#day={visit.facts['day']}")
    expect(bar_of(desk, visit.ids["job"])).to_be_visible()
    desk.evaluate("dispatchEvent(new Event('beforeprint'))")

    desk.emulate_media(media="print")

    expect(desk.locator(".paper h1")).to_be_visible()
    expect(desk.get_by_label("Demonstration")).to_be_hidden()
    rows = "rows => rows.map(row => [...row.cells].map(cell => Math.round(cell.getBoundingClientRect().width)))"
    widths = desk.locator(".paper tr").evaluate_all(rows)
    assert all(each == widths[0] for each in widths)
