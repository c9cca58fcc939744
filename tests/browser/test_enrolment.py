"""A phone becomes a technician's by the code that the office shows: the camera reads it off the dispatcher's board."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from backend.bench.web.labels import qr_code, show
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import card_of, enrolment_code, log_in

pytestmark = pytest.mark.browser


def test_a_phone_is_enrolled_by_the_code_on_the_dispatchers_board(
    phone: Page, desk: Page, camera: Path, spare_visit: Scene, screens: Screens
) -> None:
    log_in(desk, spare_visit)
    desk.get_by_role("button", name="More").click()
    desk.get_by_role("button", name="Phones").click()
    users = spare_visit.dispatcher.get("/api/v1/users")
    user = next(user for user in users if user["technician_id"] == spare_visit.ids["technician"])
    desk.get_by_label("Technician", exact=True).select_option(label=user["name"])
    desk.get_by_role("button", name="Give a code").click()
    on_the_board = desk.get_by_role("img", name="to be scanned by the phone").screenshot()
    screens.check(desk, "dispatcher-phones")

    show(camera, qr_code("https://example.com/menu"))
    phone.goto("/technician/")
    phone.get_by_role("button", name="Scan the code").click()
    expect(phone.get_by_role("alert")).to_contain_text("That is another code")
    screens.check(phone, "technician-enrol-scanning")
    assert screens.small_targets(phone) == []
    phone.get_by_role("button", name="Stop").click()
    show(camera, np.asarray(Image.open(BytesIO(on_the_board)).convert("L")))
    phone.get_by_role("button", name="Scan the code").click()

    expect(phone.get_by_role("heading", name="My day")).to_be_visible()
    expect(card_of(phone, spare_visit)).to_be_visible()


def test_a_link_is_taken_by_the_page_that_is_open_already(phone: Page, spare_visit: Scene) -> None:
    phone.goto("/technician/")
    expect(phone.get_by_label("Code", exact=True)).to_have_value("")
    code = enrolment_code(spare_visit)

    phone.evaluate("code => { location.hash = `code=${code}` }", code)

    expect(phone.get_by_label("Code", exact=True)).to_have_value(code)
