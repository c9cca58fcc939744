"""Variant of a broken promise: the technician comes after the window, and the customer gets money back."""

from datetime import timedelta
from typing import Any

from backend.demo.story import passing
from backend.demo.story.scene import Scene, expect
from backend.demo.story.steps import in_order, titled
from backend.demo.story.variants import outcomes
from backend.demo.story.variants.opening import OPENING

LATE = timedelta(minutes=20)
MISSED_MINOR = 2500  # what Northbank gives for a window that it missed, since 2026 (`promises/packs/northbank.json`)


def pass_by(scene: Scene) -> str:
    """The window goes by, and nobody has come."""
    scene.until("the promise is on record", lambda: _promise(scene)["state"] == "confirmed")
    passing.let_window_pass(scene.site, scene.ids["job"], late=LATE)
    promise = _promise(scene)
    return f"the window ended at {promise['window_end']}, and nobody had come"


def credited(scene: Scene) -> str:
    """The promise is broken by us, and billing has booked the credit of the policy."""
    promise = scene.until("the promise is broken", lambda: _broken(scene))
    found = (promise["fault"], promise["cause"])
    expect(found == ("operator", "late"), "it is our fault: we were late", found)
    expect(promise["late_seconds"] >= LATE.total_seconds(), "by how much is on record", promise["late_seconds"])
    credits = scene.until("the credit of the policy", lambda: _promise(scene)["credits"])
    amounts = {credit["kind"]: credit["amount_minor"] for credit in credits}
    expect(amounts.get("missed") == MISSED_MINOR, "the policy's amount for a missed window", amounts)
    trigger = scene.until("billing has applied the credit", lambda: _credit_applied(scene))
    return f"late by {promise['late_seconds'] // 60} min, credit of {trigger['amount_minor'] / 100:.2f} {trigger['currency']} booked"


def _promise(scene: Scene) -> dict[str, Any]:
    found = scene.agent.get("/api/v1/promises", order_id=scene.ids["order"])["items"]
    return found[-1] if found else {"state": "none"}


def _broken(scene: Scene) -> dict[str, Any] | None:
    promise = _promise(scene)
    return promise if promise["state"] == "broken" else None


def _credit_applied(scene: Scene) -> dict[str, Any] | None:
    triggers = scene.analyst.get("/api/v1/billing-triggers", order_id=scene.ids["order"])["items"]
    return next((one for one in triggers if (one["kind"], one["state"]) == ("credit", "applied")), None)


TECHNICIAN_LATE = in_order(
    *OPENING,
    titled("Window over", pass_by),
    titled("Visit", outcomes.install, is_visit=True),
    titled("Delivered", outcomes.delivered),
    titled("Credit", credited),
)
