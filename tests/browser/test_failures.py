"""What goes wrong on a phone or behind it: each time a screen tells the truth, and no work is lost that could be kept."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Page, Route, expect

from backend.demo.site import Site
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import add_note, enrol, go_to, stored, wait_until_kept

pytestmark = pytest.mark.browser

REFUSE_STORAGE = "indexedDB.open = () => { throw new DOMException('not here', 'SecurityError') }"
FULL = """() => {
  const put = IDBObjectStore.prototype.put
  IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError') }
  window.makeRoom = () => { IDBObjectStore.prototype.put = put }
}"""
EMPTY_STORAGE = """async () => {
  const names = (await indexedDB.databases()).map(one => one.name).filter(name => name !== 'truckroll session')
  await Promise.all(names.map(name => new Promise(done => { indexedDB.deleteDatabase(name).onsuccess = done })))
}"""
TWO_DAYS_FAST = """{
  const Real = Date, ahead_ms = 2 * 86400000
  Date = class extends Real {
    constructor(...words) { words.length ? super(...words) : super(Real.now() + ahead_ms) }
    static now() { return Real.now() + ahead_ms }
  }
}"""
HELD = """async () => {
  const [{ name }] = (await indexedDB.databases()).filter(one => one.name !== 'truckroll session')
  const database = await new Promise(done => { const ask = indexedDB.open(name); ask.onsuccess = () => done(ask.result) })
  const count = database.transaction('documents').objectStore('documents').count()
  return new Promise(done => { count.onsuccess = () => { database.close(); done(count.result) } })
}"""
LOG_IN_PAGE = "<html><body>Welcome to the guest network</body></html>"


def test_a_browser_that_keeps_nothing_is_told_of(phone: Page, site: Site, screens: Screens) -> None:
    phone.add_init_script(REFUSE_STORAGE)

    phone.goto("/technician/")

    expect(phone.get_by_role("heading", name="This browser keeps nothing")).to_be_visible()
    screens.check(phone, "technician-storage-refused")
    assert screens.small_targets(phone) == []


def test_a_full_phone_says_what_was_not_saved_and_keeps_what_was_typed(
    phone: Page, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    enrol(phone, spare_visit)
    go_to(phone, "place", spare_visit)
    before = phone.get_by_role("region", name="Here before")
    expect(before).to_be_visible()
    expect(before).not_to_contain_text("once this phone has asked")  # the last that it fetches and keeps by itself
    go_to(phone, "work", spare_visit)
    expect(phone.get_by_text("All sent")).to_be_visible()
    phone.context.set_offline(True)  # else the next pull would meet the full disk first
    phone.evaluate(FULL)

    add_note(phone, "Nearly lost.")

    expect(phone.get_by_role("heading", name="This phone is full")).to_be_visible()
    screens.check(phone, "technician-quota-full")
    phone.evaluate("window.makeRoom()")
    phone.get_by_role("button", name="Go on").click()
    phone.get_by_role("button", name="Add a note").click()
    phone.context.set_offline(False)
    query = "SELECT count(*) FROM job_note WHERE job_id = ? AND text = 'Nearly lost.'"
    spare_visit.until("the note is there, once", lambda: stored(site, query, spare_visit.ids["job"]) == [(1,)])


def test_a_phone_that_was_emptied_says_so_and_fetches_its_day_again(
    phone: Page, spare_visit: Scene, screens: Screens
) -> None:
    enrol(phone, spare_visit)
    expect(phone.get_by_text("All sent")).to_be_visible()
    phone.goto("/tracking/")  # of the same origin; the app itself would notice, and reload
    phone.evaluate(EMPTY_STORAGE)

    phone.goto("/technician/")

    expect(phone.get_by_role("heading", name="This phone’s storage was emptied")).to_be_visible()
    screens.check(phone, "technician-storage-lost")
    phone.get_by_role("button", name="Go on").click()
    expect(phone.locator(f'li a[href^="#/job/{spare_visit.ids["job"]}"]')).to_be_visible()
    phone.reload()
    expect(phone.get_by_role("heading", name="My day")).to_be_visible()
    expect(phone.get_by_text("storage was emptied")).to_have_count(0)


def test_a_clock_that_is_two_days_fast_is_told_and_corrected(
    phone: Page, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    phone.add_init_script(TWO_DAYS_FAST)
    enrol(phone, spare_visit)

    expect(phone.get_by_role("alert").filter(has_text="clock is 2 days fast")).to_be_visible()
    screens.check(phone, "technician-clock")
    go_to(phone, "work", spare_visit)
    add_note(phone, "By a wrong clock.")

    query = "SELECT occurred_at FROM job_note WHERE job_id = ? AND text = 'By a wrong clock.'"
    [(occurred_at,)] = spare_visit.until(
        "the note is there", lambda: stored(site, query, spare_visit.ids["job"]) or None
    )
    late = datetime.now(UTC) - datetime.fromisoformat(occurred_at).replace(tzinfo=UTC)
    assert abs(late) < timedelta(minutes=1)


def test_a_phone_that_has_to_log_in_again_keeps_its_work(
    phone: Page, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    screens.expect("status of 401")
    screens.expect("status of 403")
    enrol(phone, spare_visit)
    go_to(phone, "work", spare_visit)
    with closing(sqlite3.connect(site.home / "truckroll.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE device_token SET expires_at = '2020-01-01 00:00:00.000000'")

    add_note(phone, "After the token.")

    alert = phone.get_by_role("alert").filter(has_text="Log in again to send")
    expect(alert).to_be_visible()
    expect(phone.get_by_text("Saved here 1").or_(phone.get_by_text("Sending 1"))).to_be_visible()
    screens.check(phone, "technician-logged-out")
    alert.get_by_role("button", name="Enrol again").click()
    expect(phone.get_by_text("work is still kept on this phone")).to_be_visible()
    enrol(phone, spare_visit)
    query = "SELECT 1 FROM job_note WHERE job_id = ? AND text = 'After the token.'"
    spare_visit.until("the note has arrived", lambda: stored(site, query, spare_visit.ids["job"]))


def test_a_phone_that_was_ended_holds_no_customers_data(
    phone: Page, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    screens.expect("status of 403")
    screens.expect("status of 401")
    enrol(phone, spare_visit)
    assert phone.evaluate(HELD) > 0
    with closing(sqlite3.connect(f"file:{site.home / 'truckroll.db'}?mode=ro", uri=True)) as connection:
        [device] = connection.execute("SELECT id FROM device ORDER BY id DESC LIMIT 1").fetchone()

    spare_visit.supervisor.post(f"/api/v1/devices/{UUID(device)}/revocation", {})
    phone.reload()

    expect(phone.get_by_role("heading", name="This phone was ended")).to_be_visible()
    screens.check(phone, "technician-revoked")
    assert phone.evaluate(HELD) == 0
    phone.get_by_role("button", name="Go on").click()
    expect(phone.get_by_role("heading", name="Enrol this phone")).to_be_visible()


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (500, '{"code": "our_mistake"}', "The server has trouble"),
        (500, "no JSON", "The server has trouble"),
        (426, '{"code": "schema_too_old", "minimum": 2}', "too old to receive"),
        (200, LOG_IN_PAGE, "not the office’s server"),
        (200, "{}", "not the office’s server"),
    ],
)
def test_what_a_server_answers_wrongly_is_told(
    phone: Page, spare_visit: Scene, screens: Screens, status: int, body: str, told: str
) -> None:
    screens.expect(f"status of {status}")
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    phone.route("**/sync/v1/pull", lambda route: route.fulfill(status=status, body=body))
    phone.reload()

    expect(phone.get_by_role("alert").filter(has_text=told)).to_be_visible()
    screens.check(phone, f"technician-server-{status}-{len(body)}")
    phone.unroute("**/sync/v1/pull")
    phone.reload()
    expect(phone.get_by_text("All sent")).to_be_visible()
    expect(phone.get_by_role("alert")).to_have_count(0)


def test_a_server_that_was_restored_is_pulled_anew_without_a_word(
    phone: Page, spare_visit: Scene, screens: Screens
) -> None:
    screens.expect("status of 410")
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    refused: list[Route] = []

    def once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route)
            route.fulfill(status=410, content_type="application/json", body='{"code": "cursor_invalid"}')

    phone.route("**/sync/v1/pull", once)
    with phone.expect_response(lambda answer: answer.status == 410):
        phone.reload()

    expect(phone.get_by_text("All sent")).to_be_visible()
    expect(phone.locator(f'li a[href^="#/job/{spare_visit.ids["job"]}"]')).to_be_visible()
    expect(phone.get_by_role("alert")).to_have_count(0)
