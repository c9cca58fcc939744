"""Story 5 and 6: the visit without any signal, and what happens when the signal returns."""

import time

from backend.demo.story import evidence, onsite
from backend.demo.story.scene import Scene, expect
from sync.operations import Complete, Note, Outcome
from sync.protocol import MutationState

NEW_PHONE = "+35895559876"
SETTLED = {MutationState.APPLIED, MutationState.MERGED}


def offline(scene: Scene) -> str:
    """Primed in the morning; in the basement everything is done, scanned and signed without a network."""
    onsite.enrol(scene, scene.ids["technician"])
    van = {unit["serial"] for unit in scene.phone.documents("serial_unit")}
    serials = scene.facts["serials"]
    ont, gateway, mesh = serials["ONT-G1"][0], serials["GW-6"][0], serials["MESH-6"][0]
    expect({ont, gateway, mesh} <= van, "the phone knows the van's stock, with what the job needs", sorted(van))
    scene.phone.is_online = False
    onsite.arrive(scene)
    onsite.begin(scene)
    onsite.put_in(scene, *([] if scene.is_broken("scan") else [ont]), gateway, mesh)
    onsite.work(scene, Note(text="Mesh unit 2 does not start: taken back."))
    scene.facts["photos"] = onsite.photograph(scene)
    onsite.work(scene, Complete(outcome=Outcome.PARTIAL, undone=("MESH-6",)))
    scene.facts |= {"ont": ont, "completed_ms": int(time.time() * 1000)}
    scene.agent.patch(f"/api/v1/accounts/{scene.ids['account']}", {"phone": NEW_PHONE})
    return _check_on_device(scene, ont)


def sync(scene: Scene) -> str:
    """The signal returns: every operation has its verdict, photos follow, and the office's change is merged in."""
    if not scene.is_broken("sync"):
        onsite.reconnect(scene)
    mutations = [one for one in evidence.device_mutations(scene.phone_file) if one.document_id == scene.ids["job"]]
    states = {one.op: one.state for one in mutations}
    unsettled = [(one.op, one.state, one.code) for one in mutations if one.state not in SETTLED]
    expect(not unsettled, "every operation was applied or merged", unsettled)
    held = evidence.device_document(scene.phone_file, "job", scene.ids["job"]) or {}
    expect(held.get("state") == "completed", "the server sends the job back as completed", held)
    expect(evidence.device_photos(scene.phone_file) == 0, "no photo waits any more")
    expect(held["customer"]["phone"] == NEW_PHONE, "the office's new number reached the phone", held["customer"])
    merged = sum(one.state == MutationState.MERGED for one in mutations)
    return f"{len(states)} kinds of work settled ({merged} merged with the office's change), photos sent"


def _check_on_device(scene: Scene, ont: str) -> str:
    """What the device has on its own disk, and that it shows the job as done although nobody knows yet."""
    mutations = [one for one in evidence.device_mutations(scene.phone_file) if one.document_id == scene.ids["job"]]
    expect(all(one.state == MutationState.QUEUED for one in mutations), "all of it waits on the device", mutations)
    shown = scene.phone.document("job", scene.ids["job"])
    expect(shown["state"] == "completed", "the technician sees the job as completed", shown["state"])
    scanned = [one["serial"] for one in shown["serials"]]
    expect(ont in scanned, f"the terminal {ont} was scanned", scanned)
    expect(evidence.device_photos(scene.phone_file) == len(scene.facts["photos"]), "photos wait on the device")
    return f"{len(mutations)} operations and {len(scene.facts['photos'])} photos on the device; scanned {scanned}"
