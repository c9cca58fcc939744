"""The technician's app on a phone, with and without a network: what is done there is what the server has in the end."""

import hashlib
import re

import pytest
from playwright.sync_api import Page, expect

from backend.demo.site import Site
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import (
    add_note,
    end_access_tokens,
    enrol,
    go_to,
    next_step,
    open_visit,
    page_of,
    read_hazards,
    serial,
    sign,
    stored,
    take_photo,
    wait_until_kept,
)

pytestmark = pytest.mark.browser

FLAPS = 3  # of a line that comes and goes


def test_a_visit_worked_without_a_network_reaches_the_server(
    phone: Page, visit: Scene, site: Site, screens: Screens
) -> None:
    enrol(phone, visit)
    screens.check(phone, "technician-day")
    wait_until_kept(phone)
    others = [screens.watch(phone.context.new_page()) for _ in range(2)]
    for other in others:
        other.goto("/technician/")
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text("Offline")).to_be_visible()
    screens.check(phone, "technician-day-offline")

    open_visit(phone, visit)
    screens.check(phone, "technician-job")
    work(phone, visit)
    screens.check(phone, "technician-job-offline")
    for page in (*others, phone):
        page.close()
    phone = screens.watch(phone.context.new_page())
    phone.goto("/technician/")
    open_visit(phone, visit)
    complete_in_part(phone, screens)
    for _ in range(FLAPS):
        phone.context.set_offline(False)
        phone.wait_for_timeout(300)
        phone.context.set_offline(True)
        phone.wait_for_timeout(200)
    phone.context.set_offline(False)

    expect(phone.get_by_text("All sent")).to_be_visible()
    page_of(phone, "Work")
    expect(phone.get_by_text("Verified")).to_be_visible()
    visit.until("the photo has followed", lambda: photos_stored(site, visit) == 2)
    screens.check(phone, "technician-job-completed")
    job = visit.ids["job"]
    [(photo,)] = stored(site, "SELECT sha256 FROM job_photo WHERE job_id = ?", job)
    body = next(site.home.rglob(photo)).read_bytes()
    assert hashlib.sha256(body).hexdigest() == photo
    assert b"Exif" not in body, "where it was taken is nobody's business"
    assert stored(site, "SELECT state, outcome FROM job WHERE id = ?", job) == [("completed", "partial")]
    assert stored(site, "SELECT text FROM job_note WHERE job_id = ?", job) == [("Mesh unit 2 does not start.",)]
    assert stored(site, "SELECT serial, is_verified FROM job_serial WHERE job_id = ?", job) == [(serial(visit), 1)]
    assert stored(site, "SELECT value, unit FROM job_measurement WHERE job_id = ?", job) == [(-18.5, "dBm")]
    assert stored(site, "SELECT signer_name FROM job_signature WHERE job_id = ?", job) == [("Sirpa Tarina",)]
    assert stored(site, "SELECT part, quantity FROM part_consumption WHERE job_id = ?", job) == [("PATCH-2M", 2)]
    spent = stored(site, "SELECT activity FROM time_entry WHERE job_id = ? ORDER BY started_at", job)
    assert spent == [("travel",), ("wait",), ("work",), ("break",), ("work",)]
    facts = "SELECT command FROM job_fact WHERE subject_id = ? ORDER BY occurred_at, recorded_at"
    assert stored(site, facts, job) == [("en_route",), ("arrive",), ("start",), ("complete",)]


def test_a_step_taken_by_mistake_is_undone(phone: Page, spare_visit: Scene, site: Site, screens: Screens) -> None:
    enrol(phone, spare_visit)
    open_visit(phone, spare_visit)
    if phone.locator(".bar .big").filter(has_text="Acknowledge").count():
        next_step(phone, "Acknowledge")

    next_step(phone, "On my way")
    expect(phone.get_by_role("button", name=re.compile(r"Undo \(\d+ s\)"))).to_be_visible()
    screens.check(phone, "technician-undo")
    phone.get_by_role("button", name=re.compile("Undo")).click()

    expect(phone.locator(".bar .big").filter(has_text="On my way")).to_be_visible()
    expect(phone.get_by_text("All sent")).to_be_visible()
    job = spare_visit.ids["job"]
    assert stored(site, "SELECT state FROM job WHERE id = ?", job) == [("pending",)]
    assert stored(site, "SELECT 1 FROM job_fact WHERE subject_id = ? AND command = 'en_route'", job) == []


def test_what_is_asked_of_the_office_reaches_it(phone: Page, spare_visit: Scene, site: Site, screens: Screens) -> None:
    job = spare_visit.ids["job"]
    enrol(phone, spare_visit)
    go_to(phone, "more", spare_visit)

    phone.get_by_role("button", name="Every 30 min").click()
    expect(phone.get_by_text(re.compile("Next check-in at"))).to_be_visible()
    phone.get_by_role("button", name="I am all right").click()
    phone.get_by_role("button", name="I need help").click()
    screens.check(phone, "technician-help")
    phone.get_by_label("What happened?").fill("Locked in the cellar.")
    phone.get_by_role("button", name="Ask for help").click()
    phone.get_by_role("button", name="Ask for a follow-up").click()
    phone.get_by_label("The line to the building is damaged").check()
    screens.check(phone, "technician-follow-up")
    phone.get_by_role("button", name="Ask for it").click()
    expect(phone.get_by_text("Asked for: Install fibre to the premises")).to_be_visible()

    safety = "SELECT state, note FROM safety_check_in WHERE job_id = ? ORDER BY occurred_at"
    expected = [("ok", None), ("help", "Locked in the cellar.")]
    spare_visit.until("the signs of life are there", lambda: stored(site, safety, job) == expected)
    asked = "SELECT reason FROM follow_up_request WHERE job_id = ?"
    spare_visit.until("the follow-up is there", lambda: stored(site, asked, job) == [("network.drop_damaged",)])


def test_what_is_otherwise_on_site_is_corrected_and_the_losing_value_comes_back(
    phone: Page, spare_visit: Scene, screens: Screens
) -> None:
    enrol(phone, spare_visit)
    open_visit(phone, spare_visit)
    account = spare_visit.ids["account"]
    phone.context.set_offline(True)
    phone.get_by_role("button", name="Correct something here").click()
    phone.get_by_label("Telephone").fill("+358 40 1111111")
    screens.check(phone, "technician-correct")
    phone.get_by_role("button", name="Save", exact=True).click()
    expect(phone.get_by_role("dialog")).to_have_count(0)
    spare_visit.agent.patch(f"/api/v1/accounts/{account}", {"phone": "+358402222222"})
    phone.context.set_offline(False)

    contest = phone.locator("section").filter(has_text="Two values for: Telephone")
    expect(contest).to_contain_text("+358401111111")
    screens.check(phone, "technician-two-values")
    contest.get_by_role("button", name="Keep theirs").click()

    expect(contest).to_have_count(0)
    spare_visit.until(
        "the office's number counts again",
        lambda: spare_visit.agent.get(f"/api/v1/accounts/{account}")["phone"] == "+358402222222",
    )
    expect(phone.locator('a[href="tel:+358402222222"]')).to_be_visible()


def test_a_code_that_is_not_valid_is_told(phone: Page, site: Site, screens: Screens) -> None:
    screens.expect("status of 403")
    phone.goto("/technician/")
    screens.check(phone, "technician-enrol")

    phone.get_by_label("Code").fill("WRONGCODE2")
    phone.get_by_role("button", name="Enrol this phone").click()

    expect(phone.get_by_role("alert")).to_contain_text("This code is not valid")
    screens.check(phone, "technician-enrol-refused")


def test_work_that_is_not_accepted_is_shown_with_its_reason(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    enrol(phone, spare_visit)
    go_to(phone, "capture", spare_visit)
    phone.get_by_label("Serial number", exact=True).fill("NRSK00000000")
    expect(phone.get_by_text("Not in your van.")).to_be_visible()
    screens.check(phone, "technician-serial-warning")
    expect(phone.get_by_role("button", name="Record anyway")).to_be_disabled()

    phone.get_by_label("The label really reads so").check()
    phone.get_by_role("button", name="Record anyway").click()

    phone.get_by_role("link", name="1 thing was not accepted").click()
    expect(phone.get_by_text("The stock does not know this serial number.").first).to_be_visible()
    screens.check(phone, "technician-refused")
    phone.get_by_role("button", name="I have seen it").click()
    expect(phone.get_by_role("link", name=re.compile("not accepted"))).to_have_count(0)


def test_a_phone_whose_token_ended_renews_it_with_its_key(
    phone: Page, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    screens.expect("status of 401")
    enrol(phone, spare_visit)
    go_to(phone, "work", spare_visit)
    end_access_tokens(site)

    add_note(phone, "The door code has changed.")

    query = "SELECT text FROM job_note WHERE job_id = ? AND text LIKE 'The door code%'"
    spare_visit.until("the note has arrived", lambda: stored(site, query, spare_visit.ids["job"]))
    expect(phone.get_by_text("All sent")).to_be_visible()


def work(phone: Page, visit: Scene) -> None:
    """Everything but the end, as a technician does it."""
    next_step(phone, "Acknowledge")
    next_step(phone, "On my way")
    next_step(phone, "Arrived")
    next_step(phone, "Start work")
    expect(phone.get_by_role("alert")).to_contain_text("Still missing")
    read_hazards(phone)
    next_step(phone, "Start work")
    phone.get_by_role("group", name="The drop cable is intact").get_by_role("button", name="Yes").click()
    phone.get_by_label("Optical level at the wall").fill("-18,5")
    phone.get_by_label("Optical level at the wall").blur()
    phone.get_by_role("link", name="Scan or type a serial number").click()
    phone.get_by_label("Serial number", exact=True).fill(serial(visit).lower())
    expect(phone.get_by_text("in your van")).to_be_visible()
    phone.get_by_role("button", name="Record", exact=True).click()
    phone.get_by_role("link", name="Work").click()
    phone.get_by_label("Value (dBm)").fill("-18.5")
    phone.locator("#measured").get_by_role("button", name="Save").click()
    take_photo(phone)
    expect(phone.get_by_role("img", name="Photo 1")).to_be_visible()
    add_note(phone, "Mesh unit 2 does not start.")
    phone.get_by_label("Part", exact=True).fill("PATCH-2M")
    phone.get_by_label("How many").fill("2")
    phone.get_by_role("button", name="Used").click()
    sign(phone)
    page_of(phone, "More")
    phone.get_by_role("button", name="Take a break").click()
    phone.get_by_role("button", name="Back to work").click()


def complete_in_part(phone: Page, screens: Screens) -> None:
    phone.get_by_role("button", name="Other ending").click()
    phone.get_by_role("dialog").get_by_role("button", name="Complete in part").click()
    phone.get_by_label("Equipment MESH-6").check()
    screens.check(phone, "technician-complete-in-part")
    phone.get_by_role("dialog").get_by_role("button", name="Complete in part").click()
    expect(phone.locator("main header").get_by_text("Completed")).to_be_visible()
    phone.get_by_role("button", name="Send now").click()


def photos_stored(site: Site, visit: Scene) -> int:
    """How many of the photo and the signature the server has whole."""
    query = """
        SELECT sha256 FROM blob WHERE stored_at IS NOT NULL AND sha256 IN (
            SELECT sha256 FROM (SELECT sha256, job_id FROM job_photo UNION SELECT sha256, job_id FROM job_signature)
            WHERE job_id = ?
        )
    """
    return len(stored(site, query, visit.ids["job"]))
