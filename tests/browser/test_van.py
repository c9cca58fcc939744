"""The van, worked with from the phone without a network: what was done there is in the ledger when the line is back."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.bench.web.labels import code_128, show
from backend.demo.site import Site
from backend.demo.story.ordering import van_of
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import enrol, go_to, stored, wait_until_kept

pytestmark = pytest.mark.browser

CABLE = "PATCH-2M"
# What the server's database says, each with one `?` for an id.
ARRIVED = "SELECT state, received_serials FROM transfer_order WHERE id = ?"
COUNTED = "SELECT counted FROM stock_count WHERE location_id = ? AND model = 'PATCH-2M'"
LEAVING = "SELECT state, serials, parts FROM transfer_order WHERE from_location_id = ?"
LEDGER = """
    SELECT sum(CASE WHEN to_location_id = van.id THEN quantity ELSE -quantity END)
    FROM stock_move JOIN stock_location van ON van.id IN (to_location_id, from_location_id)
    WHERE van.id = ? AND model = 'PATCH-2M'
"""
REQUESTS = "SELECT substr(subject, 1, instr(subject, ',') - 1), state FROM review_card WHERE kind = 'parts' AND technician_id = ?"
SENT_UNITS, SENT_CABLES, ARRIVED_CABLES, COUNTED_CABLES, WANTED_CABLES = 2, 10, 8, 31, 25


def test_a_day_in_the_van_without_a_network(
    phone: Page, camera: Path, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    transfer = send_goods(spare_visit)
    here, missing = transfer["serials"]
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    phone.context.set_offline(True)
    go_to(phone, "van")

    receive(phone, camera, screens, here=here, missing=missing)
    count(phone)
    ask(phone)
    hand_over(phone, camera, screens, here)
    phone.context.set_offline(False)

    van = transfer["to_location_id"]
    spare_visit.until("all has arrived", lambda: stored(site, LEAVING, van) != [])
    assert stored(site, ARRIVED, transfer["id"]) == [("short", f'["{here}"]')]
    assert stored(site, COUNTED, van) == [(COUNTED_CABLES,)]
    assert stored(site, REQUESTS, spare_visit.ids["technician"]) == [(f"{WANTED_CABLES} × {CABLE}", "open")]
    assert stored(site, LEAVING, van) == [("shipped", f'["{here}"]', f'{{"{CABLE}":1}}')]
    assert stored(site, LEDGER, van) == [(COUNTED_CABLES - 1,)]
    go_to(phone, "sync")
    expect(phone.get_by_text("All sent")).to_be_visible()
    expect(phone.get_by_role("heading", name="Not accepted")).to_have_count(0)


def send_goods(scene: Scene) -> dict[str, Any]:
    """Two terminals and ten cables leave the depot for the technician's van."""
    van = van_of(scene, scene.ids["technician"])
    depots = scene.warehouse.get("/api/v1/stock", kind="depot", page_size=200)["items"]
    wanted = {"ONT-G1": SENT_UNITS, CABLE: SENT_CABLES}
    depot = next(
        held["location"]
        for held in depots
        if all(any(b["model"] == m and b["free"] >= n for b in held["balances"]) for m, n in wanted.items())
    )
    way = {"from_location_id": depot["id"], "to_location_id": van["id"]}
    moves = [{**way, "model": model, "quantity": quantity} for model, quantity in wanted.items()]
    (transfer,) = scene.warehouse.post("/api/v1/replenishment", {"moves": moves})
    return transfer


def receive(phone: Page, camera: Path, screens: Screens, *, here: str, missing: str) -> None:
    """One unit is scanned, the other is not there; a slip of the thumb is told; two cables lack."""
    phone.get_by_role("link", name="Receive from").click()
    show(camera, code_128(here))
    phone.get_by_role("button", name="Scan").click()
    expect(phone.get_by_text("1 read")).to_be_visible()
    place = next(index for index in range(5, len(missing) - 1) if missing[index] != missing[index + 1])
    wrong = missing[:place] + missing[place + 1] + missing[place] + missing[place + 2 :]
    phone.get_by_label("Serial number", exact=True).fill(wrong)
    expect(phone.get_by_role("button", name="Record anyway")).to_be_disabled()
    expect(phone.get_by_role("button", name=missing)).to_be_visible()
    phone.get_by_label("Serial number", exact=True).fill("")
    phone.get_by_label(CABLE).fill(str(ARRIVED_CABLES))

    phone.get_by_role("button", name="Receive", exact=True).click()
    told = phone.get_by_role("alert").filter(has_text="not what was announced")
    expect(told).to_contain_text(missing)
    expect(told).to_contain_text("8 of 10 arrived")
    screens.check(phone, "technician-van-differences")
    assert screens.small_targets(phone) == []
    phone.get_by_role("button", name="Receive with these differences").click()
    expect(phone.get_by_role("heading", name="My van")).to_be_visible()


def count(phone: Page) -> None:
    phone.get_by_role("link", name="Count", exact=True).click()
    phone.get_by_label("Model").select_option(CABLE)
    phone.get_by_label("How many").fill(str(COUNTED_CABLES))
    phone.get_by_role("button", name="Enter the count").click()
    expect(phone.get_by_role("heading", name="My van")).to_be_visible()


def ask(phone: Page) -> None:
    """By keyboard alone."""
    phone.get_by_role("link", name="Ask for parts").press("Enter")
    phone.get_by_label("Model").select_option(CABLE)
    phone.get_by_label("How many").fill(str(WANTED_CABLES))
    phone.get_by_label("How many").press("Enter")
    expect(phone.get_by_role("heading", name="My van")).to_be_visible()


def hand_over(phone: Page, camera: Path, screens: Screens, serial: str) -> None:
    """What came without a network is in the van already; a unit of another van is told."""
    phone.get_by_role("link", name="Hand over").click()
    phone.get_by_label("To", exact=True).select_option(index=1)
    phone.get_by_label("Serial number", exact=True).fill("NRSK00000001")
    expect(phone.get_by_text("Wrong van?")).to_be_visible()
    phone.get_by_label("Serial number", exact=True).fill("")
    show(camera, code_128(serial))
    phone.get_by_role("button", name="Scan").click()
    expect(phone.get_by_text("1 read")).to_be_visible()
    phone.get_by_label(CABLE).fill("1")
    screens.check(phone, "technician-van-hand-over")
    phone.get_by_role("button", name="Hand over").click()
    expect(phone.get_by_role("heading", name="My van")).to_be_visible()
    expect(phone.get_by_text(serial)).to_have_count(0)
