"""Variant of goods that come back: a line ends, one unit is brought in time; the other is late, charged, fetched, reversed."""

from typing import Any

from backend.demo.story import evidence, onsite, ordering, passing
from backend.demo.story.handset import Handset
from backend.demo.story.scene import Scene, Unproven, expect
from backend.demo.story.steps import in_order, titled
from backend.demo.story.variants import outcomes
from backend.demo.story.variants.opening import OPENING
from backend.demo.story.variants.visits import transposed
from clients.device.errors import DoubtfulSerial
from sync.operations import CaptureMethod, Complete, Outcome, SerialRecovered, Start

LATE_MINOR = 5000  # what Northbank asks since 2026 for a terminal that does not come (`returns/packs/northbank.json`)
FETCHING = "DISCONNECT"
BROUGHT, LATE = "GW-6", "ONT-G1"


def end_line(scene: Scene) -> str:
    """The customer gives the line up: with its last service both of our units are expected back, and a letter says so."""
    for service in scene.facts["services"].values():
        scene.agent.post(f"/api/v1/services/{service['id']}/termination", {"reason": "The customer moves abroad."})
    returns = scene.until("both units are expected back", lambda: _all_expected(scene))
    units = {one["model"]: one["serial"] for one in returns}
    wanted = {model: serials[0] for model, serials in scene.facts["serials"].items()}
    expect(units == wanted, "what was installed is what is expected back", units)
    scene.ids |= {one["model"]: one["id"] for one in returns}
    letter = scene.until("a letter about it", lambda: _letter(scene))
    return f"{', '.join(units.values())} expected by {returns[0]['return_by']}; letter “{letter}”"


def bring(scene: Scene) -> str:
    """The customer brings the gateway to the bench in time: it is returned, and costs nothing."""
    [bench] = scene.warehouse.get("/api/v1/stock-locations", kind="returns", page_size=200)["items"]
    serial = scene.facts["serials"][BROUGHT][0]
    receipt = scene.warehouse.post("/api/v1/stock-returns", {"serial": serial, "to_location_id": bench["id"]})
    scene.until("it is expected no more", lambda: _return(scene, BROUGHT)["state"] == "returned")
    return f"{serial} is on the bench, receipt {receipt['number']}; nothing charged"


def fall_due(scene: Scene) -> str:
    """The last day goes by without the terminal: billing books the policy's charge, once, beside all lines."""
    passing.let_return_fall_due(scene.site, scene.ids[LATE])
    late = scene.until("it is charged", lambda: _in_state(scene, "lateCharged"))
    booked = scene.until("billing has booked it", lambda: _booked(scene, 1))
    expect(booked == [("charged_once", 1, LATE_MINOR)], "the amount of the policy, once", booked)
    expect(late["is_overdue"] and late["charge_minor"] == LATE_MINOR, "the office sees it", late)
    return f"{late['serial']} did not come by {late['return_by']}: {LATE_MINOR / 100:.2f} {late['currency']} booked"


def ask_for_job(scene: Scene) -> str:
    """The office asks for a job that fetches it; it is no part of the order, and gets a window of its own."""
    path = f"/api/v1/expected-returns/{scene.ids[LATE]}/recovery"
    fetching = scene.dispatcher.post(path, {"work": FETCHING})["job"]
    expect(fetching["order_id"] is None, "it is no part of the order", fetching["order_id"])
    scene.ids["job"] = fetching["id"]
    window = ordering.appointment(scene)
    scene.dispatcher.post(f"/api/v1/territories/{scene.ids['territory']}/days/{scene.facts['day']}/dispatch")
    scene.ids["technician"] = outcomes.job_of(scene)["technician_id"]
    return f"job {fetching['number']}, {window}"


def fetch(scene: Scene) -> str:
    """Without signal the phone knows what to bring back, doubts another serial, and is not complete without the unit."""
    handset = onsite.enrol(scene, scene.ids["technician"])
    handset.device.is_online = False
    serial = scene.facts["serials"][LATE][0]
    listed = handset.device.document("job", scene.ids["job"])["to_recover"]
    expect(listed == [{"serial": serial, "model": LATE}], "the phone lists what to bring back", listed)
    onsite.arrive(scene, handset=handset)
    onsite.work(scene, Start(), handset=handset)
    doubt = _doubted(scene, transposed(serial), handset)
    expect(serial in doubt, "the phone says which unit was meant", doubt)
    onsite.work(scene, SerialRecovered(serial=serial, method=CaptureMethod.SCAN), handset=handset)
    onsite.photograph(scene, handset=handset)
    onsite.work(scene, Complete(outcome=Outcome.FULL), handset=handset)
    onsite.reconnect(scene, handset=handset)
    job = outcomes.job_of(scene)
    expect((job["state"], job["outcome"]) == ("completed", "full"), "the job is completed", job["state"])
    unit = scene.warehouse.get(f"/api/v1/serial-units/{serial}")["unit"]
    expect(unit["state"] == "recovered", "the unit is with the technician", unit)
    return f"the phone asked: {doubt}; job {job['number']} brings {serial} back"


def reversed_charge(scene: Scene) -> str:
    """It came after all: billing is told by a correction that names the charge, and the account owes nothing."""
    back = scene.until("the charge is reversed", lambda: _in_state(scene, "reversed"))
    booked = scene.until("billing has booked it", lambda: _booked(scene, 2))
    expect([one[1] for one in booked] == [1, 0], "the second stands in the place of the first", booked)
    charge, correction = evidence.account_entries(scene.site.ledger, scene.ids["account"])
    expect(correction.supersedes == charge.trigger_id, "it names what it supersedes", correction)
    scene.until("billing's word on both", lambda: _states(scene) == {"charge": "superseded", "correct": "applied"})
    return f"{back['serial']} is back; charge {charge.trigger_id} is superseded, and the account owes nothing"


def _return(scene: Scene, model: str) -> dict[str, Any]:
    return scene.dispatcher.get(f"/api/v1/expected-returns/{scene.ids[model]}")


def _in_state(scene: Scene, state: str) -> dict[str, Any] | None:
    found = _return(scene, LATE)
    return found if found["state"] == state else None


def _all_expected(scene: Scene) -> list[dict[str, Any]] | None:
    path = "/api/v1/expected-returns"
    found = scene.dispatcher.get(path, premises_id=scene.ids["premises"], state="expected")["items"]
    return found if len(found) == len(scene.facts["serials"]) else None


def _letter(scene: Scene) -> str | None:
    subjects = evidence.subjects_to(scene.site.home / "mail", scene.facts["mail"])
    return next((one for one in subjects if "return our equipment" in one), None)


def _booked(scene: Scene, count: int) -> list[tuple[str, int, int]] | None:
    """What billing booked of the account itself, once there is so much: (effect, quantity, amount)."""
    entries = evidence.account_entries(scene.site.ledger, scene.ids["account"])
    told = [(entry.effect, entry.quantity, entry.amount_minor) for entry in entries]
    return told if len(told) == count else None


def _states(scene: Scene) -> dict[str, str]:
    """Kind → state of the triggers that are of no charge line."""
    triggers = scene.analyst.get("/api/v1/billing-triggers", order_id=scene.ids["order"])["items"]
    return {one["kind"]: one["state"] for one in triggers if one["charge_line_id"] is None}


def _doubted(scene: Scene, serial: str, handset: Handset) -> str:
    try:
        onsite.work(scene, SerialRecovered(serial=serial, method=CaptureMethod.SCAN), handset=handset)
    except DoubtfulSerial as doubt:
        return str(doubt)
    raise Unproven(f"the phone took {serial} out without a question")


GOODS_COME_BACK = in_order(
    *OPENING,
    titled("Visit", outcomes.install, is_visit=True),
    titled("Delivered", outcomes.delivered),
    titled("End", end_line),
    titled("Brought", bring),
    titled("Late", fall_due),
    titled("Recovery job", ask_for_job),
    titled("Fetched", fetch, is_visit=True),
    titled("Reversed", reversed_charge),
)
