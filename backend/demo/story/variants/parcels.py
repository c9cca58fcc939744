"""Variants without a visit: goods that a carrier brings, and goods that the customer fetches."""

from datetime import datetime
from typing import Any

from backend.demo.story import ordering, settlement
from backend.demo.story.ordering import wanted
from backend.demo.story.scene import Scene, expect
from backend.demo.story.steps import Play, in_order, titled
from backend.demo.story.variants import outcomes
from backend.kernel.clock import SystemClock

CARRIER = "Posti"


def order(method: str, quantity: int) -> Play:
    """A customer buys Mesh units, to come in this way; the depot sees what it has to do."""

    def play(scene: Scene) -> str:
        ordering.customer(scene)
        placed = ordering.place(scene, wanted("MESH", quantity, fulfilment=method))
        ordering.submit(scene)
        waiting = waiting_goods(scene, method)
        expect(waiting == {"MESH-6": quantity}, "the depot sees what it has to do", waiting)
        return f"order {placed['number']}: {quantity} mesh unit(s) by {method} wait in the depot"

    return play


def send(scene: Scene) -> str:
    """Two parcels leave the depot; one comes back, is sent again, and nothing is billed on the way."""
    first, second = scene.facts["serials"]["MESH-6"]
    parcels = [ship(scene, first), ship(scene, second)]
    state = scene.warehouse.get(f"/api/v1/serial-units/{first}")["unit"]
    expect(state["state"] == "inTransit", "the unit is on its way", state)
    expect(waiting_goods(scene, "shipment") == {}, "the depot has nothing left to send")
    back = {"to_location_id": parcels[1]["from_location_id"], "reason": "addressee moved"}
    scene.warehouse.post(f"/api/v1/consignments/{parcels[1]['id']}/return", back)
    again = ship(scene, second)
    outcomes.nothing_billed(scene)
    scene.facts["parcels"] = [parcels[0]["id"], again["id"]]
    return f"{first} and {second} are with {CARRIER}, one after it came back; nothing is billed yet"


def deliver(scene: Scene) -> str:
    """Each delivery notice hands over one unit, which is billed since then."""
    times: list[datetime] = []
    for number, parcel in enumerate(scene.facts["parcels"], start=1):
        times.append(SystemClock().now())
        notify(scene, parcel, f"DN-{number}", at=times[-1])
    order = outcomes.order_ends(scene, "completed")
    entries = scene.until("billing booked both", lambda: _both_booked(scene))
    since = sorted(entry.effective_at for entry in entries)
    expect(since == times, "each is billed since its own delivery", (since, times))
    proofs = {proof["reference"]: proof["received_by"] for proof in order["handovers"]}
    expect(proofs == {"DN-1": "S. Tarina", "DN-2": "S. Tarina"}, "each has its notice as proof", proofs)
    _earned(scene, 2)
    return f"notices {', '.join(proofs)} prove the hand-over, billed and earned at {times[0]:%H:%M:%S} and after"


def fetch(scene: Scene) -> str:
    """The customer signs at the counter; the unit is at the premises, billed and earned at once."""
    [serial] = scene.facts["serials"]["MESH-6"]
    given = {"from_location_id": _depot_of(scene, serial), "serials": [serial]}
    signed = {"receipt": f"R-{scene.number}", "received_by": "S. Tarina"}
    scene.warehouse.post(f"/api/v1/orders/{scene.ids['order']}/pick-ups", given | signed)
    order = outcomes.order_ends(scene, "completed")
    [proof] = order["handovers"]
    expect((proof["method"], proof["reference"]) == ("pick_up", f"R-{scene.number}"), "a receipt proves it", proof)
    unit = scene.warehouse.get(f"/api/v1/serial-units/{serial}")["unit"]
    expect(unit["location"]["premises_id"] == scene.ids["premises"], "the unit is the customer's", unit)
    settlement.booked(scene, {"F2": 1})
    _earned(scene, 1)
    return f"receipt {proof['reference']} for {serial}; billed and earned"


def ship(scene: Scene, serial: str) -> dict[str, Any]:
    """The warehouse gives a unit of the order to the carrier."""
    label = {"carrier": CARRIER, "tracking_reference": f"JJFI{scene.random.randrange(10**12):012d}"}
    body = {"from_location_id": _depot_of(scene, serial), "serials": [serial], **label}
    return scene.warehouse.post(f"/api/v1/orders/{scene.ids['order']}/shipments", body)


def notify(scene: Scene, parcel: str, number: str, *, at: datetime | None = None) -> None:
    """The carrier's delivery notice of this number: delivered at `at`, just now if not said."""
    when = (at or SystemClock().now()).isoformat()
    notice = {"notice": number, "received_by": "S. Tarina", "occurred_at": when}
    scene.warehouse.post(f"/api/v1/consignments/{parcel}/delivery", notice)


def waiting_goods(scene: Scene, method: str) -> dict[str, int]:
    """What the depot still has to do for the order, by model."""
    waiting = scene.warehouse.get("/api/v1/goods-to-fulfil", method=method, page_size=200)["items"]
    return next((one["goods"] for one in waiting if one["order_id"] == scene.ids["order"]), {})


def _depot_of(scene: Scene, serial: str) -> str:
    return scene.warehouse.get(f"/api/v1/serial-units/{serial}")["unit"]["location"]["id"]


def _both_booked(scene: Scene) -> list[Any] | None:
    entries = outcomes.ledger_of(scene)
    return entries if len(entries) == 2 else None


def _earned(scene: Scene, count: int) -> None:
    earned = scene.analyst.get("/api/v1/earned-triggers", order_id=scene.ids["order"])["items"]
    states = [one["state"] for one in earned]
    expect(states == ["earned"] * count, "each hand-over is earned", states)


SHIPMENT = in_order(titled("Order", order("shipment", 2)), titled("Send", send), titled("Deliver", deliver))
PICK_UP = in_order(titled("Order", order("pick_up", 1)), titled("Fetch", fetch))
