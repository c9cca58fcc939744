"""Phones and customers' browsers are notified: asked for by a button, and done without where it cannot be."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from backend.demo.story import onsite
from backend.demo.story.scene import Scene
from sync.operations import Acknowledge, EnRoute
from tests.browser.screens import Screens
from tests.browser.test_tracking import open_link, prove
from tests.browser.work import another_job, enrol, go_to, wait_until_kept
from tests.factories.push_service import PushService, push_service

pytestmark = pytest.mark.browser

# A browser without a vendor's push service: everything of it but that service is real.
SUBSCRIBES = """given => {
  const bytes = text => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), one => one.charCodeAt(0))
  const subscription = key => ({
    endpoint: given.endpoint,
    options: { applicationServerKey: bytes(key).buffer },
    toJSON: () => ({ endpoint: given.endpoint, keys: { p256dh: given.p256dh, auth: given.auth } }),
    unsubscribe: async () => { localStorage.removeItem('test push'); return true },
  })
  const present = () => localStorage.getItem('test push')
  PushManager.prototype.getSubscription = async () => present() && subscription(present())
  PushManager.prototype.subscribe = async ({ applicationServerKey: key }) => {
    localStorage.setItem('test push', key)
    return subscription(key)
  }
}"""
NO_SERVICE = "PushManager.prototype.subscribe = async () => { throw new DOMException('none', 'AbortError') }"
SHOWN = """async scope => {
  const worker = await navigator.serviceWorker.getRegistration(scope)
  return (await worker.getNotifications()).map(({ title, body, data }) => ({ title, body, data }))
}"""


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as listening:
        yield listening


def test_a_change_of_the_day_is_notified_while_the_app_is_closed(
    phone: Page, spare_visit: Scene, service: PushService, screens: Screens
) -> None:
    reach_by(phone, service)
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    go_to(phone, "phone")
    phone.get_by_role("button", name="Notify me", exact=True).click()
    expect(phone.get_by_text("This phone is notified.")).to_be_visible()
    screens.check(phone, "technician-notified")
    assert screens.small_targets(phone) == []
    deliver = worker_of(phone)
    phone.goto("/tracking/")  # of the same origin: nobody looks at the app any more

    job = another_job(spare_visit)
    [poke] = spare_visit.until("the phone is poked", lambda: [one.message for one in service.taken] or None)
    deliver(poke)
    deliver(poke)  # a push service may bring it twice

    assert poke == {"id": poke["id"], "count": 1, "job": job}
    [shown] = spare_visit.until(
        "the service worker has shown it", lambda: phone.evaluate(SHOWN, "/technician/") or None
    )
    assert (shown["title"], shown["body"]) == ("Your day has changed", "One job came, moved or left.")
    assert shown["data"]["job"] == job
    phone.goto("/technician/#/phone")
    phone.get_by_role("button", name="Notify me no more").click()
    expect(phone.get_by_role("button", name="Notify me", exact=True)).to_be_visible()


def test_a_phone_without_a_push_service_hears_of_changes_while_it_is_open(
    phone: Page, spare_visit: Scene, screens: Screens
) -> None:
    phone.context.add_init_script(NO_SERVICE)
    phone.context.grant_permissions(["notifications"])
    enrol(phone, spare_visit)
    wait_until_kept(phone)
    go_to(phone, "phone")

    phone.get_by_role("button", name="Notify me", exact=True).click()

    expect(phone.get_by_text("This browser reaches no push service.")).to_be_visible()
    expect(phone.get_by_text("While the app is open, it hears of changes at once")).to_be_visible()
    screens.check(phone, "technician-no-push-service")


def test_a_customer_is_notified_in_the_browser_that_asked_for_it(
    sofa: Page, notified_visit: Scene, service: PushService, screens: Screens
) -> None:
    reach_by(sofa, service)
    open_link(sofa, notified_visit)
    expect(sofa.get_by_role("heading", name="Is it you?")).to_be_visible()
    expect(sofa.get_by_role("button", name="Tell me in this browser")).to_have_count(0)
    prove(sofa)
    sofa.get_by_role("button", name="Tell me in this browser").click()
    expect(sofa.get_by_text("This browser tells you what happens.")).to_be_visible()
    screens.check(sofa, "tracking-notified")
    assert screens.small_targets(sofa) == []
    deliver = worker_of(sofa)
    sofa.goto("/dispatcher/")  # nobody looks at the page any more

    onsite.enrol(notified_visit, notified_visit.ids["technician"])
    onsite.work(notified_visit, Acknowledge(), EnRoute())
    onsite.reconnect(notified_visit)
    [told] = notified_visit.until("the browser is told", lambda: [one.message for one in service.taken] or None)
    deliver(told)
    deliver(told)  # a push service may bring it twice

    [shown] = notified_visit.until(
        "the service worker has shown it", lambda: sofa.evaluate(SHOWN, "/tracking/") or None
    )
    assert shown["body"].startswith("Your technician is on the way.")
    assert shown["data"]["page"] != f"#{notified_visit.facts['link']}", "each message has a link of its own"
    sofa.goto(f"/tracking/{shown['data']['page']}")
    expect(sofa.get_by_role("heading", level=1)).to_contain_text("is on the way")
    prove(sofa)
    sofa.get_by_role("button", name="Not any more").click()
    expect(sofa.get_by_role("button", name="Tell me in this browser")).to_be_visible()


def test_a_customer_without_a_push_service_is_told_how_else(
    sofa: Page, notified_visit: Scene, screens: Screens
) -> None:
    sofa.context.add_init_script(NO_SERVICE)
    sofa.context.grant_permissions(["notifications"])
    open_link(sofa, notified_visit)
    prove(sofa)

    sofa.get_by_role("button", name="Tell me in this browser").click()

    expect(sofa.get_by_text("This browser reaches no push service.")).to_be_visible()
    screens.check(sofa, "tracking-no-push-service")


def reach_by(page: Page, service: PushService) -> None:
    """The page's browser is reached by this push service, and may show what comes."""
    page.context.add_init_script(f"({SUBSCRIBES})({json.dumps(service.subscription)})")
    page.context.grant_permissions(["notifications"])


def worker_of(page: Page) -> Any:
    """How a message gets to the app's service worker, as a push service's messages do."""
    session = page.context.new_cdp_session(page)
    found: list[str] = []

    def note(event: Any) -> None:
        found.extend(one["registrationId"] for one in event["registrations"] if not one["isDeleted"])

    session.on("ServiceWorker.workerRegistrationUpdated", note)
    session.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => null)")
    origin = page.evaluate("location.origin")

    def deliver(message: Any) -> None:
        told = {"origin": origin, "registrationId": found[-1], "data": json.dumps(message)}
        session.send("ServiceWorker.deliverPushMessage", told)

    return deliver
