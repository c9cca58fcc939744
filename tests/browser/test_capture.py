"""Serial numbers by the camera and by hand: real codes are read, and what looks wrong is told before it is recorded."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.bench.web.labels import code_128, qr_code, show
from backend.demo.site import Site
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import enrol, go_to, serial, stored, wait_until_kept

pytestmark = pytest.mark.browser


@pytest.fixture
def capturing(phone: Page, spare_visit: Scene) -> Page:
    """A phone on the screen that takes serial numbers, without a network."""
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    phone.context.set_offline(True)
    go_to(phone, "capture", spare_visit)
    return phone


def test_a_code_128_on_a_crooked_label_is_read(
    capturing: Page, camera: Path, spare_visit: Scene, screens: Screens
) -> None:
    show(camera, code_128(serial(spare_visit)), degrees=9)

    capturing.get_by_role("button", name="Scan").click()

    expect(capturing.get_by_label("Serial number", exact=True)).to_have_value(serial(spare_visit))
    expect(capturing.get_by_text("ONT-G1, in your van")).to_be_visible()
    screens.check(capturing, "technician-scanned")


def test_a_qr_code_is_read(capturing: Page, camera: Path, spare_visit: Scene, screens: Screens) -> None:
    show(camera, qr_code(serial(spare_visit)))

    capturing.get_by_role("button", name="Scan").click()

    expect(capturing.get_by_label("Serial number", exact=True)).to_have_value(serial(spare_visit))


def test_of_several_codes_on_a_label_the_one_in_the_van_is_meant(
    capturing: Page, camera: Path, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    wanted = serial(spare_visit, "GW-6")
    show(camera, code_128("P/N 4711-0815"), code_128(wanted))

    capturing.get_by_role("button", name="Scan").click()
    expect(capturing.get_by_label("Serial number", exact=True)).to_have_value(wanted)
    capturing.get_by_role("button", name="Record", exact=True).click()
    expect(capturing.locator("main li").filter(has_text=wanted)).to_contain_text("Saved here")
    capturing.context.set_offline(False)

    query = "SELECT serial, method, is_verified FROM job_serial WHERE job_id = ?"
    job = spare_visit.ids["job"]
    spare_visit.until("the scan has arrived", lambda: (wanted, "scan", 1) in stored(site, query, job))


def test_a_transposed_serial_is_refused_offline_and_the_right_one_is_offered(
    capturing: Page, spare_visit: Scene, screens: Screens
) -> None:
    right = serial(spare_visit)
    place = next(index for index in range(5, len(right) - 1) if right[index] != right[index + 1])
    wrong = right[:place] + right[place + 1] + right[place] + right[place + 2 :]

    capturing.get_by_label("Serial number", exact=True).fill(wrong)

    expect(capturing.get_by_role("button", name="Record anyway")).to_be_disabled()
    screens.check(capturing, "technician-transposed")
    capturing.get_by_role("button", name=f"{right} · ONT-G1").click()
    expect(capturing.get_by_text("ONT-G1, in your van")).to_be_visible()


def test_a_unit_is_swapped_as_one_fact(capturing: Page, spare_visit: Scene, site: Site, screens: Screens) -> None:
    old, new = "NRSK00000001", serial(spare_visit, "MESH-6")
    capturing.get_by_role("button", name="Swap").click()
    capturing.get_by_label("Serial number of the old unit").fill(old)
    capturing.get_by_label("The label really reads so").check()
    capturing.get_by_role("button", name="Record anyway").click()
    capturing.get_by_label("Serial number of the new unit").fill(new)
    screens.check(capturing, "technician-swap")

    capturing.get_by_role("button", name="Record", exact=True).click()

    capturing.context.set_offline(False)
    query = "SELECT serial, replaced_by FROM job_recovery WHERE job_id = ?"
    job = spare_visit.ids["job"]
    spare_visit.until("the swap has arrived", lambda: stored(site, query, job) == [(old, new)])


def test_a_phone_without_a_camera_types(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    phone.add_init_script("navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no camera'))")
    enrol(phone, spare_visit)
    go_to(phone, "capture", spare_visit)

    phone.get_by_role("button", name="Scan").click()

    expect(phone.get_by_role("alert")).to_contain_text("Type the number instead")
    expect(phone.get_by_label("Serial number", exact=True)).to_be_visible()
