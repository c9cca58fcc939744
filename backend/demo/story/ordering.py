"""Story 1 to 4: the order, what it becomes, the appointment, the day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from backend.demo.people import ZONE
from backend.demo.places import place_near
from backend.demo.story import evidence
from backend.demo.story.office import Refusal, job_of_order
from backend.demo.story.scene import Scene, Unproven, expect
from backend.kernel.clock import SystemClock

GOODS = {"ONT-G1": 1, "GW-6": 1, "MESH-6": 2}
CHARGES = {"F1", "F2", "P1", "P2", "L1"}
TERRITORIES = 4  # tellings at once go to one each, then to the next day
DAYS_AHEAD = 5
PROPOSED = ("proposed", "applied", "partiallyApplied", "failed")


def order(scene: Scene) -> str:
    """A customer buys Fibre 500, Phone and two Mesh units; equipment and number are reserved at once."""
    customer(scene)
    _impossible_order(scene)
    placed = place(scene, wanted("FIBRE-500"), wanted("PHONE"), wanted("MESH", 2))
    if scene.is_broken("order"):
        scene.agent.post(f"/api/v1/orders/{placed['id']}/cancellation")
    return _check_reserved(scene)


def customer(scene: Scene) -> None:
    """Somebody who may order: an account with a home in one of the territories."""
    territory = scene.supervisor.get("/api/v1/territories")[scene.number % TERRITORIES]
    account = scene.agent.post("/api/v1/accounts", _account(scene))
    scene.facts["mail"] = account["email"]
    home = place_near(scene.random, territory["latitude"], territory["longitude"])
    spot = {"latitude": home.lat, "longitude": home.lon, "territory_id": territory["id"]}
    address = {"street": f"Mikonkatu {scene.number + 1} A 4", "postcode": "00100", "city": "Helsinki"}
    premises = scene.agent.post(f"/api/v1/accounts/{account['id']}/premises", {**address, **spot})
    scene.ids |= {"account": account["id"], "premises": premises["id"], "territory": territory["id"]}


def wanted(offering_code: str, quantity: int = 1, **how: str) -> dict[str, Any]:
    """An item of an order. how: fulfilment, when it is not left to the product."""
    return {"offering_code": offering_code, "quantity": quantity, **how}


def place(scene: Scene, *items: dict[str, Any]) -> dict[str, Any]:
    """The customer's order, with everything reserved; the scene knows its units by model."""
    placed = scene.agent.post("/api/v1/orders", _order(scene, items))
    scene.ids["order"] = placed["id"]
    scene.facts["serials"] = units_by_model(placed)
    return placed


def submit(scene: Scene) -> dict[str, Any]:
    """The customer agrees; the scene knows the services by kind and the charge lines by code."""
    view = scene.agent.post(f"/api/v1/orders/{scene.ids['order']}/submission")
    know(scene, view)
    return view


def know(scene: Scene, view: dict[str, Any]) -> None:
    """Remember an order's services by kind, but for those that are gone, and its charge lines by code."""
    alive = [service for service in view["services"] if service["state"] != "terminated"]
    scene.facts["services"] = {service["kind"]: service for service in alive}
    scene.facts["lines"] = {line["code"]: line for line in view["charge_lines"]}


def find_job(scene: Scene) -> dict[str, Any]:
    """The job that the worker makes of the order."""
    job = scene.until(
        "the worker made the job of the order",
        lambda: job_of_order(scene.dispatcher, scene.ids["order"], scene.ids["territory"]),
    )
    scene.ids["job"] = job["id"]
    return job


def units_by_model(view: dict[str, Any]) -> dict[str, list[str]]:
    """Model → the serials that an order reserves."""
    serials: dict[str, list[str]] = {}
    for unit in view["reservations"]:
        serials.setdefault(unit["model"], []).append(unit["serial"])
    return serials


def decompose(scene: Scene) -> str:
    """The order becomes services, resources, charge lines and one work order with its job."""
    if not scene.is_broken("decompose"):
        submit(scene)
    view = scene.agent.get(f"/api/v1/orders/{scene.ids['order']}")
    know(scene, view)
    kinds, lines = scene.facts["services"], scene.facts["lines"]
    expect(set(kinds) == {"access", "internet", "voice"}, "services access, internet and voice", sorted(kinds))
    resources = {kind for service in kinds.values() for kind in service["resources"]}
    expect(resources == {"port", "vlan", "ipv4", "number"}, "a port, a VLAN, an address, a number", resources)
    expect(set(lines) == CHARGES, "charge lines F1, F2, P1, P2 and L1", sorted(lines))
    job = find_job(scene)
    return f"services {', '.join(sorted(kinds))}; lines {', '.join(sorted(lines))}; job {job['number']}"


def appointment(scene: Scene) -> str:
    """A window is offered against the live routes, held with everything that it needs, and confirmed."""
    job = scene.ids["job"]
    days = _days_ahead(scene)
    first = days[scene.number // TERRITORIES % len(days)]
    offers = scene.agent.get(f"/api/v1/jobs/{job}/slots", **{"from": first.isoformat(), "days": 1})
    window = next((offer["window"] for offer in offers["slots"] if offer["state"] == "open"), None)
    if window is None:
        raise Unproven(f"no window of {first} is open: {offers['slots']}")
    held = scene.agent.post(f"/api/v1/jobs/{job}/holds", {"window_start": window["start"], "window_end": window["end"]})
    if scene.is_broken("appointment"):
        scene.agent.delete(f"/api/v1/holds/{held['id']}")
    else:
        scene.ids["appointment"] = scene.agent.post(f"/api/v1/holds/{held['id']}/confirmation")["id"]
    document = scene.dispatcher.get(f"/api/v1/jobs/{job}")
    promised = document["window"]
    expect(promised is not None, "the job has a promised window", promised)
    expect(promised["start"] == window["start"], "the promised window is the offered one", promised)
    expect(document["technician_id"] is not None, "a technician's time is taken", document["technician_id"])
    scene.facts |= {"day": document["service_day"], "window": promised}
    letter = scene.until("a letter with the customer's link", lambda: _letter(scene))
    return f"window {promised['local']}, confirmed by letter {letter}"


def schedule(scene: Scene) -> str:
    """The optimiser proposes the day; the dispatcher accepts it and sends it to the phones; the van is loaded."""
    body = {"territory_id": scene.ids["territory"], "day": scene.facts["day"], "seconds": 1, "seed": 1}
    run = scene.dispatcher.post("/api/v1/optimisation-runs", body)
    path = f"/api/v1/optimisation-runs/{run['id']}"
    proposal = scene.until("a proposal for the day", lambda: _when(scene.dispatcher.get(path), PROPOSED))
    expect(proposal["state"] == "proposed", "the run proposes a plan", (proposal["state"], proposal.get("error")))
    if scene.is_broken("schedule"):
        scene.dispatcher.post(f"{path}/discard")
    else:
        scene.dispatcher.post(f"{path}/acceptance", {"move_ids": None})
        scene.dispatcher.post(f"/api/v1/territories/{scene.ids['territory']}/days/{scene.facts['day']}/dispatch")
    job = scene.dispatcher.get(f"/api/v1/jobs/{scene.ids['job']}")
    expect(job["assignment"] == "dispatched", "the job is on a phone", job["assignment"])
    window = scene.facts["window"]
    expect(window["start"] <= job["planned_start"] <= window["end"], "the plan keeps the promise", job["planned_start"])
    scene.ids["technician"] = job["technician_id"]
    load_van(scene)
    return f"{len(proposal['moves'])} moves accepted, job planned at {job['planned_start']}, van loaded"


def load_van(scene: Scene) -> None:
    """The warehouse puts what the order reserves into the technician's van."""
    van = van_of(scene, scene.ids["technician"])
    serials = [serial for units in scene.facts["serials"].values() for serial in units]
    depot = scene.warehouse.get(f"/api/v1/serial-units/{serials[0]}")["unit"]["location"]["id"]
    body = {"from_location_id": depot, "to_location_id": van["id"], "serials": serials}
    scene.warehouse.post("/api/v1/stock-transfers", body)


def van_of(scene: Scene, technician_id: str) -> dict[str, Any]:
    """The van of a technician, as a place of stock."""
    vans = scene.warehouse.get("/api/v1/stock-locations", kind="van", page_size=200)["items"]
    return next(van for van in vans if van["technician_id"] == technician_id)


def _days_ahead(scene: Scene) -> list[date]:
    """The next local days on which somebody works."""
    today = SystemClock().now().astimezone(ZONE).date()
    days = [today + timedelta(days=n) for n in range(1, 1 + DAYS_AHEAD)]
    return [day for day in days if scene.supervisor.get("/api/v1/shifts", day=day.isoformat())]


def _account(scene: Scene) -> dict[str, str]:
    mail = f"story{scene.number}-{scene.random.randrange(10**9)}@example.com"
    return {"name": f"S. Tarina {scene.number}", "email": mail, "phone": "+35895551234", "language": "en"}


def _order(scene: Scene, items: Sequence[dict[str, Any]]) -> dict[str, object]:
    return {"account_id": scene.ids["account"], "premises_id": scene.ids["premises"], "items": items}


def _impossible_order(scene: Scene) -> None:
    """What cannot be had is said at once, with what is missing."""
    too_many = [wanted("MESH", 100), wanted("MESH", 100)]
    try:
        scene.agent.post("/api/v1/orders", _order(scene, too_many))
    except Refusal as refusal:
        expect(refusal.code == "cannot_be_had", "an impossible order is refused as such", refusal)
        return
    raise Unproven("200 mesh units were promised, which nobody has")


def _check_reserved(scene: Scene) -> str:
    view = scene.agent.get(f"/api/v1/orders/{scene.ids['order']}")
    serials = units_by_model(view)
    counted = {model: len(units) for model, units in serials.items()}
    expect(counted == GOODS, "terminal, gateway and two mesh units are reserved", counted)
    numbers = [one["value"] for one in view["resources"] if one["kind"] == "number"]
    expect(len(numbers) == 1, "one telephone number is reserved", numbers)
    for serial in (serial for units in serials.values() for serial in units):
        state = scene.warehouse.get(f"/api/v1/serial-units/{serial}")["unit"]["state"]
        expect(state == "reserved", f"the warehouse holds {serial} back", state)
    scene.facts["serials"] = serials
    return f"order {view['number']} reserves {counted} and {numbers[0]} until {view['expires_at']}"


def _when(run: dict[str, Any], states: tuple[str, ...]) -> dict[str, Any] | None:
    return run if run["state"] in states else None


def _letter(scene: Scene) -> str | None:
    """The customer's letter; its link is kept for later."""
    found = evidence.letter_to(scene.site.home / "mail", scene.facts["mail"])
    if found is None:
        return None
    name, scene.facts["link"] = found
    return name
