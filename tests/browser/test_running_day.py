"""A day that is under way on the dispatcher's board: what is tried out, what goes wrong, what would have been better.

All of it happens on one page that stays open; each test leaves the day as it found it.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from backend.demo.site import Site
from backend.kernel.clock import SystemClock
from tests.browser.board import bar_of, item_of, row_of, told
from tests.browser.conftest import DESK, HERE, scene_of
from tests.browser.running import RunningDay, begin
from tests.browser.screens import Screens
from tests.browser.work import log_in

pytestmark = pytest.mark.browser

SEARCH_MS = 40_000
WAY = (10, 88, 166)  # a route that is looked at, in light: `map/style.ts`
AT_THREE = re.compile(r"^15:00–")
FEWER_DRIVES = {"name": "fewer_drives", "weights": {"travel": 10.0}}


@pytest.fixture(scope="module")
def running(site: Site) -> Iterator[RunningDay]:
    scene = scene_of(site, 0)
    yield begin(scene, SystemClock().now())
    scene.close()


@pytest.fixture(scope="module")
def watching() -> Screens:
    return Screens(HERE / "artefacts")


@pytest.fixture(scope="module")
def open_board(browser: Browser, site: Site, running: RunningDay, watching: Screens) -> Iterator[Page]:
    context = browser.new_context(
        base_url=site.url,
        timezone_id="America/New_York",
        locale="en-GB",
        viewport=ViewportSize(width=DESK["width"], height=DESK["height"]),
    )
    context.set_default_timeout(15_000)
    page = watching.watch(context.new_page())
    log_in(page, running.scene, "supervisor")
    yield page
    context.close()


@pytest.fixture
def desk(open_board: Page, watching: Screens) -> Iterator[Page]:
    """The page on which all tests of this file work."""
    yield open_board
    assert watching.complaints == []


@pytest.fixture
def screens(watching: Screens) -> Screens:
    return watching


def panel(desk: Page, name: str) -> Locator:
    return desk.get_by_role("region", name=name, exact=True)


def last_of(running: RunningDay, technician_id: str) -> dict[str, Any]:
    """The job that somebody does last."""
    own = [(start, job_id) for job_id, (who, start) in running.plan.items() if who == technician_id and start]
    return running.job(max(own)[1])


def test_the_map_shows_the_way_of_whoever_is_looked_at_and_where_everybody_is(
    desk: Page, running: RunningDay, screens: Screens
) -> None:
    busiest = running.busiest
    desk.get_by_role("button", name="Map").click()
    for name in running.names.values():
        expect(desk.get_by_role("img", name=f"{name} has not been seen yet: home", exact=True)).to_be_visible()

    def seen() -> int:
        with Image.open(BytesIO(desk.locator(".map").screenshot())) as picture:
            return sum(count for count, colour in picture.convert("RGB").getcolors(2**24) or [] if colour == WAY)

    expect(desk.locator(".map canvas")).to_be_visible()
    before = seen()
    bar_of(desk, last_of(running, busiest)["id"]).click()
    running.scene.until("the way is drawn", lambda: seen() > before + 300)
    screens.check(desk, "dispatcher-map")
    expect(desk.locator(".map .dot")).to_have_count(len(running.plan))
    desk.get_by_role("button", name="Map").click()
    desk.keyboard.press("Escape")


def test_what_is_tried_out_changes_nothing_until_it_is_taken_over(
    desk: Page, running: RunningDay, screens: Screens
) -> None:
    before, job = running.plan, last_of(running, running.busiest)
    bar, draft = bar_of(desk, job["id"]), desk.locator(".draft")
    desk.keyboard.press("w")
    move_right(desk, bar, steps=4)
    expect(draft).to_contain_text("1 move that only you see")
    screens.check(desk, "dispatcher-what-if")
    desk.get_by_role("button", name="Send the day").click()
    told(desk, "You are trying moves out")
    desk.keyboard.press("Control+z")
    expect(draft).to_contain_text("0 moves")
    assert running.plan == before

    move_right(desk, bar, steps=4)
    desk.keyboard.press("d")
    desk.keyboard.press("ArrowRight")
    expect(desk.locator(".hand")).to_contain_text("Fits")
    desk.keyboard.press("Enter")
    expect(draft).to_contain_text("1 move that only you see")
    assert running.plan == before
    desk.get_by_role("button", name="Take over").click()
    told(desk, f"{job['number']} takes {job['duration_seconds'] // 60 + 15} min")

    moved = running.job(job["id"])
    assert moved["duration_seconds"] == job["duration_seconds"] + 15 * 60
    assert moved["planned_start"] > job["planned_start"]
    for step in ("make longer or shorter", "move"):
        desk.get_by_role("button", name="Undo").click()
        told(desk, f"Undone: {step} {job['number']}")
    assert running.plan == before
    assert running.job(job["id"])["duration_seconds"] == job["duration_seconds"]


def test_what_is_tried_out_knows_what_was_tried_before(desk: Page, running: RunningDay, screens: Screens) -> None:
    before, technician = running.plan, running.busiest
    *_, (two, second), (three, third) = sorted(
        (start, id_) for id_, (who, start) in before.items() if who == technician
    )
    draft, hand = desk.locator(".draft"), desk.locator(".hand")
    four = str(datetime.fromisoformat(str(three)) + timedelta(hours=1))
    expect(bar_of(desk, third)).to_have_attribute("aria-label", AT_THREE)  # it has heard of what was undone
    desk.keyboard.press("w")
    move_right(desk, bar_of(desk, third), steps=4)

    take(desk, bar_of(desk, second), steps=8)
    expect(hand).to_contain_text("Lies on other work")
    assert refusals(running, second, technician, four) == []
    desk.keyboard.press("Enter")
    expect(draft).to_contain_text("2 moves do not fit")
    expect(draft).to_contain_text(
        f"{running.job(second)['number']}: Lies on other work ({running.job(third)['number']})"
    )
    screens.check(desk, "dispatcher-what-if-misfit")

    desk.keyboard.press("Control+z")
    expect(draft).to_contain_text(re.compile("1 move that only you see · (costs|saves)"))
    expect(draft).not_to_contain_text("fit")
    move_right(desk, bar_of(desk, second), steps=4)
    expect(draft).to_contain_text(re.compile("2 moves that only you see · (costs|saves)"))
    expect(draft).not_to_contain_text("fit")
    assert refusals(running, second, technician, str(three)) == ["technician_busy"]

    wanted = {"technician_id": technician, "start": two}
    running.scene.supervisor.post(f"/api/v1/jobs/{third}/assignment", wanted | {"start": four})
    expect(draft).to_contain_text("has moved it meanwhile: it stays there")
    desk.get_by_role("button", name=f"Leave {running.job(third)['number']} where it is").click()
    expect(draft).to_contain_text(re.compile("1 move that only you see · (costs|saves)"))
    desk.get_by_role("button", name="Throw away").click()
    running.scene.supervisor.post(f"/api/v1/jobs/{third}/assignment", wanted | {"start": three})
    assert running.plan == before


def test_two_moves_of_which_the_first_needs_what_the_second_frees_are_both_taken_over(
    desk: Page, running: RunningDay, screens: Screens
) -> None:
    screens.expect("409 (Conflict)")  # the first is refused until the second is done
    before, technician = running.plan, running.busiest
    *_, (_, second), (three, third) = sorted((start, id_) for id_, (who, start) in before.items() if who == technician)
    expect(bar_of(desk, third)).to_have_attribute("aria-label", AT_THREE)
    desk.keyboard.press("w")
    take(desk, bar_of(desk, second), steps=4)
    expect(desk.locator(".hand")).to_contain_text("Lies on other work")
    desk.keyboard.press("Enter")
    move_right(desk, bar_of(desk, third), steps=4)
    expect(desk.locator(".draft")).not_to_contain_text("fit")
    desk.get_by_role("button", name="Take over").click()
    running.scene.until("both are taken over", lambda: running.plan[second] == (technician, three))

    for _ in range(2):
        desk.get_by_role("button", name="Undo").click()
        told(desk, "Undone: move")
    assert running.plan == before


def refusals(running: RunningDay, job_id: str, technician_id: str, start: str) -> list[str]:
    """What a drop breaks on the day as it is."""
    body = {"technician_id": technician_id, "start": start}
    seen = running.scene.supervisor.post(f"/api/v1/jobs/{job_id}/drop-preview", body)
    return [one["code"] for one in seen["violations"]]


def take(desk: Page, bar: Locator, *, steps: int) -> None:
    """Take a job into the hand by keys, and hold it so many quarters of an hour later."""
    bar.focus()
    desk.keyboard.press("m")
    for _ in range(steps):
        desk.keyboard.press("ArrowRight")


def move_right(desk: Page, bar: Locator, *, steps: int) -> None:
    """Take a job into the hand by keys, and put it down so many quarters of an hour later."""
    take(desk, bar, steps=steps)
    expect(desk.locator(".hand")).to_contain_text("Fits")
    desk.keyboard.press("Enter")
    expect(bar).to_be_focused()


def test_a_job_is_done_in_two_visits_and_then_in_one_again(desk: Page, running: RunningDay, screens: Screens) -> None:
    job = running.place("UPGRADE-CPE", 0)
    known = set(running.plan)
    item_of(desk, job["id"]).click()
    panel(desk, "Job").get_by_text("In two visits…").click()
    desk.get_by_label("Minutes left to the second visit").fill("15")
    screens.check(desk, "dispatcher-split")
    panel(desk, "Job").get_by_role("button", name="Split").click()
    told(desk, f"{job['number']} is done in two visits")

    [second] = set(running.plan) - known
    assert running.job(second)["duration_seconds"] == 15 * 60
    assert running.job(job["id"])["duration_seconds"] == job["duration_seconds"] - 15 * 60
    assert running.scene.supervisor.get(f"/api/v1/jobs/{second}/waits")["waits_for"] == [job["id"]]
    desk.get_by_role("button", name="Backlog").click()
    expect(item_of(desk, second)).to_be_visible()
    desk.get_by_role("button", name="Undo").click()
    told(desk, f"Undone: split {job['number']}")
    expect(item_of(desk, second)).to_have_count(0)
    assert running.job(job["id"])["duration_seconds"] == job["duration_seconds"]
    running.scene.supervisor.post(f"/api/v1/jobs/{job['id']}/cancellation", {"reason": "The customer has done it."})
    expect(item_of(desk, job["id"])).to_have_count(0)


def test_the_repair_of_a_day_without_somebody_is_shown_applied_and_taken_back(
    desk: Page, running: RunningDay, screens: Screens
) -> None:
    before, out = running.plan, running.busiest
    name = running.names[out]
    row = row_of(desk, name)
    count = row.locator("[data-job]").count()
    row.get_by_role("rowheader").hover()
    row.get_by_role("button", name=f"{name} is out for the rest of the day").click()
    plan = panel(desk, "Plan")
    expect(plan.get_by_role("heading", name="Repair")).to_be_visible()
    expect(plan).to_contain_text(f"{name} is out for the rest of the day")
    apply = plan.get_by_role("button", name="It is so: apply the repair")
    expect(apply).to_be_visible(timeout=SEARCH_MS)
    screens.check(desk, "dispatcher-repair")
    assert running.plan == before
    expect(row.locator("[data-job]")).to_have_count(count)

    apply.click()
    expect(plan).to_contain_text("The plan is applied.")
    expect(row.locator("[data-job]")).to_have_count(0)
    assert out not in {technician for technician, _ in running.plan.values()}

    plan.get_by_role("button", name="Take back").click()
    expect(plan).to_contain_text("Taken back.")
    expect(row.locator("[data-job]")).to_have_count(count)
    assert running.plan == before
    plan.get_by_role("button", name="OK", exact=True).click()


def test_two_policies_are_held_against_each_other_on_a_day_that_is_over(
    desk: Page, running: RunningDay, screens: Screens
) -> None:
    before, day, supervisor = running.plan, running.yesterday(), running.scene.supervisor
    supervisor.post("/api/v1/planning-policies", FEWER_DRIVES)
    desk.get_by_role("button", name="Day before").click()
    desk.get_by_role("banner").get_by_role("button", name="Plan").click()
    plan = panel(desk, "Plan")
    plan.get_by_text("Compare policies on this day").click()
    plan.get_by_label("Policy 1").select_option("standard")
    plan.get_by_label("Policy 2").select_option(FEWER_DRIVES["name"])
    plan.get_by_role("button", name="Compare").click()
    expect(plan).to_contain_text("Planning the day again")
    expect(desk.get_by_role("button", name="Undo")).to_be_enabled()  # work by hand goes on meanwhile

    table = plan.get_by_role("table")
    expect(table.get_by_role("columnheader")).to_have_text(
        ["That morning", "standard", str(FEWER_DRIVES["name"])], timeout=SEARCH_MS
    )
    screens.check(desk, "dispatcher-compare")
    kept = supervisor.get("/api/v1/optimisation-runs", territory_id=running.territory_id, day=day)["items"]
    assert [(run["state"], run["replays"]) for run in kept] == [("proposed", True)] * 2
    served = {run["policy_name"]: supervisor.get(f"/api/v1/optimisation-runs/{run['id']}") for run in kept}
    expected = [str(served[name]["figures_after"]["served"]) for name in ("standard", "fewer_drives")]
    cells = table.get_by_role("row", name=re.compile("^Jobs served")).get_by_role("cell")
    expect(cells).to_have_text(["0", *expected])
    assert expected[0] == str(len(before))
    assert running.plan == before
    desk.get_by_role("button", name="Today").click()
    expect(bar_of(desk, next(iter(before)))).to_be_visible()


def test_why_somebody_does_not_fit_at_a_time_is_asked_by_keys_and_answered_with_what_it_would_cost(
    desk: Page, running: RunningDay, screens: Screens
) -> None:
    job = running.place("UPGRADE-CPE", 1)
    technician = running.busiest
    desk.get_by_role("button", name="Backlog").click()
    item_of(desk, job["id"]).focus()
    desk.keyboard.press("Enter")
    job_panel = panel(desk, "Job")
    job_panel.get_by_text("Why has nobody got it?").click()
    job_panel.get_by_label("Why not …, at …?").select_option(running.names[technician])
    time = job_panel.get_by_label("At", exact=True)
    busy = last_of(running, technician)
    time.fill("15:00")
    time.press("Enter")
    expect(job_panel).to_contain_text(f"{running.names[technician]} at 15:00: Breaks a rule")
    expect(job_panel.get_by_text(f"Lies on other work ({busy['number']})")).to_be_visible()
    time.fill("17:45")
    time.press("Enter")
    expect(job_panel.get_by_text("Ends after the shift")).to_be_visible()
    screens.check(desk, "dispatcher-why-not")
    assert running.plan[job["id"]] == (None, None)

    time.fill("16:30")
    expect(job_panel.get_by_text("Breaks a rule")).to_have_count(0)
    time.press("Enter")
    expect(job_panel).to_contain_text(re.compile(r"at 16:30: Fits · (costs|saves)"))
    job_panel.get_by_role("button", name=f"Give to {running.names[technician]} at 16:30").press("Enter")
    told(desk, f"{job['number']}: {running.names[technician]} at 16:30")
    assert running.plan[job["id"]][0] == technician
    desk.get_by_role("button", name="Undo").click()
    expect(bar_of(desk, job["id"])).to_have_count(0)
    running.scene.supervisor.post(f"/api/v1/jobs/{job['id']}/cancellation", {"reason": "The customer has done it."})
    desk.keyboard.press("Escape")


def test_an_emergency_is_made_on_the_board_and_what_it_displaces_is_shown_before_anything_happens(
    desk: Page, running: RunningDay, screens: Screens
) -> None:
    before = running.plan
    desk.get_by_role("banner").get_by_role("button", name="Emergency").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog.get_by_label("Where")).to_be_focused()
    dialog.get_by_label("Work").select_option("Repair a fibre connection")
    dialog.get_by_label("Where").fill("virta kalevan")
    expect(dialog.get_by_role("radio")).to_be_checked()  # the only one that it can be
    dialog.get_by_label("Ticket").fill("T-112")
    screens.check(desk, "dispatcher-emergency")
    dialog.get_by_role("button", name="Show who could go").click()

    plan = panel(desk, "Plan")
    apply = plan.get_by_role("button", name="It is so: apply the repair")
    expect(apply).to_be_visible(timeout=SEARCH_MS)
    [made] = running.plan.keys() - before.keys()
    job = running.job(made)
    assert (job["work"]["code"], job["technician_id"]) == ("REPAIR-FTTP", None)
    assert {job_id: place for job_id, place in running.plan.items() if job_id != made} == before
    expect(plan).to_contain_text(f"{job['number']} is an emergency")
    expect(plan.get_by_role("listitem").filter(has_text=job["work"]["name"])).to_contain_text("from the backlog")

    apply.click()
    expect(plan).to_contain_text("The plan is applied.")
    expect(bar_of(desk, made)).to_be_visible()
    technician, start = running.plan[made]
    assert technician in running.names
    assert start is not None
    assert start < min(other for _, other in before.values() if other)  # nothing else is done sooner
    plan.get_by_role("button", name="Take back").click()
    expect(plan).to_contain_text("Taken back.")
    assert running.plan == {**before, made: (None, None)}
    plan.get_by_role("button", name="OK", exact=True).click()
    running.scene.supervisor.post(f"/api/v1/jobs/{made}/cancellation", {"reason": "It was another house."})
