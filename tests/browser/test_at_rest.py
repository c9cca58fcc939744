"""Customers' data on a phone that somebody else picked up: not readable in its storage, and never at the price of work."""

import pytest
from playwright.sync_api import Page, expect

from backend.bench.web import phone as phones
from backend.demo.site import Site
from backend.demo.story.scene import Scene
from tests.browser.screens import Screens
from tests.browser.work import add_note, card_of, enrol, go_to, stored, wait_until_kept

pytestmark = pytest.mark.browser

KEPT = """async () => {
  const [{ name }] = (await indexedDB.databases()).filter(one => one.name !== 'truckroll session')
  const database = await new Promise(done => { const ask = indexedDB.open(name); ask.onsuccess = () => done(ask.result) })
  const all = store => new Promise(done => {
    const ask = database.transaction(store).objectStore(store).getAll()
    ask.onsuccess = () => done(ask.result)
  })
  const readable = (_, value) =>
    value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : ArrayBuffer.isView(value) ? String(value) : value
  const text = JSON.stringify([await all('documents'), await all('notes')], readable)
  database.close()
  return text
}"""
"""All that the phone keeps of customers, as somebody reads it who has the storage in hand."""


def test_nothing_of_a_customer_is_readable_in_the_phones_storage(phone: Page, spare_visit: Scene) -> None:
    enrol(phone, spare_visit)
    expect(phone.get_by_text("All sent")).to_be_visible()
    [job] = [one for one in phone.evaluate(phones.PULLED) if one["id"] == spare_visit.ids["job"]]

    kept = phone.evaluate(KEPT)

    assert f"job/{job['id']}" in kept, "the documents are there"
    for told in (job["doc"]["customer"]["name"], job["doc"]["customer"]["phone"], job["doc"]["premises"]["street"]):
        assert told
        assert told not in kept


def test_what_an_older_version_kept_readable_is_sealed_and_nothing_is_lost(
    phone: Page, spare_visit: Scene, site: Site, screens: Screens
) -> None:
    screens.expect("net::ERR_FAILED")
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    go_to(phone, "work", spare_visit)
    phone.context.set_offline(True)
    add_note(phone, "Before the update.")
    expect(phone.get_by_text("Saved here 1")).to_be_visible()
    phone.route("**/sync/v1/push", lambda route: route.abort())
    phone.context.set_offline(False)

    phones.fill(phone, jobs=3, photos=0)

    [job] = [one for one in phone.evaluate(KEPT).split('"name":"job/') if one.startswith(spare_visit.ids["job"])]
    assert "sealedIv" in job
    expect(card_of(phone, spare_visit)).to_be_visible()
    expect(phone.get_by_text("Saved here 1").or_(phone.get_by_text("Sending 1"))).to_be_visible()
    phone.unroute("**/sync/v1/push")
    phone.context.set_offline(False)
    query = "SELECT count(*) FROM job_note WHERE job_id = ? AND text = 'Before the update.'"
    spare_visit.until("the note is there", lambda: stored(site, query, spare_visit.ids["job"]) == [(1,)])


def test_work_outlives_a_forgotten_pin(phone: Page, spare_visit: Scene, site: Site, screens: Screens) -> None:
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    go_to(phone, "phone")
    phone.get_by_label("New PIN").fill("2468")
    phone.get_by_role("button", name="Set a PIN").click()
    expect(phone.get_by_role("button", name="Take the PIN away")).to_be_visible()
    phone.context.set_offline(True)
    phone.reload()
    phone.get_by_label("PIN").fill("2468")
    phone.get_by_role("button", name="Open").click()
    go_to(phone, "day")
    expect(card_of(phone, spare_visit)).to_be_visible()
    go_to(phone, "work", spare_visit)
    add_note(phone, "Behind a PIN.")
    expect(phone.get_by_text("Saved here 1")).to_be_visible()
    phone.reload()

    phone.get_by_role("button", name="Forgotten? Enrol again").click()
    expect(phone.get_by_text("work is still kept on this phone")).to_be_visible()
    phone.context.set_offline(False)
    enrol(phone, spare_visit)

    expect(phone.get_by_text("All sent")).to_be_visible()
    query = "SELECT count(*) FROM job_note WHERE job_id = ? AND text = 'Behind a PIN.'"
    assert stored(site, query, spare_visit.ids["job"]) == [(1,)]
