"""What people do on the pages, in their own words."""

import sqlite3
from contextlib import closing
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, expect

from backend.demo.people import PASSWORD
from backend.demo.site import Site
from backend.demo.story.scene import Scene


def enrolment_code(scene: Scene) -> str:
    """A code for the technician of the visit."""
    users = scene.dispatcher.get("/api/v1/users")
    user = next(user for user in users if user["technician_id"] == scene.ids["technician"])
    return scene.dispatcher.post(f"/api/v1/users/{user['id']}/enrolment-codes")["code"]


def enrol(phone: Page, scene: Scene) -> None:
    """Open the technician's page with a fresh code and wait for the day."""
    phone.goto(f"/technician/#code={enrolment_code(scene)}")
    phone.get_by_role("button", name="Enrol this phone").click()
    expect(phone.get_by_role("heading", name="My day")).to_be_visible()
    expect(phone.locator(f'a[href="#/job/{scene.ids["job"]}"]')).to_be_visible()


def open_visit(phone: Page, scene: Scene) -> None:
    phone.locator(f'a[href="#/job/{scene.ids["job"]}"]').click()
    expect(phone.get_by_role("heading", name="Install fibre to the premises")).to_be_visible()


def next_step(phone: Page, name: str) -> None:
    """Press the one big button, which must offer this step."""
    phone.locator(".bar .big").filter(has_text=name).click()


def log_in(desk: Page, scene: Scene, who: str = "dispatcher") -> None:
    """Open the board on the visit's territory and day."""
    desk.goto(f"/dispatcher/#territory={scene.ids['territory']}&day={scene.facts['day']}")
    desk.get_by_label("E-mail").fill(f"{who}@northbank.example")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Log in").click()
    expect(desk.get_by_text("Live", exact=True)).to_be_visible()


def end_access_tokens(site: Site) -> None:
    """What a quarter of an hour does, at once: every phone's access token is over, its refresh token is not."""
    with closing(sqlite3.connect(site.home / "truckroll.db", timeout=10)) as connection, connection:
        connection.execute("UPDATE device_token SET expires_at = '2020-01-01 00:00:00.000000' WHERE NOT is_refresh")


def stored(site: Site, query: str, job_id: str) -> list[Any]:
    """Read rows of a job from the database, past the product. query: with one `?` for the job's id."""
    with closing(sqlite3.connect(f"file:{site.home / 'truckroll.db'}?mode=ro", uri=True)) as connection:
        return connection.execute(query, (UUID(job_id).hex,)).fetchall()
