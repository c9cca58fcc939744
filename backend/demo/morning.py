"""The demo's first morning, done by its people over the API: the day is planned and sent, a customer has an appointment.

What a visitor needs to look around comes out of it: a code for a phone and a customer's link.
"""

from dataclasses import dataclass
from random import Random
from typing import Any

from backend.demo.places import place_near
from backend.demo.seed import Progress
from backend.demo.site import Site
from backend.demo.story import evidence
from backend.demo.story.office import Clerk, job_of_order
from backend.demo.truths.mishaps import Mishaps
from backend.demo.truths.planted import Planted
from backend.demo.waiting import once

SEARCH_SECONDS = 3


@dataclass(frozen=True, kw_only=True)
class Guests:
    """How a visitor gets in. code, technician: of a phone; link: of a customer, None when no window was open."""

    code: str
    technician: str
    link: str | None


def begin_the_day(site: Site, day: str, progress: Progress, planted: Planted | None = None) -> Guests:
    """Plan and send `day` (ISO) in every territory, book one appointment, make one code.

    planted: what was planted, of which billing's part happens meanwhile.
    """
    dispatcher = Clerk(site.url, "dispatcher@northbank.example")
    agent = Clerk(site.url, "agent@northbank.example")
    administrator = Clerk(site.url, "admin@northbank.example")
    mishaps = None if planted is None else Mishaps(site, planted, administrator)
    try:
        if mishaps is not None:
            mishaps.begin()
        territories = dispatcher.get("/api/v1/territories")
        for number, territory in enumerate(territories):
            progress(f"planning {territory['name']}", number, len(territories))
            _plan(dispatcher, territory["id"], day)
        progress("planned and sent", len(territories), len(territories))
        link = _appointment(site, agent, territories[0], day)
        if mishaps is not None:
            mishaps.finish()
        return _guests(dispatcher, day, link)
    finally:
        for used in (dispatcher, agent, administrator):
            used.close()


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
    ended = once(lambda: _ended(dispatcher.get(path)))
    if ended["state"] == "proposed":
        dispatcher.post(f"{path}/acceptance", {"move_ids": None})
        dispatcher.post(f"/api/v1/territories/{territory_id}/days/{day}/dispatch")


def _ended(run: dict[str, Any]) -> dict[str, Any] | None:
    return None if run["state"] in ("queued", "running") else run


def _appointment(site: Site, agent: Clerk, territory: dict[str, Any], day: str) -> str | None:
    """A customer orders fibre and gets a window; the link comes by letter. None when no window is open."""
    mail = "guest@example.com"
    account = agent.post("/api/v1/accounts", {"name": "G. Vieras", "email": mail, "phone": "+35895555678"})
    home = place_near(Random(1), territory["latitude"], territory["longitude"])
    address = {"street": "Mikonkatu 7 A 12", "postcode": "00100", "city": "Helsinki"}
    place = {"latitude": home.lat, "longitude": home.lon, "territory_id": territory["id"]}
    premises = agent.post(f"/api/v1/accounts/{account['id']}/premises", {**address, **place})
    items = [{"offering_code": "FIBRE-500", "quantity": 1}]
    order = agent.post("/api/v1/orders", {"account_id": account["id"], "premises_id": premises["id"], "items": items})
    agent.post(f"/api/v1/orders/{order['id']}/submission")
    job = once(lambda: job_of_order(agent, order["id"], territory["id"]))
    slots = agent.get(f"/api/v1/jobs/{job['id']}/slots", **{"from": day, "days": 3})["slots"]
    window = next((slot["window"] for slot in slots if slot["state"] == "open"), None)
    if window is None:
        return None
    body = {"window_start": window["start"], "window_end": window["end"]}
    held = agent.post(f"/api/v1/jobs/{job['id']}/holds", body)
    agent.post(f"/api/v1/holds/{held['id']}/confirmation")
    _, token = once(lambda: evidence.letter_to(site.home / "mail", mail))
    return f"{site.url}/tracking/#{token}"


def _guests(dispatcher: Clerk, day: str | None, link: str | None) -> Guests:
    """The technician with the fullest day, else the first, and a code for a phone."""
    users = {user["technician_id"]: user for user in dispatcher.get("/api/v1/users") if user["technician_id"]}
    jobs = dispatcher.get("/api/v1/jobs", day=day, page_size=200)["items"] if day else []
    busy = [job["technician_id"] for job in jobs if job["technician_id"] in users]
    chosen: Any = users[max(set(busy), key=busy.count)] if busy else next(iter(users.values()))
    code = dispatcher.post(f"/api/v1/users/{chosen['id']}/enrolment-codes")["code"]
    return Guests(code=code, technician=chosen["name"], link=link)
