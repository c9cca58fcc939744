"""What a variant comes to, read from the product and from billing's own ledger."""

from datetime import datetime
from typing import Any

from backend.demo.story import evidence, onsite, settlement
from backend.demo.story.evidence import LedgerEntry
from backend.demo.story.scene import Scene, expect
from backend.demo.story.variants.opening import CHARGES
from sync.operations import Complete, Outcome

ORDER_ENDED = {"completed", "partial", "failed", "cancelled", "rejected"}


def job_of(scene: Scene) -> dict[str, Any]:
    return scene.dispatcher.get(f"/api/v1/jobs/{scene.ids['job']}")


def order_of(scene: Scene) -> dict[str, Any]:
    return scene.agent.get(f"/api/v1/orders/{scene.ids['order']}")


def order_ends(scene: Scene, state: str) -> dict[str, Any]:
    """The order, once it has ended; in this state."""

    def ended() -> dict[str, Any] | None:
        order = order_of(scene)
        return order if order["state"] in ORDER_ENDED else None

    order = scene.until("the order has ended", ended)
    expect(order["state"] == state, f"the order ends {state}", order["state"])
    return order


def appointment_is(scene: Scene, state: str) -> None:
    path = f"/api/v1/appointments/{scene.ids['appointment']}"
    scene.until(f"the appointment is {state}", lambda: scene.agent.get(path)["state"] == state)


def nothing_billed(scene: Scene) -> None:
    """Neither we nor billing know of anything to pay for."""
    triggers = scene.analyst.get("/api/v1/billing-triggers", order_id=scene.ids["order"])["items"]
    expect(triggers == [], "nothing of the order is told to billing", triggers)
    entries = ledger_of(scene)
    expect(entries == [], "billing booked nothing of the order", entries)


def ledger_of(scene: Scene) -> list[LedgerEntry]:
    """What billing booked for the lines that the order has now, oldest first."""
    return evidence.ledger_entries(scene.site.ledger, [line["id"] for line in order_of(scene)["charge_lines"]])


def given_back(scene: Scene) -> None:
    """The order holds no unit and no number, and its services are gone."""
    order = order_of(scene)
    held = (order["reservations"], order["resources"])
    expect(held == ([], []), "nothing is reserved any more", held)
    states = {service["state"] for service in order["services"]}
    expect(states <= {"terminated"}, "its services are gone", states)
    for serial in (serial for units in scene.facts["serials"].values() for serial in units):
        unit = scene.warehouse.get(f"/api/v1/serial-units/{serial}")["unit"]
        expect(unit["state"] == "available", f"{serial} is free", unit["state"])


def open_cards(scene: Scene) -> list[dict[str, Any]]:
    """The review cards of the job that wait for a person."""
    cards = scene.dispatcher.get("/api/v1/review-cards", state="open", page_size=200)["items"]
    return [card for card in cards if card["job_id"] == scene.ids["job"]]


def resolve(scene: Scene, card: dict[str, Any], resolution: str, note: str) -> None:
    """A dispatcher decides."""
    body = {"resolution": resolution, "note": note}
    scene.dispatcher.post(f"/api/v1/review-cards/{card['id']}/resolution", body)


def install_unheard(scene: Scene) -> None:
    """A whole visit of the fibre line, without signal to its end."""
    onsite.enrol(scene, scene.ids["technician"])
    scene.phone.is_online = False
    onsite.arrive(scene)
    onsite.begin(scene)
    onsite.put_in(scene, *(units[0] for units in scene.facts["serials"].values()))
    onsite.photograph(scene)
    onsite.work(scene, Complete(outcome=Outcome.FULL))


def install(scene: Scene) -> str:
    """A whole visit, synced at its end."""
    install_unheard(scene)
    onsite.reconnect(scene)
    return f"job {job_of(scene)['number']} is completed"


def delivered(scene: Scene) -> str:
    """The fibre line runs and is billed, and the promise was kept."""
    proof = runs_and_is_billed(scene)
    appointment_is(scene, "completed")
    return proof


def runs_and_is_billed(scene: Scene) -> str:
    """The services run since the visit, every line is billed once, and the order is complete."""
    proof = settlement.activation(scene)
    entries = settlement.booked(scene, scene.facts.get("charges", CHARGES))
    started = next(entry.effective_at for entry in entries if entry.charge_code == "P1")
    active: datetime = scene.facts["active_since"]
    expect(started == active, "the service is billed since it is active", (started, active))
    scene.until("billing's word on every line", lambda: settlement.acknowledged_triggers(scene))
    order_ends(scene, "completed")
    return f"{proof}; {len(entries)} lines billed once"
