"""A technician's phone under measurement: a slow processor, a full store, and the time until something is on its screen."""

from typing import TYPE_CHECKING

from backend.demo.story.scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page

SLOWED = 4  # as Lighthouse takes a mid-range phone
PHOTO_BYTES = 250_000
THUMBNAIL_BYTES = 9_000

PULLED = """async () => {
  const database = await new Promise(done => {
    const ask = indexedDB.open('truckroll session')
    ask.onsuccess = () => done(ask.result)
  })
  const { tokens } = await new Promise(done => {
    const ask = database.transaction('identities').objectStore('identities').get('device')
    ask.onsuccess = () => done(ask.result)
  })
  database.close()
  const headers = { authorization: `Bearer ${tokens.access_token}`, 'content-type': 'application/json' }
  const body = JSON.stringify({ outbox: tokens.outbox_id, device: tokens.device_id, schema: 1 })
  const { patch } = await (await fetch('/sync/v1/pull', { method: 'POST', headers, body })).json()
  const jobs = patch.filter(one => one.op === 'put' && one.kind === 'job')
  return jobs.map(({ kind, id, version, doc, scope }) => ({ kind, id, version, doc, scopes: [scope], stale: [] }))
}"""
"""What the server has for this phone: what the phone keeps of it is sealed."""

FILL = """async ({ held, jobs, photos, photoBytes, thumbnailBytes }) => {
  const [{ name }] = (await indexedDB.databases()).filter(one => one.name !== 'truckroll session')
  const database = await new Promise(done => { const ask = indexedDB.open(name); ask.onsuccess = () => done(ask.result) })
  const work = database.transaction(['documents', 'files'], 'readwrite')
  const documents = work.objectStore('documents'), files = work.objectStore('files')
  const perJob = Math.ceil(photos / jobs)
  for (let index = 0; index < jobs; index++) {
    const pattern = held[index % held.length], id = index < held.length ? pattern.id : crypto.randomUUID()
    const taken = Array.from({ length: perJob }, () => crypto.randomUUID().replaceAll('-', '').padEnd(64, '0'))
    const doc = { ...pattern.doc, id, photos: taken.map(sha256 => ({ sha256, media_type: 'image/jpeg', bytes: photoBytes })) }
    documents.put({ ...pattern, id, name: `job/${id}`, doc })
    for (const sha256 of taken) {
      const body = new ArrayBuffer(photoBytes), thumbnail = new ArrayBuffer(thumbnailBytes)
      files.put({ sha256, media_type: 'image/jpeg', body, thumbnail, state: 'sent' })
    }
  }
  await new Promise((done, failed) => { work.oncomplete = done; work.onerror = failed })
  database.close()
}"""


def enrol(page: "Page", scene: Scene) -> None:
    """Make this browser the phone of the scene's technician, with everything that the app needs without a network."""
    users = scene.supervisor.get("/api/v1/users")
    user = next(user for user in users if user["technician_id"] == scene.ids["technician"])
    code = scene.supervisor.post(f"/api/v1/users/{user['id']}/enrolment-codes")["code"]
    page.goto(f"{scene.url}/technician/#code={code}")
    page.locator("form button").click()
    page.locator(f'li a[href^="#/job/{scene.ids["job"]}"]').wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    page.reload()
    page.locator(f'li a[href^="#/job/{scene.ids["job"]}"]').wait_for()


def fill(page: "Page", *, jobs: int, photos: int) -> None:
    """Lay so many jobs and photos into the phone's store, like those that it holds. It stays without a network."""
    page.evaluate("location.hash = '#/'")  # the day: it is reloaded later
    held = page.evaluate(PULLED)
    page.context.set_offline(True)
    sizes = {"photoBytes": PHOTO_BYTES, "thumbnailBytes": THUMBNAIL_BYTES}
    page.evaluate(FILL, {"held": held, "jobs": jobs, "photos": photos, **sizes})
    page.reload()  # laid there as older versions kept it, it is sealed now
    page.locator("main ol > li").nth(jobs - 1).wait_for()


def offline_reload_ms(page: "Page", jobs: int) -> float:
    """From the start of the navigation until every job of the day is drawn, without a network."""
    _slow(page, SLOWED)
    drawn = f"() => document.querySelectorAll('main ol > li').length >= {jobs} && performance.now()"
    page.goto("about:blank")
    page.go_back(wait_until="commit")
    taken_ms = page.wait_for_function(drawn, polling="raf").json_value()
    _slow(page, 1)
    return taken_ms


def scan_ms(page: "Page", scene: Scene, serial: str) -> float:
    """From the tap on "Scan" until the serial number is in its field, the reader not yet loaded."""
    page.goto(f"{scene.url}/technician/#/job/{scene.ids['job']}/capture")
    page.reload()
    button = page.get_by_role("button", name="Scan")
    button.wait_for()
    _slow(page, SLOWED)
    began = page.evaluate("performance.now()")
    button.click()
    read = f"() => document.getElementById('serial')?.value === '{serial}' && performance.now()"
    taken_ms = page.wait_for_function(read, polling="raf").json_value() - began
    _slow(page, 1)
    return taken_ms


def _slow(page: "Page", times: int) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": times})
