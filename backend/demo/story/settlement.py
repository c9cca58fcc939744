"""Story 7, 8 and 10: the network runs the services, billing bills them since then, and both sides agree."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from backend.adapters.activation_simulator import ActivationSimulator, Fault
from backend.demo.story import evidence
from backend.demo.story.evidence import LedgerEntry
from backend.demo.story.office import Clerk
from backend.demo.story.scene import Scene, expect
from backend.kernel.clock import SystemClock
from backend.reconciliation.lifecycle import UNSETTLED

QUANTITIES = {"F1": 1, "F2": 1, "P1": 1, "P2": 1, "L1": 1}  # one mesh unit of two went back


def sabotage_network(scene: Scene) -> None:
    """Before the sync: the network will refuse whatever it is asked for."""
    if scene.is_broken("activation"):
        network = ActivationSimulator(scene.site.network_record, SystemClock())
        network.plan_fault(Fault.REFUSE, times=None, reason="sabotaged by the story")


def refuse_internet(scene: Scene, *, times: int | None) -> None:
    """The network will refuse the order's internet service so many times (None: for ever)."""
    network = ActivationSimulator(scene.site.network_record, SystemClock())
    internet = UUID(scene.facts["services"]["internet"]["id"])
    network.plan_fault(Fault.REFUSE, service_id=internet, times=times, reason="the port is shut")


def mend_network(scene: Scene) -> None:
    """The network does again what it is asked for."""
    ActivationSimulator(scene.site.network_record, SystemClock()).clear_faults()


def activation(scene: Scene) -> str:
    """The network holds and tested every service, and each is active since the job was completed on site."""
    since = scene.until("all services are active", lambda: _active_since(scene))
    for kind, service in scene.facts["services"].items():
        profiles = evidence.network_profiles(scene.site.network_record, UUID(service["id"]))
        expect(bool(profiles), f"the network's own record holds the {kind} service", profiles)
        calls = evidence.network_calls(scene.site.network_record, UUID(service["id"]))
        tested = [outcome for operation, outcome in calls if operation.startswith("test")]
        expect("done" in tested, f"the {kind} service was tested by the network", calls)
    completed = _completed_at(scene)
    expect(set(since.values()) == {completed}, "active since the completion on site", (since, completed))
    scene.facts["active_since"] = completed
    return f"{', '.join(sorted(since))} active since {completed:%Y-%m-%d %H:%M:%S} UTC, read back and tested"


def sabotage_billing(scene: Scene) -> None:
    """Before the sync: billing is not there to hear anything."""
    if scene.is_broken("billing"):
        scene.site.stop("billing")


def billing(scene: Scene) -> str:
    """The receiver's ledger has each line once: goods and labour as delivered, services since they are active."""
    entries = booked(scene, QUANTITIES)
    since = {entry.charge_code: entry.effective_at for entry in entries}
    active = scene.facts["active_since"]
    expect(since["P1"] == since["P2"] == active, "services are billed since they are active", (since, active))
    acknowledged = scene.until("billing's word on every line", lambda: acknowledged_triggers(scene))
    earned = scene.analyst.get("/api/v1/earned-triggers", order_id=scene.ids["order"])["items"]
    expect(len(earned) >= len(QUANTITIES), "each delivered line is earned", len(earned))
    return f"{len(entries)} ledger entries, {acknowledged} acknowledged; bill started {since['P1']:%H:%M:%S} UTC"


def booked(scene: Scene, quantities: Mapping[str, int]) -> list[LedgerEntry]:
    """Billing's ledger has each of these lines once, in the delivered quantity, and no other of the order."""
    entries = scene.until("billing booked every line", lambda: _entries(scene, quantities))
    found = {entry.charge_code: entry.quantity for entry in entries}
    expect(found == quantities, "one entry per line, in the delivered quantity", found)
    expect(len(entries) == len(quantities), "nothing was booked twice", [entry.charge_code for entry in entries])
    return entries


def sabotage_ledger(scene: Scene) -> None:
    """Before the comparison: billing forgets the telephone line."""
    if scene.is_broken("reconcile"):
        evidence.forget(scene.site.ledger, scene.facts["lines"]["P2"]["id"])


def reconcile(scene: Scene) -> str:
    """Billing's extract against the network: no difference for this order."""
    run = scene.analyst.post("/api/v1/reconciliation-runs")
    path = f"/api/v1/reconciliation-runs/{run['id']}"
    done = scene.until("the comparison is done", lambda: _finished(scene.analyst.get(path)))
    expect(done["state"] == "done", "the comparison succeeded", done)
    services = {service["id"] for service in scene.facts["services"].values()}
    breaks = [
        one for state in UNSETTLED for one in scene.analyst.get("/api/v1/breaks", state=state, page_size=200)["items"]
    ]
    ours = [(one["kind"], one["service_id"]) for one in breaks if one["service_id"] in services]
    expect(not ours, "network and billing agree on this order's services", ours)
    return f"{done['services_compared']} services held against {done['items_compared']} billed items, no break"


def balance(analyst: Clerk) -> str:
    """What runs is billed, and nothing else. Raises Unproven."""
    found = analyst.get("/api/v1/reports/balance")
    expect(found["difference"] == 0, "services active = services billed", found)
    return f"services active {found['services_active']} = services billed {found['services_billed']}"


def _active_since(scene: Scene) -> dict[str, datetime] | None:
    since = {}
    for kind, known in scene.facts["services"].items():
        service = scene.supervisor.get(f"/api/v1/services/{known['id']}")
        if service["state"] != "active":
            return None
        since[kind] = datetime.fromisoformat(service["active_since"])
    return since


def _completed_at(scene: Scene) -> datetime:
    facts = scene.supervisor.get(f"/api/v1/jobs/{scene.ids['job']}/facts")
    completed = next(fact for fact in facts if fact["lifecycle"] == "job" and fact["to_state"] == "completed")
    return datetime.fromisoformat(completed["occurred_at"])


def _entries(scene: Scene, quantities: Mapping[str, int]) -> list[LedgerEntry] | None:
    """The order's lines are asked for anew, as one that is delivered in part becomes two."""
    lines = scene.agent.get(f"/api/v1/orders/{scene.ids['order']}")["charge_lines"]
    entries = evidence.ledger_entries(scene.site.ledger, [line["id"] for line in lines])
    return entries if {entry.charge_code for entry in entries} >= quantities.keys() else None


def acknowledged_triggers(scene: Scene) -> int | None:
    """How many triggers of the order there are, once billing has applied them all."""
    triggers = scene.analyst.get("/api/v1/billing-triggers", order_id=scene.ids["order"])["items"]
    return len(triggers) if {trigger["state"] for trigger in triggers} == {"applied"} else None


def _finished(run: dict[str, object]) -> dict[str, object] | None:
    return run if run["state"] in ("done", "failed") else None
