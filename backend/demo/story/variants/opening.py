"""How most variants begin: a fibre line is ordered, a window confirmed, the job on a phone and the van loaded."""

from backend.demo.story import ordering
from backend.demo.story.ordering import wanted
from backend.demo.story.scene import Scene, expect
from backend.demo.story.steps import titled

CHARGES = {"F1": 1, "P1": 1, "L1": 1}  # of a fibre line that is delivered in full


def order(scene: Scene) -> str:
    """A customer buys Fibre 500; one job comes of it."""
    ordering.customer(scene)
    placed = ordering.place(scene, wanted("FIBRE-500"))
    ordering.submit(scene)
    job = ordering.find_job(scene)
    return f"order {placed['number']} of Fibre 500 becomes job {job['number']}"


def send(scene: Scene) -> str:
    """The day goes to the phones as it was promised, and the van is loaded."""
    path = f"/api/v1/jobs/{scene.ids['job']}"
    scene.dispatcher.post(f"/api/v1/territories/{scene.ids['territory']}/days/{scene.facts['day']}/dispatch")
    job = scene.dispatcher.get(path)
    expect(job["assignment"] == "dispatched", "the job is on a phone", job["assignment"])
    scene.ids["technician"] = job["technician_id"]
    ordering.load_van(scene)
    serials = [serial for units in scene.facts["serials"].values() for serial in units]
    return f"job {job['number']} is sent, {', '.join(serials)} are in the van"


BOOKING, SENDING = titled("Appointment", ordering.appointment), titled("Send", send)
OPENING = (titled("Order", order), BOOKING, SENDING)
