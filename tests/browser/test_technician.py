"""The technician's page on a phone, with and without a network."""

import re
import struct
import zlib

import pytest
from playwright.sync_api import Page, expect

from backend.demo.site import Site
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import end_access_tokens, enrol, next_step, open_visit, stored

pytestmark = pytest.mark.browser


def test_a_visit_worked_without_a_network_reaches_the_server(
    phone: Page, visit: Scene, site: Site, screens: Screens
) -> None:
    enrol(phone, visit)
    screens.check(phone, "technician-day")
    wait_until_kept(phone)
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_text("Offline")).to_be_visible()
    screens.check(phone, "technician-day-offline")

    open_visit(phone, visit)
    screens.check(phone, "technician-job")
    work(phone, visit)
    screens.check(phone, "technician-job-offline")
    waiting = phone.get_by_role("status").inner_text()
    phone.reload()
    expect(phone.get_by_role("status")).to_have_text(waiting.replace("\n", " "))
    complete_in_part(phone, screens)
    phone.context.set_offline(False)

    expect(phone.get_by_text("All sent")).to_be_visible()
    expect(phone.get_by_text("Verified")).to_be_visible()
    visit.until("the photo has followed", lambda: photos_stored(site, visit) == 2)
    screens.check(phone, "technician-job-completed")
    job = visit.ids["job"]
    assert stored(site, "SELECT state, outcome FROM job WHERE id = ?", job) == [("completed", "partial")]
    assert stored(site, "SELECT text FROM job_note WHERE job_id = ?", job) == [("Mesh unit 2 does not start.",)]
    assert stored(site, "SELECT serial, is_verified FROM job_serial WHERE job_id = ?", job) == [(serial(visit), 1)]
    assert stored(site, "SELECT value, unit FROM job_measurement WHERE job_id = ?", job) == [(-18.5, "dBm")]
    assert stored(site, "SELECT signer_name FROM job_signature WHERE job_id = ?", job) == [("Sirpa Tarina",)]


def test_a_code_that_is_not_valid_is_told(phone: Page, site: Site, screens: Screens) -> None:
    screens.expect("status of 403")
    phone.goto("/technician/")
    screens.check(phone, "technician-enrol")

    phone.get_by_label("Code").fill("WRONGCODE2")
    phone.get_by_role("button", name="Enrol this phone").click()

    expect(phone.get_by_role("alert")).to_contain_text("This code is not valid")
    screens.check(phone, "technician-enrol-refused")


def test_work_that_is_not_accepted_is_shown_with_its_reason(
    phone: Page, followed_visit: Scene, screens: Screens
) -> None:
    enrol(phone, followed_visit)
    open_visit(phone, followed_visit)
    phone.get_by_label("Serial number", exact=True).fill("NRSK00000000")
    expect(phone.get_by_text("Not in your van.")).to_be_visible()
    screens.check(phone, "technician-serial-warning")

    phone.get_by_role("button", name="Record anyway").click()

    phone.get_by_role("link", name="1 thing was not accepted").click()
    expect(phone.get_by_text("The stock does not know this serial number.")).to_be_visible()
    screens.check(phone, "technician-refused")
    phone.get_by_role("button", name="I have seen it").click()
    expect(phone.get_by_role("link", name=re.compile("not accepted"))).to_have_count(0)


def test_a_phone_whose_token_ended_renews_it_with_its_key(
    phone: Page, followed_visit: Scene, site: Site, screens: Screens
) -> None:
    screens.expect("status of 401")
    enrol(phone, followed_visit)
    open_visit(phone, followed_visit)
    end_access_tokens(site)

    phone.get_by_role("textbox", name="Note").fill("The door code has changed.")
    phone.get_by_role("button", name="Add a note").click()

    query = "SELECT text FROM job_note WHERE job_id = ? AND text LIKE 'The door code%'"
    followed_visit.until("the note has arrived", lambda: stored(site, query, followed_visit.ids["job"]))
    expect(phone.get_by_text("All sent")).to_be_visible()


def wait_until_kept(phone: Page) -> None:
    """The service worker has what it needs to open the page without a network."""
    phone.evaluate("navigator.serviceWorker.ready.then(() => undefined)")


def work(phone: Page, visit: Scene) -> None:
    """Everything but the end, as a technician does it."""
    next_step(phone, "Acknowledge")
    next_step(phone, "On my way")
    next_step(phone, "Arrived")
    for button in phone.locator("#hazards").get_by_role("button").all()[::-1]:
        button.click()
    next_step(phone, "Start work")
    phone.get_by_role("group", name="The drop cable is intact").get_by_role("button", name="Yes").click()
    phone.get_by_label("Optical level at the wall").fill("-18,5")
    phone.get_by_label("Optical level at the wall").blur()
    phone.get_by_label("Serial number", exact=True).fill(serial(visit).lower())
    expect(phone.get_by_text("in your van")).to_be_visible()
    phone.get_by_role("button", name="Add", exact=True).click()
    phone.get_by_label("Received light at the terminal").fill("-18.5")
    phone.get_by_role("button", name="Save", exact=True).click()
    phone.locator('input[type="file"]').set_input_files(
        {"name": "label.png", "mimeType": "image/png", "buffer": picture()}
    )
    expect(phone.get_by_role("img", name="Photo 1")).to_be_visible()
    phone.get_by_role("textbox", name="Note").fill("Mesh unit 2 does not start.")
    phone.get_by_role("button", name="Add a note").click()
    sign(phone)


def sign(phone: Page) -> None:
    phone.get_by_label("Name in plain letters").fill("Sirpa Tarina")
    canvas = phone.locator("canvas")
    canvas.evaluate("element => element.scrollIntoView({ block: 'center' })")
    box = canvas.bounding_box()
    assert box is not None, "the canvas is on the screen"
    phone.mouse.move(box["x"] + 40, box["y"] + 60)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 160, box["y"] + 30, steps=8)
    phone.mouse.move(box["x"] + 240, box["y"] + 60, steps=8)
    phone.mouse.up()
    phone.get_by_role("button", name="Save signature").click()
    expect(phone.get_by_text("Signed by Sirpa Tarina")).to_be_visible()


def complete_in_part(phone: Page, screens: Screens) -> None:
    phone.get_by_role("button", name="Complete in part").click()
    phone.get_by_label("Equipment MESH-6").check()
    screens.check(phone, "technician-complete-in-part")
    phone.get_by_role("dialog").get_by_role("button", name="Complete in part").click()
    expect(phone.locator("header").get_by_text("Completed")).to_be_visible()


def serial(visit: Scene) -> str:
    """The terminal that was loaded for this order."""
    return visit.facts["serials"]["ONT-G1"][0]


def photos_stored(site: Site, visit: Scene) -> int:
    """How many of the photo and the signature the server has whole."""
    query = """
        SELECT sha256 FROM blob WHERE stored_at IS NOT NULL AND sha256 IN (
            SELECT sha256 FROM (SELECT sha256, job_id FROM job_photo UNION SELECT sha256, job_id FROM job_signature)
            WHERE job_id = ?
        )
    """
    return len(stored(site, query, visit.ids["job"]))


def picture(size: int = 64) -> bytes:
    """A grey PNG of that many pixels each way."""
    rows = zlib.compress(b"".join(b"\0" + b"\x90" * size for _ in range(size)))
    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", rows), (b"IEND", b""))
    body = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(body)
