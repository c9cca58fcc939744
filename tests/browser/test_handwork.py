"""Jobs in the dispatcher's hand: said before what a drop would do, done at once, undone whenever, and never over a colleague."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from itertools import count, permutations
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from backend.demo.story import onsite
from backend.demo.story.office import Refusal
from backend.demo.story.scene import Scene
from clients.device.device import Device
from tests.browser.board import bar_of, drag, item_of, let_go, row_of, someone_with_a_gap, told
from tests.browser.conftest import DESK
from tests.browser.screens import Screens
from tests.browser.work import log_in

pytestmark = pytest.mark.browser

Names = dict[str, str]
NUMBERS = count(1)


@pytest.fixture
def names(visit: Scene) -> Names:
    return {one["id"]: one["name"] for one in visit.dispatcher.get("/api/v1/technicians")["items"]}


@pytest.fixture
def open_job(visit: Scene) -> dict[str, Any]:
    """A job that nobody has yet: a customer's equipment is to be exchanged, whenever somebody can."""
    return place(visit, "UPGRADE-CPE")


def place(visit: Scene, work: str) -> dict[str, Any]:
    """Work of this kind at somebody's who has a job already."""
    territory, day = visit.ids["territory"], visit.facts["day"]
    neighbour = visit.dispatcher.get("/api/v1/jobs", territory_id=territory, day=day)["items"][0]
    number = next(NUMBERS)
    wanted = {
        "cause": "trouble",
        "work": work,
        "premises_id": neighbour["premises_id"],
        "external_reference": f"T-9{number}",
    }
    return visit.dispatcher.post("/api/v1/work-orders", wanted)["jobs"][0]


def standing(scene: Scene, job: dict[str, Any]) -> str | None:
    return scene.dispatcher.get(f"/api/v1/jobs/{job['id']}")["technician_id"]


def test_a_job_is_dragged_with_its_price_said_and_undone_after_a_reload(
    desk: Page, visit: Scene, open_job: dict[str, Any], names: Names, screens: Screens
) -> None:
    log_in(desk, visit)
    gap = someone_with_a_gap(visit, visit.facts["day"], open_job)
    desk.get_by_label("Search").fill("")

    drag(desk, item_of(desk, open_job["id"]), row_of(desk, names[gap["technician_id"]]), 0.5)
    expect(desk.locator(".ghost")).to_contain_text(re.compile("Fits|·|window|shift|drive|break", re.IGNORECASE))
    expect(desk.get_by_role("rowheader").filter(has_text=re.compile("costs|saves")).first).to_be_visible()
    screens.check(desk, "dispatcher-drag")
    desk.keyboard.press("Escape")
    desk.mouse.up()
    expect(desk.locator(".ghost")).to_have_count(0)
    assert standing(visit, open_job) is None

    item_of(desk, open_job["id"]).click()
    desk.get_by_text("Why has nobody got it?").click()
    desk.get_by_role("button", name=re.compile("^Give to")).first.click()
    told(desk, open_job["number"])
    expect(bar_of(desk, open_job["id"])).to_be_visible()

    desk.reload()
    expect(bar_of(desk, open_job["id"])).to_be_visible()
    desk.get_by_role("button", name="Undo").click()
    told(desk, f"Undone: give {open_job['number']}")
    expect(bar_of(desk, open_job["id"])).to_have_count(0)
    assert standing(visit, open_job) is None


def test_a_drop_applies_at_once_and_a_drag_to_the_side_takes_it_back(
    desk: Page, visit: Scene, open_job: dict[str, Any], screens: Screens
) -> None:
    gap = someone_with_a_gap(visit, visit.facts["day"], open_job)
    body = {"technician_id": gap["technician_id"], "start": gap["start"]}
    visit.dispatcher.post(f"/api/v1/jobs/{open_job['id']}/assignment", body)
    log_in(desk, visit)
    bar = bar_of(desk, open_job["id"])

    box = bar.bounding_box()
    assert box is not None
    desk.mouse.move(box["x"] + 8, box["y"] + 8)
    desk.mouse.down()
    desk.mouse.move(1300, 500, steps=8)
    let_go(desk)

    expect(bar).to_have_count(0)
    told(desk, "Back to the backlog")
    expect(item_of(desk, open_job["id"])).to_be_visible()
    assert standing(visit, open_job) is None


def test_a_job_is_moved_locked_and_taken_back_by_keys_alone(
    desk: Page, visit: Scene, open_job: dict[str, Any], screens: Screens
) -> None:
    log_in(desk, visit)
    item_of(desk, open_job["id"]).focus()

    desk.keyboard.press("m")
    expect(desk.locator(".hand")).to_contain_text("Fits")  # it goes to the cheapest gap by itself
    desk.keyboard.press("Shift+ArrowRight")
    expect(desk.locator(".hand")).to_contain_text(re.compile("Fits|·|window", re.IGNORECASE))
    desk.keyboard.press("Shift+ArrowLeft")
    desk.keyboard.press("Enter")
    bar = bar_of(desk, open_job["id"])
    expect(bar).to_be_focused()

    desk.keyboard.press("l")
    expect(bar).to_have_accessible_name(re.compile("locked"))
    desk.keyboard.press("Control+z")
    told(desk, "Undone: lock")
    expect(bar).not_to_have_accessible_name(re.compile("locked"))
    bar.focus()
    desk.keyboard.press("Delete")
    expect(bar).to_have_count(0)
    desk.keyboard.press("Control+z")
    expect(bar).to_be_visible()
    desk.keyboard.press("Control+Shift+Z")
    expect(bar).to_have_count(0)


@pytest.fixture
def enrolled(visit: Scene) -> Iterator[Callable[[str], Device]]:
    """Enrols a phone for a technician, by id; closed in the end."""
    with ExitStack() as phones:

        def enrol(technician_id: str) -> Device:
            return phones.enter_context(closing(onsite.enrol(visit, technician_id))).device

        yield enrol


def test_a_job_is_made_longer_by_its_end_by_keys_and_by_number_and_the_phone_hears_of_it(
    desk: Page, visit: Scene, open_job: dict[str, Any], enrolled: Callable[[str], Device], screens: Screens
) -> None:
    gap = someone_with_a_gap(visit, visit.facts["day"], open_job)
    body = {"technician_id": gap["technician_id"], "start": gap["start"]}
    job = visit.dispatcher.post(f"/api/v1/jobs/{open_job['id']}/assignment", body)
    visit.dispatcher.post(f"/api/v1/territories/{job['territory_id']}/days/{visit.facts['day']}/dispatch")
    device = enrolled(gap["technician_id"])
    seconds = job["duration_seconds"]
    log_in(desk, visit)
    bar = bar_of(desk, job["id"])
    box = bar.bounding_box()
    assert box is not None

    desk.mouse.move(box["x"] + box["width"] - 3, box["y"] + 8)
    desk.mouse.down()
    desk.mouse.move(box["x"] + box["width"] / 2, box["y"] + 12, steps=6)
    expect(desk.locator(".ghost")).to_contain_text(re.compile(r"–.*(Fits|·)"))
    screens.check(desk, "dispatcher-resize")
    let_go(desk)
    told(desk, f"{job['number']} takes")
    device.sync()
    shorter = device.document("job", job["id"])["duration_seconds"]
    assert shorter < seconds

    expect(bar).to_be_focused()
    desk.keyboard.press("d")
    desk.keyboard.press("Shift+ArrowRight")
    expect(desk.locator(".hand")).to_contain_text("Fits")
    desk.keyboard.press("Enter")
    told(desk, f"{job['number']} takes {shorter // 60 + 5} min")
    desk.keyboard.press("Control+z")
    told(desk, f"Undone: make longer or shorter {job['number']}")
    bar.click()
    expect(desk.get_by_label("Takes, in minutes")).to_have_value(str(shorter // 60))
    desk.get_by_label("Takes, in minutes").fill(str(seconds // 60))
    desk.get_by_role("button", name="Change").click()
    told(desk, f"{job['number']} takes {seconds // 60} min")
    device.sync()
    assert device.document("job", job["id"])["duration_seconds"] == seconds
    visit.dispatcher.delete(f"/api/v1/jobs/{job['id']}/assignment")
    device.sync()
    assert job["id"] not in {one["id"] for one in device.documents("job")}


def test_of_two_dispatchers_with_one_job_in_hand_neither_overwrites_the_other(
    desk: Page,
    contexts: Callable[..., BrowserContext],
    visit: Scene,
    open_job: dict[str, Any],
    names: Names,
    screens: Screens,
) -> None:
    screens.expect("status of 409")
    log_in(desk, visit)
    gap = someone_with_a_gap(visit, visit.facts["day"], open_job)
    colleague = contexts(viewport=DESK).new_page()
    log_in(colleague, visit, "supervisor")
    item_of(colleague, open_job["id"]).focus()
    colleague.keyboard.press("m")
    expect(colleague.locator(".hand")).to_contain_text("Fits")

    item_of(desk, open_job["id"]).click()
    expect(desk.get_by_text("is on this job as well")).to_be_visible()
    screens.check(desk, "dispatcher-presence")

    # While the colleague has the job in the hand, it is given away here.
    visit_body = {"technician_id": gap["technician_id"], "start": gap["start"]}
    visit.dispatcher.post(f"/api/v1/jobs/{open_job['id']}/assignment", visit_body)
    expect(bar_of(colleague, open_job["id"])).to_be_visible()
    colleague.keyboard.press("Enter")

    told(colleague, "has moved this job meanwhile")
    assert standing(visit, open_job) == gap["technician_id"]
    expect(row_of(colleague, names[gap["technician_id"]]).locator(bar_of(colleague, open_job["id"]))).to_be_visible()
    visit.dispatcher.delete(f"/api/v1/jobs/{open_job['id']}/assignment")


def test_work_for_two_asks_who_comes_along_and_stands_in_both_their_rows(
    desk: Page, visit: Scene, names: Names, screens: Screens
) -> None:
    screens.expect("status of 409")
    pull = place(visit, "PULL-DROP")
    lead, helper = two_with_a_gap(visit, pull)
    log_in(desk, visit)
    item_of(desk, pull["id"]).click()
    desk.get_by_text("Why has nobody got it?").click()
    give = desk.get_by_role("button", name=re.compile(f"^Give to {re.escape(names[lead])} "))
    give.click()
    told(desk, "More people do this job together")

    desk.get_by_label("Comes along").select_option(names[helper])
    give.click()
    told(desk, f"{names[lead]} + {names[helper]}")

    expect(bar_of(desk, pull["id"])).to_have_count(2)
    expect(row_of(desk, names[helper]).locator(f'[data-job="{pull["id"]}"]')).to_have_accessible_name(
        re.compile(f"together: {re.escape(names[lead])}, {re.escape(names[helper])}")
    )
    screens.check(desk, "dispatcher-crew")
    crew = visit.dispatcher.get(f"/api/v1/jobs/{pull['id']}")["crew"]
    assert [(one["technician_id"], one["leads"]) for one in crew] == [(lead, True), (helper, False)]
    desk.get_by_role("button", name="Undo").click()
    expect(bar_of(desk, pull["id"])).to_have_count(0)


def two_with_a_gap(scene: Scene, job: dict[str, Any]) -> tuple[str, str]:
    """A lead, and a helper who is free in the lead's first gap: tried, and taken back."""
    path = f"/api/v1/jobs/{job['id']}/assignment"
    found = scene.dispatcher.get(f"/api/v1/jobs/{job['id']}/obstacles", day=scene.facts["day"])["technicians"]
    able = [one for one in found if one["reason"] is None]
    for lead, helper in permutations(able, 2):
        crew = {"technician_id": lead["technician_id"], "helper_ids": [helper["technician_id"]]}
        with suppress(Refusal):
            scene.dispatcher.post(path, {**crew, "start": lead["start"]})
            scene.dispatcher.delete(path)
            return lead["technician_id"], helper["technician_id"]
    raise AssertionError("no two have time for it")


def test_a_colleagues_change_comes_with_a_name_and_a_lost_connection_heals_by_itself(
    desk: Page, visit: Scene, open_job: dict[str, Any], names: Names, screens: Screens
) -> None:
    screens.expect("Failed to load resource")
    log_in(desk, visit)
    gap = someone_with_a_gap(visit, visit.facts["day"], open_job)
    body = {"technician_id": gap["technician_id"], "start": gap["start"]}
    visit.supervisor.post(f"/api/v1/jobs/{open_job['id']}/assignment", body)
    told(desk, f": {open_job['number']} to {names[gap['technician_id']]} at")
    screens.check(desk, "dispatcher-colleague")
    bar_of(desk, open_job["id"]).click()
    expect(desk.get_by_role("region", name="Job")).to_contain_text("planned by")

    desk.context.set_offline(True)
    expect(desk.get_by_role("banner").get_by_role("status")).to_have_text("Offline", timeout=30_000)
    screens.check(desk, "dispatcher-offline")
    visit.supervisor.delete(f"/api/v1/jobs/{open_job['id']}/assignment")
    desk.context.set_offline(False)

    told(desk, f"{open_job['number']} back to the backlog")
    expect(bar_of(desk, open_job["id"])).to_have_count(0)
    expect(desk.get_by_role("banner").get_by_role("status")).to_have_text("Live")


def test_a_window_is_found_held_promised_and_called_off_while_the_customer_is_on_the_telephone(
    desk: Page, visit: Scene, open_job: dict[str, Any], screens: Screens
) -> None:
    log_in(desk, visit)
    quota = f"/api/v1/territories/{open_job['territory_id']}/booking-quotas/{open_job['work']}"
    visit.dispatcher.put(quota, {"daily_limit": 30})
    item_of(desk, open_job["id"]).click()
    panel = desk.get_by_role("region", name="Job")
    panel.get_by_text("Appointment", exact=True).click()
    expect(panel).to_contain_text("No window is promised.")
    expect(panel).to_contain_text("of 30 windows of this kind")

    panel.get_by_role("button", name="Which windows are there?").click()
    expect(panel.get_by_role("button", name=re.compile("^Hold: ")).first).to_be_visible()
    expect(panel.get_by_text(re.compile("^Closed: .")).first).to_be_visible()
    screens.check(desk, "dispatcher-booking")
    panel.get_by_role("button", name=re.compile("^Hold: ")).first.click()
    expect(panel).to_contain_text("Held until")
    panel.get_by_role("button", name="Promise it").click()
    told(desk, f"{open_job['number']} is promised")
    expect(bar_of(desk, open_job["id"])).to_have_accessible_name(re.compile("window"))

    panel.get_by_label("Why it is called off").fill("The customer travels.")
    panel.get_by_role("button", name="Call the appointment off").click()
    told(desk, "the job stays to be done")
    expect(item_of(desk, open_job["id"]).or_(desk.get_by_text("No window is promised.")).first).to_be_visible()
    assert standing(visit, open_job) is None
    visit.dispatcher.put(quota, {"daily_limit": None})
