"""What people do on the pages, in their own words."""

import json
import re
import sqlite3
import struct
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, expect

from backend.demo.people import PASSWORD
from backend.demo.site import Site
from backend.demo.story.scene import Scene

PLACE = b"60.1719N 24.9414E"
DRAWN_JPEG = """() => {
  const canvas = document.createElement('canvas')
  canvas.width = 2000
  canvas.height = 1500
  const pen = canvas.getContext('2d')
  for (let index = 0; index < 4000; index++) {
    pen.fillStyle = `hsl(${(index * 47) % 360} 70% ${30 + (index % 50)}%)`
    pen.fillRect((index * 97) % 2000, (index * 61) % 1500, 60, 40)
  }
  return canvas.toDataURL('image/jpeg', 0.95)
}"""
ROUTES = Path(__file__).parents[2] / "clients/web/technician/src/routes.json"


def enrolment_code(scene: Scene, technician_id: str = "") -> str:
    """A code for this technician, else for the one of the visit."""
    users = scene.supervisor.get("/api/v1/users")
    user = next(user for user in users if user["technician_id"] == (technician_id or scene.ids["technician"]))
    return scene.supervisor.post(f"/api/v1/users/{user['id']}/enrolment-codes")["code"]


def another_job(scene: Scene) -> str:
    """The office sends the visit's technician one more job of that day, at the same premises; its id."""
    day, technician = scene.facts["day"], scene.ids["technician"]
    ticket = {"cause": "trouble", "work": "REPAIR-FTTP", "external_reference": "T-1"}
    job = scene.supervisor.post("/api/v1/work-orders", ticket | {"premises_id": scene.ids["premises"]})["jobs"][0]["id"]
    found = scene.dispatcher.get(f"/api/v1/jobs/{job}/obstacles", day=day)["technicians"]
    start = next(one["start"] for one in found if one["technician_id"] == technician and one["reason"] is None)
    scene.dispatcher.post(f"/api/v1/jobs/{job}/assignment", {"technician_id": technician, "start": start})
    scene.dispatcher.post(f"/api/v1/territories/{scene.ids['territory']}/days/{day}/dispatch")
    return job


def enrol(phone: Page, scene: Scene) -> None:
    """Open the technician's page with a fresh code and wait for the day."""
    phone.goto(f"/technician/#code={enrolment_code(scene)}")
    phone.get_by_role("button", name="Enrol this phone").click()
    expect(phone.get_by_role("heading", name="My day")).to_be_visible()
    expect(card_of(phone, scene)).to_be_visible()


def card_of(phone: Page, scene: Scene) -> Any:
    """The visit's card among the jobs of its day, whichever of its screens it leads to."""
    return phone.locator(f'li a[href^="#/job/{scene.ids["job"]}"]')


def open_visit(phone: Page, scene: Scene) -> None:
    card_of(phone, scene).click()
    expect(phone.get_by_role("heading", name="Install fibre to the premises")).to_be_visible()


def go_to(phone: Page, screen: str, scene: Scene | None = None) -> None:
    """Open a screen of the technician's app by the router's own table."""
    path = routes()[screen].replace(":id", scene.ids["job"] if scene else "")
    phone.evaluate("path => { location.hash = path }", path)


def routes() -> dict[str, str]:
    """Every screen of the technician's app with its path."""
    return json.loads(ROUTES.read_text())


def next_step(phone: Page, name: str) -> None:
    """Press the one big button, which must offer this step."""
    phone.locator(".bar .big").filter(has_text=name).click()


def page_of(phone: Page, name: str) -> None:
    """Turn to a page of the job: Place, Work or More."""
    phone.get_by_role("navigation", name="Pages of this job").get_by_role("link", name=re.compile(f"^{name}")).click()


def read_hazards(phone: Page) -> None:
    for button in phone.locator("#hazards").get_by_role("button").all()[::-1]:
        button.click()


def sign(phone: Page) -> None:
    phone.get_by_label("Name in plain letters").fill("Sirpa Tarina")
    canvas = phone.locator("canvas")
    canvas.evaluate("element => element.scrollIntoView({ block: 'center' })")
    box = canvas.bounding_box()
    assert box is not None, "the canvas is on the screen"
    phone.mouse.move(box["x"] + 40, box["y"] + 60)
    phone.mouse.down()
    phone.mouse.move(box["x"] + 160, box["y"] + 30, steps=8)
    phone.mouse.move(box["x"] + 240, box["y"] + 60, steps=8)
    phone.mouse.up()
    phone.get_by_role("button", name="Save signature").click()
    expect(phone.get_by_text("Signed by Sirpa Tarina")).to_be_visible()


def add_note(phone: Page, text: str) -> None:
    phone.get_by_role("textbox", name="Note").fill(text)
    phone.get_by_role("button", name="Add a note").click()


def serial(visit: Scene, model: str = "ONT-G1") -> str:
    """The unit of this model that was loaded for the visit's order."""
    return visit.facts["serials"][model][0]


def take_photo(phone: Page) -> None:
    """Take a picture as a phone's camera makes it: large, and with the place where it was taken."""
    picture = b64decode(phone.evaluate(DRAWN_JPEG).partition(",")[2])
    told = b"Exif\0\0MM\0*\0\0\0\x08 " + PLACE
    with_place = picture[:2] + b"\xff\xe1" + struct.pack(">H", 2 + len(told)) + told + picture[2:]
    phone.locator('input[accept="image/*"]').set_input_files(
        {"name": "label.jpg", "mimeType": "image/jpeg", "buffer": with_place}
    )


def log_in(desk: Page, scene: Scene, who: str = "dispatcher") -> None:
    """Open the board on the visit's territory and day."""
    desk.goto(f"/dispatcher/#territory={scene.ids['territory']}&day={scene.facts['day']}")
    desk.get_by_label("E-mail").fill(f"{who}@northbank.example")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_text("Live", exact=True)).to_be_visible()


def wait_until_kept(phone: Page) -> None:
    """The service worker has what it needs to open the page without a network."""
    phone.evaluate("navigator.serviceWorker.ready.then(() => undefined)")


def end_access_tokens(site: Site) -> None:
    """What a quarter of an hour does, at once: every phone's access token is over, its refresh token is not."""
    with closing(sqlite3.connect(site.home / "truckroll.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE device_token SET expires_at = '2020-01-01 00:00:00.000000' WHERE NOT is_refresh")


def stored(site: Site, query: str, job_id: str) -> list[Any]:
    """Read rows of a job from the database, past the product. query: with one `?` for the job's id."""
    with closing(sqlite3.connect(f"file:{site.home / 'truckroll.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(query, (UUID(job_id).hex,)).fetchall()
