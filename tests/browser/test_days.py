"""Days of every size, by every hand: none and forty jobs, a job done by keys alone, work that leaves by a file."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect
from typer.testing import CliRunner

from backend.bench.web import phone as phones
from backend.demo.site import Site
from backend.demo.story import onsite
from backend.demo.story.scene import Scene
from clients.device import cli
from tests.browser.screens import Screens
from tests.browser.work import (
    add_note,
    another_job,
    card_of,
    enrol,
    enrolment_code,
    go_to,
    sign,
    stored,
    wait_until_kept,
)

pytestmark = pytest.mark.browser

FORTY = 40
MOST_TABS = 60  # whoever needs more to get anywhere on a screen is lost


def test_a_day_without_jobs_says_what_will_come(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    jobs = spare_visit.supervisor.get("/api/v1/jobs", page_size=200)["items"]
    busy = {job["technician_id"] for job in jobs if job["assignment"] in ("dispatched", "acknowledged")}
    users = spare_visit.supervisor.get("/api/v1/users")
    idle = next(one["technician_id"] for one in users if one["technician_id"] and one["technician_id"] not in busy)

    phone.goto(f"/technician/#code={enrolment_code(spare_visit, idle)}")
    phone.get_by_role("button", name="Enrol this phone").click()

    expect(phone.get_by_role("heading", name="No jobs on your phone")).to_be_visible()
    screens.check(phone, "technician-day-empty")
    assert screens.small_targets(phone) == []


def test_a_day_of_forty_jobs_is_whole_without_a_network(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    phones.fill(phone, jobs=FORTY, photos=0)

    phone.reload()

    expect(phone.locator("main ol > li")).to_have_count(FORTY)
    expect(phone.get_by_text(f"of {FORTY} done")).to_be_visible()
    screens.check(phone, "technician-day-forty")
    last = phone.locator("main ol > li").last
    last.get_by_role("link").click()
    expect(phone.get_by_role("navigation", name="Pages of this job")).to_be_visible()


def test_distances_are_in_the_units_that_were_chosen(phone: Page, spare_visit: Scene, screens: Screens) -> None:
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    phones.fill(phone, jobs=2, photos=0)
    phone.reload()
    drives = phone.locator("main ol").get_by_text("min to drive")
    expect(drives.first).to_have_text(re.compile(r"min to drive, [\d.]+\s(m|km)$"))
    go_to(phone, "phone")

    phone.get_by_role("group", name="Distances").get_by_role("button", name="Miles").click()

    go_to(phone, "day")
    expect(drives.first).to_have_text(re.compile(r"min to drive, [\d.]+\s(ft|mi)$"))


def test_a_job_is_done_by_keys_alone(phone: Page, spare_visit: Scene, site: Site, screens: Screens) -> None:
    job = another_job(spare_visit)
    enrol(phone, spare_visit)
    keys_to(phone, phone.locator(f'main a[href="#/job/{job}"]').last)
    phone.keyboard.press("Enter")
    big = phone.locator(".bar .big")

    for step in ("Acknowledge", "On my way", "Arrived"):
        keys_to(phone, big.filter(has_text=step))
        phone.keyboard.press("Enter")
        expect(big.filter(has_text=step)).to_have_count(0)
    for hazard in phone.locator("#hazards").get_by_role("button").all()[::-1]:
        keys_to(phone, hazard)
        phone.keyboard.press("Enter")
    keys_to(phone, big.filter(has_text="Start work"))
    phone.keyboard.press("Enter")
    keys_to(phone, phone.get_by_label("Optical level at the wall"))
    phone.keyboard.type("-18.5")
    sign(phone)  # the customer's hand: what depends on the path needs no keys (WCAG 2.1.1)
    keys_to(phone, big.filter(has_text="Complete"))
    phone.keyboard.press("Enter")

    expect(phone.locator("main header").get_by_text("Completed")).to_be_visible()
    keys_to(phone, phone.get_by_role("button", name="Send now"))
    phone.keyboard.press("Enter")
    query = "SELECT state, outcome FROM job WHERE id = ?"
    spare_visit.until("the job is done", lambda: stored(site, query, job) == [("completed", "full")])


def test_what_the_office_took_and_gave_meanwhile_is_known_once_there_is_a_network(
    phone: Page, spare_visit: Scene, screens: Screens
) -> None:
    screens.expect("status of 404")  # it may ask what was there before, until it hears that the job is gone
    taken = another_job(spare_visit)
    enrol(phone, spare_visit)
    jobs = phone.locator("main ol")
    expect(jobs.locator(f'a[href^="#/job/{taken}"]').first).to_be_visible()
    phone.context.set_offline(True)

    spare_visit.dispatcher.delete(f"/api/v1/jobs/{taken}/assignment")
    given = another_job(spare_visit)
    phone.reload()
    expect(jobs.locator(f'a[href^="#/job/{taken}"]').first).to_be_visible()  # nobody could say otherwise
    phone.context.set_offline(False)

    expect(jobs.locator(f'a[href^="#/job/{given}"]').first).to_be_visible()
    expect(jobs.locator(f'a[href^="#/job/{taken}"]')).to_have_count(0)
    expect(card_of(phone, spare_visit).first).to_be_visible()
    changed = phone.get_by_role("region", name="Changed since you last looked")
    expect(changed).to_contain_text("Taken from you: someone else does it, or it is planned anew")
    screens.check(phone, "technician-day-changed")


def test_work_leaves_a_phone_by_a_file_and_counts_once(
    phone: Page, spare_visit: Scene, site: Site, tmp_path: Path, screens: Screens
) -> None:
    enrol(phone, spare_visit)
    go_to(phone, "work", spare_visit)
    expect(phone.get_by_text("All sent")).to_be_visible()
    phone.context.set_offline(True)
    add_note(phone, "By a file.")
    expect(phone.get_by_text("Saved here 1")).to_be_visible()
    go_to(phone, "sync")
    with phone.expect_download() as saving:
        phone.get_by_role("button", name="Save to a file").click()
    file = tmp_path / "outbox.json"
    saving.value.save_as(file)
    other = onsite.enrol(spare_visit, spare_visit.ids["technician"])

    told = CliRunner().invoke(cli.app, ["--store", str(other.file), "import", str(file)])
    other.device.push()
    other.close()

    waiting = [entry for entry in json.loads(file.read_text())["entries"] if entry["state"] == "queued"]
    assert len(waiting) == 1
    assert told.exit_code == 0, told.output
    query = "SELECT count(*) FROM job_note WHERE job_id = ? AND text = 'By a file.'"
    assert stored(site, query, spare_visit.ids["job"]) == [(1,)]
    phone.context.set_offline(False)
    expect(phone.get_by_text("All sent")).to_be_visible()
    assert stored(site, query, spare_visit.ids["job"]) == [(1,)]


def keys_to(phone: Page, target: Locator) -> None:
    """Go on by the tab key until the target has the focus, as somebody without a pointer does."""
    expect(target).to_be_visible()
    for _ in range(MOST_TABS):
        if target.evaluate("element => element === document.activeElement"):
            return
        phone.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} tabs do not lead to {target}")
