"""The demo's first morning, done by its people over the API: the day is planned and sent, a customer has an appointment.

What a visitor needs to look around comes out of it: a code for a phone and a customer's link.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from backend.demo.seed import Progress
from backend.demo.site import Site
from backend.demo.story.office import Clerk

SEARCH_SECONDS = 3
LOOK_EVERY_SECONDS = 0.2
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Guests:
    """How a visitor gets in. code, technician: of a phone; link: of a customer, None when no window was open."""

    code: str
    technician: str
    link: str | None


def begin_the_day(site: Site, day: str, progress: Progress) -> Guests:
    """Plan and send `day` (ISO) in every territory, book one appointment, make one code."""
    dispatcher = Clerk(site.url, "dispatcher@northbank.example")
    agent = Clerk(site.url, "agent@northbank.example")
    try:
        territories = dispatcher.get("/api/v1/territories")
        for number, territory in enumerate(territories):
            progress(f"planning {territory['name']}", number, len(territories))
            _plan(dispatcher, territory["id"], day)
        progress("planned and sent", len(territories), len(territories))
        link = _appointment(site, dispatcher, agent)
        return _guests(dispatcher, day, link)
    finally:
        dispatcher.close()
        agent.close()


def new_code(site: Site) -> Guests:
    """Another code on a later day of the demo, which has its plan already."""
    dispatcher = Clerk(site.url, "dispatcher@northbank.example")
    try:
        return _guests(dispatcher, None, None)
    finally:
        dispatcher.close()


def _plan(dispatcher: Clerk, territory_id: str, day: str) -> None:
    body = {"territory_id": territory_id, "day": day, "seconds": SEARCH_SECONDS, "seed": 1}
    run = dispatcher.post("/api/v1/optimisation-runs", body)
    path = f"/api/v1/optimisation-runs/{run['id']}"
    for _ in _patiently():
        if dispatcher.get(path)["state"] not in ("queued", "running"):
            break
    if dispatcher.get(path)["state"] == "proposed":
        dispatcher.post(f"{path}/acceptance", {"move_ids": None})
        dispatcher.post(f"/api/v1/territories/{territory_id}/days/{day}/dispatch")


def _appointment(site: Site, dispatcher: Clerk, agent: Clerk) -> str | None:
    """One customer without a window is called and gets one; the link comes by letter."""
    jobs = dispatcher.get("/api/v1/jobs", page_size=200)["items"]
    for job in jobs:
        if job["window"] is None and job["technician_id"] is None and job["state"] == "pending":
            slots = agent.get(f"/api/v1/jobs/{job['id']}/slots", days=3)["slots"]
            window = next((slot["window"] for slot in slots if slot["state"] == "open"), None)
            if window is not None:
                body = {"window_start": window["start"], "window_end": window["end"]}
                held = agent.post(f"/api/v1/jobs/{job['id']}/holds", body)
                agent.post(f"/api/v1/holds/{held['id']}/confirmation")
                return _link(site)
    return None


def _link(site: Site) -> str | None:
    for _ in _patiently():
        for letter in (site.home / "mail").glob("*.eml"):
            text = letter.read_text(encoding="utf-8").replace("=\n", "").replace("=3D", "=")
            if "/tracking/#" in text:
                return f"{site.url}/tracking/#" + text.partition("/tracking/#")[2].split()[0]
    return None


def _guests(dispatcher: Clerk, day: str | None, link: str | None) -> Guests:
    """The technician with the fullest day, else the first, and a code for a phone."""
    users = {user["technician_id"]: user for user in dispatcher.get("/api/v1/users") if user["technician_id"]}
    jobs = dispatcher.get("/api/v1/jobs", day=day, page_size=200)["items"] if day else []
    busy = [job["technician_id"] for job in jobs if job["technician_id"] in users]
    chosen: Any = users[max(set(busy), key=busy.count)] if busy else next(iter(users.values()))
    code = dispatcher.post(f"/api/v1/users/{chosen['id']}/enrolment-codes")["code"]
    return Guests(code=code, technician=chosen["name"], link=link)


def _patiently() -> Iterator[None]:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        yield
        time.sleep(LOOK_EVERY_SECONDS)
