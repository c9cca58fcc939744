"""Variants of activation: the network refuses a service, and a person tries it again."""

from typing import Any
from uuid import UUID

from backend.demo.story import evidence, settlement
from backend.demo.story.scene import Scene, expect
from backend.demo.story.steps import in_order, titled
from backend.demo.story.variants import outcomes
from backend.demo.story.variants.opening import OPENING


def visit(scene: Scene) -> str:
    """The technician does everything right, and the network refuses the internet service."""
    return fall_out(scene, times=1)


def fall_out(scene: Scene, *, times: int | None) -> str:
    """The whole visit, and the network refuses the internet service so many times (None: for ever)."""
    settlement.refuse_internet(scene, times=times)
    outcomes.install(scene)
    stuck = scene.until("the internet service has fallen out", lambda: activation_in(scene, "fallout"))
    billed = {entry.charge_code for entry in outcomes.ledger_of(scene)}
    expect("P1" not in billed, "what does not run is not billed", billed)
    scene.ids["activation"] = stuck["id"]
    return f"the network refused internet ({stuck['reason']}); it waits in the fallout queue, and is not billed"


def retry(scene: Scene) -> str:
    """The network desk looks at the queue and tries again; the card is closed."""
    card = scene.until("a card about it", lambda: next(iter(outcomes.open_cards(scene)), None))
    expect(card["kind"] == "fallout", "a person is asked about the fallout", card)
    scene.supervisor.post(f"/api/v1/activations/{scene.ids['activation']}/retry")
    scene.until("the service is active", lambda: activation_in(scene, "succeeded"))
    outcomes.resolve(scene, card, "dismiss", "Tried again.")
    return "tried again, and the network took it"


def shut_for_good(scene: Scene) -> str:
    """The technician does everything right, and the network will never take the internet service."""
    return fall_out(scene, times=None)


def roll_back(scene: Scene) -> str:
    """The network desk takes back what was written: the rest of the order is delivered, the service is not."""
    settlement.mend_network(scene)  # enough to take back, too late to go on
    decided = {"reason": "The port is broken; the customer gets another offer."}
    scene.supervisor.post(f"/api/v1/activations/{scene.ids['activation']}/rollback", decided)
    scene.until("what was written is taken back", lambda: activation_in(scene, "rolledBack"))
    order = outcomes.order_ends(scene, "partial")
    settlement.booked(scene, {"F1": 1, "L1": 1})
    states = {service["kind"]: service["state"] for service in order["services"]}
    expect(states == {"access": "active", "internet": "terminated"}, "only the service is gone", states)
    held = evidence.network_profiles(scene.site.network_record, UUID(scene.facts["services"]["internet"]["id"]))
    expect(held == {}, "the network holds nothing of it", held)
    for card in outcomes.open_cards(scene):
        outcomes.resolve(scene, card, "dismiss", "Rolled back.")
    return "rolled back; order partial, goods and work billed, the service neither runs nor is billed"


def activation_in(scene: Scene, state: str) -> dict[str, Any] | None:
    """The activation of the order's internet service, when it is in this state."""
    internet = scene.facts["services"]["internet"]["id"]
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = scene.supervisor.get("/api/v1/activations", state=state, page_size=200, **more)
        for one in page["items"]:
            if one["service_id"] == internet:
                return one
        cursor = page["next_cursor"]
        if cursor is None:
            return None


FALLOUT_RETRY = in_order(
    *OPENING,
    titled("Fallout", visit, is_visit=True),
    titled("Retry", retry),
    titled("Delivered", outcomes.delivered),
)
FALLOUT_ROLLBACK = in_order(*OPENING, titled("Fallout", shut_for_good, is_visit=True), titled("Roll back", roll_back))
