"""Variants of changed minds: an order is amended, or given up before, after and while the technician works unheard."""

from typing import Any

from backend.demo.story import onsite, ordering, settlement
from backend.demo.story.ordering import wanted
from backend.demo.story.scene import Scene, Unproven, expect
from backend.demo.story.steps import in_order, titled
from backend.demo.story.variants import outcomes, parcels
from backend.demo.story.variants.opening import BOOKING, OPENING, SENDING
from sync.operations import NotDone

MOVED_AWAY = "The customer moves abroad."


def order_with_mesh(scene: Scene) -> str:
    """A customer buys Fibre 500 and a Mesh unit, which the technician is to bring."""
    return _order(scene, wanted("MESH"))


def order_with_parcel(scene: Scene) -> str:
    """A customer buys Fibre 500, and a Mesh unit to be sent."""
    return _order(scene, wanted("MESH", fulfilment="shipment"))


def amend(scene: Scene) -> str:
    """The customer wants a telephone instead of the Mesh unit: the job, the lines and what is reserved follow."""
    order = outcomes.order_of(scene)
    mesh = next(item for item in order["items"] if item["offering_code"] == "MESH")
    unit = scene.facts["serials"]["MESH-6"][0]
    change = {"remove": [mesh["id"]], "add": [wanted("PHONE")]}
    amended = scene.agent.post(f"/api/v1/orders/{order['id']}/amendments", change)
    states = {line["code"]: line["state"] for line in amended["charge_lines"]}
    expect(states["F2"] == "cancelled", "the Mesh unit's line is cancelled", states)
    expect(states["P2"] == "open", "the telephone has a line", states)
    free = scene.warehouse.get(f"/api/v1/serial-units/{unit}")["unit"]["state"]
    expect(free == "available", "the Mesh unit is free", free)
    scene.until("the job does not bring it any more", lambda: "MESH-6" not in outcomes.job_of(scene)["parts"])
    ordering.know(scene, amended)
    scene.facts["serials"] = ordering.units_by_model(amended)
    scene.facts["charges"] = {"F1": 1, "P1": 1, "P2": 1, "L1": 1}
    return f"{unit} is free, the telephone is designed, job {outcomes.job_of(scene)['number']} brings no Mesh unit"


def give_up(scene: Scene) -> str:
    """Before the visit it costs nothing: order, job and appointment are cancelled, the phone forgets the job."""
    onsite.enrol(scene, scene.ids["technician"])
    scene.phone.document("job", scene.ids["job"])
    given_up = scene.agent.post(f"/api/v1/orders/{scene.ids['order']}/cancellation")
    expect(given_up["state"] == "cancelled", "the order is cancelled at once", given_up["state"])
    scene.until("the job is cancelled", lambda: outcomes.job_of(scene)["state"] == "cancelled")
    outcomes.appointment_is(scene, "cancelled")
    outcomes.nothing_billed(scene)
    outcomes.given_back(scene)
    onsite.reconnect(scene)
    held = {document["id"]: document["state"] for document in scene.phone.documents("job")}
    expect(held.get(scene.ids["job"], "cancelled") == "cancelled", "the phone knows it", held)
    return "order, job and appointment are cancelled; nothing billed, everything given back"


def ask_too_late(scene: Scene) -> str:
    """The parcel is delivered and the technician has begun: giving up is assessed, and decided."""
    _deliver_parcel(scene)
    onsite.enrol(scene, scene.ids["technician"])
    onsite.arrive(scene)
    onsite.begin(scene)
    onsite.reconnect(scene)
    path = f"/api/v1/orders/{scene.ids['order']}"
    scene.until("the office knows that the visit has begun", lambda: _has_begun(scene))
    asked = scene.agent.post(f"{path}/cancellation")
    expect(asked["state"] == "assessingCancellation", "somebody has to decide", asked["state"])
    reached = {one["offering_code"]: one["reached"] for one in asked["cancellation"]}
    expect(reached == {"FIBRE-500": "visit", "MESH": "delivery"}, "how far each item has come", reached)
    at_customer = [serial for one in asked["cancellation"] for serial in one["at_customer"]]
    decision = {"accept": True, "reason": MOVED_AWAY}
    accepted = scene.agent.post(f"{path}/cancellation-decision", decision)
    expect(accepted["state"] == "pendingCancellation", "what is under way comes to its end first", accepted["state"])
    onsite.work(scene, NotDone(reason="refused.by_customer"))
    onsite.reconnect(scene)
    return f"assessed: {', '.join(at_customer)} stays with the customer; accepted while the technician was there"


def ends_cancelled(scene: Scene) -> str:
    """The order ends cancelled: the delivered unit stays billed, nothing else is."""
    order = outcomes.order_ends(scene, "cancelled")
    settlement.booked(scene, {"F2": 1})
    lines = {line["code"]: line["state"] for line in order["charge_lines"]}
    expect(lines == {"F1": "cancelled", "P1": "cancelled", "L1": "cancelled", "F2": "done"}, "what became of it", lines)
    services = {service["state"] for service in order["services"]}
    expect(services == {"terminated"}, "its services are gone", services)
    return "order cancelled; the delivered Mesh unit stays billed, nothing else is"


def unheard(scene: Scene) -> str:
    """The office gives the order up while the technician, without signal, does all of it: a person lets it count."""
    outcomes.install_unheard(scene)
    given_up = scene.agent.post(f"/api/v1/orders/{scene.ids['order']}/cancellation")
    expect(given_up["state"] == "cancelled", "the office gives up what it thinks is not begun", given_up["state"])
    scene.until("the job is cancelled", lambda: outcomes.job_of(scene)["state"] == "cancelled")
    onsite.reconnect(scene)
    cards = {card["reason"]: card for card in outcomes.open_cards(scene)}
    conflict = cards.get("job_cancelled")
    if conflict is None:
        raise Unproven(f"a person is asked about the work at a cancelled job; found: {cards}")
    outcomes.resolve(scene, conflict, "apply", "It was done before anybody told the technician.")
    for card in outcomes.open_cards(scene):
        outcomes.resolve(scene, card, "dismiss", "Settled with the other card.")
    job, order = outcomes.job_of(scene), outcomes.order_of(scene)
    expect(job["state"] == "completed", "the work counts", job["state"])
    ordering.know(scene, order)
    return f"order given up, work synced as a conflict, let count by a person: job {job['number']} is completed"


def _order(scene: Scene, *more: dict[str, Any]) -> str:
    ordering.customer(scene)
    placed = ordering.place(scene, wanted("FIBRE-500"), *more)
    ordering.submit(scene)
    job = ordering.find_job(scene)
    return f"order {placed['number']} becomes job {job['number']}"


def _deliver_parcel(scene: Scene) -> None:
    parcel = parcels.ship(scene, scene.facts["parcel"])
    parcels.notify(scene, parcel["id"], "DN-9")


def _has_begun(scene: Scene) -> bool:
    milestones = outcomes.order_of(scene)["milestones"]
    return any(one["name"] == "visit_began" and one["reached_at"] for one in milestones)


def _keep_parcel_aside(scene: Scene) -> str:
    """The depot keeps the unit that is to be sent; the van gets the others."""
    scene.facts["parcel"] = scene.facts["serials"].pop("MESH-6")[0]
    return f"{scene.facts['parcel']} stays in the depot to be sent"


AMENDED = in_order(
    titled("Order", order_with_mesh),
    BOOKING,
    titled("Amend", amend),
    SENDING,
    titled("Visit", outcomes.install, is_visit=True),
    titled("Delivered", outcomes.delivered),
)
CANCELLED_BEFORE = in_order(*OPENING, titled("Give up", give_up, is_visit=True))
CANCELLED_AFTER = in_order(
    titled("Order", order_with_parcel),
    BOOKING,
    titled("Set aside", _keep_parcel_aside),
    SENDING,
    titled("Too late", ask_too_late, is_visit=True),
    titled("Cancelled", ends_cancelled),
)
CANCELLED_OFFLINE = in_order(
    *OPENING, titled("Unheard", unheard, is_visit=True), titled("Delivered", outcomes.runs_and_is_billed)
)
