"""Variants of activation: the network refuses a service, and a person tries it again."""

from typing import Any

from backend.demo.story import onsite, settlement
from backend.demo.story.scene import Scene, expect
from backend.demo.story.steps import in_order, titled
from backend.demo.story.variants import outcomes
from backend.demo.story.variants.opening import OPENING
from sync.operations import Complete, Outcome


def visit(scene: Scene) -> str:
    """The technician does everything right, and the network refuses the internet service."""
    settlement.refuse_internet(scene, times=1)
    install(scene)
    stuck = scene.until("the internet service has fallen out", lambda: activation_in(scene, "fallout"))
    billed = {entry.charge_code for entry in outcomes.ledger_of(scene)}
    expect("P1" not in billed, "what does not run is not billed", billed)
    scene.ids["activation"] = stuck["id"]
    return f"the network refused internet ({stuck['reason']}); it waits in the fallout queue, and is not billed"


def install(scene: Scene) -> None:
    """A whole visit of the fibre line, without signal until its end."""
    onsite.enrol(scene, scene.ids["technician"])
    scene.phone.is_online = False
    onsite.arrive(scene)
    onsite.begin(scene)
    onsite.put_in(scene, *(units[0] for units in scene.facts["serials"].values()))
    onsite.photograph(scene)
    onsite.work(scene, Complete(outcome=Outcome.FULL))
    onsite.reconnect(scene)


def retry(scene: Scene) -> str:
    """The network desk looks at the queue and tries again; the card is closed."""
    card = scene.until("a card about it", lambda: next(iter(outcomes.open_cards(scene)), None))
    expect(card["kind"] == "fallout", "a person is asked about the fallout", card)
    scene.supervisor.post(f"/api/v1/activations/{scene.ids['activation']}/retry")
    scene.until("the service is active", lambda: activation_in(scene, "succeeded"))
    outcomes.resolve(scene, card, "dismiss", "Tried again.")
    return "tried again, and the network took it"


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
