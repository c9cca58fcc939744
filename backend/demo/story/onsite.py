"""What a technician does with a phone, with and without signal. Each function does one thing and checks nothing."""

import hashlib

from backend.demo.pictures import png
from backend.demo.story.handset import Handset, enrolled
from backend.demo.story.scene import Scene
from clients.device.serials import judged
from sync.operations import (
    Acknowledge,
    Arrive,
    CaptureMethod,
    ChecklistAnswer,
    EnRoute,
    HazardAcknowledged,
    Measure,
    Operation,
    Photo,
    SerialInstalled,
    Signature,
    Start,
)

LIGHT_LEVEL_DBM = -18.5
SIDE = 48  # of a picture, in pixels


def enrol(scene: Scene, technician_id: str) -> Handset:
    """A new phone for this technician, with everything that is on it in the morning."""
    users = scene.supervisor.get("/api/v1/users")
    user = next(user for user in users if user["technician_id"] == technician_id)
    code = scene.supervisor.post(f"/api/v1/users/{user['id']}/enrolment-codes")["code"]
    file = scene.site.home / f"device-{scene.ids['job']}-{len(scene.handsets)}.db"  # no other story's, on whatever site
    handset = enrolled(file, scene.url, code, name=f"Phone of {user['name']}")
    scene.handsets.append(handset)
    handset.device.sync()
    return handset


def work(scene: Scene, *done: Operation, handset: Handset | None = None) -> None:
    """Record this at the scene's job, on the first phone if none is named. Raises DoubtfulSerial."""
    device = (handset or scene.handsets[0]).device
    for operation in done:
        device.do(scene.ids["job"], judged(device, scene.ids["job"], operation))


def arrive(scene: Scene, *, handset: Handset | None = None) -> None:
    """On the way, there, and every hazard read."""
    work(scene, Acknowledge(), EnRoute(), Arrive(), handset=handset)
    document = (handset or scene.handsets[0]).device.document("job", scene.ids["job"])
    hazards = [*document["hazards"], *document["premises"]["hazards"]]
    work(scene, *(HazardAcknowledged(hazard=hazard) for hazard in hazards), handset=handset)


def begin(scene: Scene, *, handset: Handset | None = None) -> None:
    """Start, with the checklist answered and the light measured."""
    work(
        scene,
        Start(),
        ChecklistAnswer(item="drop_intact", value=True),
        ChecklistAnswer(item="light_level", value=LIGHT_LEVEL_DBM),
        Measure(name="light_level", value=LIGHT_LEVEL_DBM, unit="dBm"),
        handset=handset,
    )


def put_in(scene: Scene, *serials: str, handset: Handset | None = None) -> None:
    """Scan these units in."""
    for serial in serials:
        work(scene, SerialInstalled(serial=serial, method=CaptureMethod.SCAN), handset=handset)


def photograph(scene: Scene, *, handset: Handset | None = None) -> list[str]:
    """A photo of the wall box and the customer's signature, drawn here; their SHA-256."""
    device = (handset or scene.handsets[0]).device
    photo, signature = _square(scene.random.randrange(256)), _square(scene.random.randrange(256))
    named = Photo(sha256=hashlib.sha256(photo).hexdigest(), media_type="image/png", bytes=len(photo))
    device.do(scene.ids["job"], named, photo=photo)
    signed = Signature(sha256=hashlib.sha256(signature).hexdigest(), signer_name="S. Tarina")
    device.do(scene.ids["job"], signed, photo=signature)
    return [named.sha256, signed.sha256]


def reconnect(scene: Scene, *, handset: Handset | None = None) -> None:
    """The signal is back, and everything that was done is sent."""
    phone = handset or scene.handsets[0]
    phone.device.is_online = True
    scene.until("the device has synced", phone.sync)


def _square(shade: int) -> bytes:
    """A small grey square."""
    return png(SIDE, SIDE, lambda _, y: (shade, (shade + 7 * y) % 256, 200))
