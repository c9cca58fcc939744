"""Story 5 and 6: the visit without any signal, and what happens when the signal returns."""

import hashlib
import struct
import time
import zlib

import httpx

from backend.demo.story import evidence
from backend.demo.story.scene import Scene, expect
from clients.device.device import Device
from clients.device.errors import Offline
from clients.device.store import DeviceStore
from sync.operations import (
    Acknowledge,
    Arrive,
    CaptureMethod,
    ChecklistAnswer,
    Complete,
    EnRoute,
    HazardAcknowledged,
    Measure,
    Note,
    Operation,
    Outcome,
    Photo,
    SerialInstalled,
    Signature,
    Start,
)
from sync.protocol import MutationState

DEVICE_TIMEOUT_SECONDS = 15.0
LIGHT_LEVEL_DBM = -18.5
NEW_PHONE = "+35895559876"
SETTLED = {MutationState.APPLIED, MutationState.MERGED}


def offline(scene: Scene) -> str:
    """Primed in the morning; in the basement everything is done, scanned and signed without a network."""
    _enrol(scene)
    phone, job = scene.phone, scene.ids["job"]
    phone.sync()
    van = {unit["serial"] for unit in phone.documents("serial_unit")}
    serials = scene.facts["serials"]
    ont, gateway, mesh = serials["ONT-G1"][0], serials["GW-6"][0], serials["MESH-6"][0]
    expect({ont, gateway, mesh} <= van, "the phone knows the van's stock, with what the job needs", sorted(van))
    phone.is_online = False
    _work(scene, [Acknowledge(), EnRoute(), Arrive()])
    document = phone.document("job", job)
    hazards = [*document["hazards"], *document["premises"]["hazards"]]
    _work(scene, [*(HazardAcknowledged(hazard=hazard) for hazard in hazards), Start()])
    _work(scene, [ChecklistAnswer(item="drop_intact", value=True)])
    _work(scene, [ChecklistAnswer(item="light_level", value=LIGHT_LEVEL_DBM)])
    _work(scene, [Measure(name="light_level", value=LIGHT_LEVEL_DBM, unit="dBm")])
    scanned = [] if scene.is_broken("scan") else [ont]
    for serial in (*scanned, gateway, mesh):
        expect(serial in van, "a serial is checked against the van before it is put in", serial)
        _work(scene, [SerialInstalled(serial=serial, method=CaptureMethod.SCAN)])
    _work(scene, [Note(text="Mesh unit 2 does not start: taken back.")])
    _photograph(scene)
    _work(scene, [Complete(outcome=Outcome.PARTIAL, undone=("MESH-6",))])
    scene.facts |= {"ont": ont, "completed_ms": int(time.time() * 1000)}
    scene.agent.patch(f"/api/v1/accounts/{scene.ids['account']}", {"phone": NEW_PHONE})
    return _check_on_device(scene, ont)


def sync(scene: Scene) -> str:
    """The signal returns: every operation has its verdict, photos follow, and the office's change is merged in."""
    if not scene.is_broken("sync"):
        scene.phone.is_online = True
        scene.until("the device has synced", lambda: _synced(scene))
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


def _enrol(scene: Scene) -> None:
    users = scene.supervisor.get("/api/v1/users")
    user = next(user for user in users if user["technician_id"] == scene.ids["technician"])
    code = scene.supervisor.post(f"/api/v1/users/{user['id']}/enrolment-codes")["code"]
    path = scene.site.home / f"device-{scene.number}-{scene.random.randrange(10**9)}.db"
    scene.line = httpx.Client(base_url=scene.url, timeout=DEVICE_TIMEOUT_SECONDS)
    scene.store, scene.device_file = DeviceStore(path), path
    scene.device = Device(scene.store, scene.line)
    scene.device.enrol(code, name=f"Phone of {user['name']}")


def _work(scene: Scene, done: list[Operation]) -> None:
    for operation in done:
        scene.phone.do(scene.ids["job"], operation)


def _photograph(scene: Scene) -> None:
    """A photo of the wall box and the customer's signature, drawn here and different in every telling."""
    photo, signature = _png(scene.random.randrange(256)), _png(scene.random.randrange(256))
    sha256 = hashlib.sha256(photo).hexdigest()
    named = Photo(sha256=sha256, media_type="image/png", bytes=len(photo))
    scene.phone.do(scene.ids["job"], named, photo=photo)
    signed = Signature(sha256=hashlib.sha256(signature).hexdigest(), signer_name="S. Tarina")
    scene.phone.do(scene.ids["job"], signed, photo=signature)
    scene.facts["photos"] = [sha256, signed.sha256]


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


def _synced(scene: Scene) -> bool:
    """One attempt; a server that a drill has killed answers nothing, and the outbox goes on waiting."""
    try:
        scene.phone.sync()
    except Offline:
        return False
    return scene.phone.unsent == 0


def _png(shade: int, side: int = 48) -> bytes:
    """A small grey square, as a real PNG."""
    rows = b"".join(b"\0" + bytes((shade, (shade + 7 * y) % 256, 200)) * side for y in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
