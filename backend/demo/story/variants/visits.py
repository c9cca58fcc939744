"""Variants of the visit: nobody at home, refused, a wrong serial, suspended and resumed, two technicians at one job."""

from backend.demo.story import evidence, onsite
from backend.demo.story.scene import Scene, Unproven, expect
from backend.demo.story.steps import Play, in_order, titled
from backend.demo.story.variants import outcomes
from backend.demo.story.variants.opening import OPENING
from clients.device.errors import DoubtfulSerial
from sync.operations import CaptureMethod, Complete, NotDone, Outcome, Resume, SerialInstalled, Suspend

DONE = Complete(outcome=Outcome.FULL)
FAULT = "network.fault"
NOBODYS = "NRSK00000000"  # well formed, and of no unit that was ever received


def ends_without_work(reason: str) -> Play:
    """A visit that comes to nothing, reported without signal and synced later."""

    def visit(scene: Scene) -> str:
        onsite.enrol(scene, scene.ids["technician"])
        scene.phone.is_online = False
        onsite.arrive(scene)
        onsite.work(scene, NotDone(reason=reason))
        onsite.reconnect(scene)
        job = outcomes.job_of(scene)
        expect((job["state"], job["reason"]) == ("notDone", reason), "the job is not done", (job["state"], reason))
        return f"job {job['number']} is not done: {reason}"

    return visit


def comes_to_nothing(scene: Scene) -> str:
    """The customer failed the appointment; nothing is billed, everything is given back."""
    outcomes.order_ends(scene, "failed")
    outcomes.appointment_is(scene, "failed")
    outcomes.nothing_billed(scene)
    outcomes.given_back(scene)
    return "order failed, appointment failed by the customer; nothing billed, everything given back"


def misread(scene: Scene) -> str:
    """The phone doubts a transposed serial without signal; one that is nobody's is asked about; the right one counts."""
    onsite.enrol(scene, scene.ids["technician"])
    scene.phone.is_online = False
    onsite.arrive(scene)
    onsite.begin(scene)
    ont, gateway = scene.facts["serials"]["ONT-G1"][0], scene.facts["serials"]["GW-6"][0]
    doubt = _doubted(scene, transposed(ont))
    expect(ont in doubt, "the phone says which unit was meant", doubt)
    onsite.work(scene, SerialInstalled(serial=NOBODYS, method=CaptureMethod.MANUAL, is_confirmed=True))
    onsite.put_in(scene, ont, gateway)
    onsite.photograph(scene)
    onsite.work(scene, DONE)
    onsite.reconnect(scene)
    [card] = outcomes.open_cards(scene)
    expect((card["kind"], card["subject"]) == ("serial", NOBODYS), "a person is asked about the unknown serial", card)
    outcomes.resolve(scene, card, "dismiss", "Misread: the unit is another one.")
    return f"the phone asked: {doubt}; {NOBODYS} went to a card, {ont} is installed"


def suspended(scene: Scene) -> str:
    """Work stops for a fault, a job to go on with it appears, and goes when the technician goes on after all."""
    onsite.enrol(scene, scene.ids["technician"])
    onsite.arrive(scene)
    onsite.begin(scene)
    onsite.work(scene, Suspend(reason=FAULT))
    onsite.reconnect(scene)
    follower = scene.until("a job that goes on with it", lambda: _follower(scene, "pending"))
    onsite.work(scene, Resume())
    onsite.put_in(scene, *(units[0] for units in scene.facts["serials"].values()))
    onsite.photograph(scene)
    onsite.work(scene, DONE)
    onsite.reconnect(scene)
    scene.until("that job is withdrawn", lambda: _follower(scene, "cancelled"))
    facts = scene.supervisor.get(f"/api/v1/jobs/{scene.ids['job']}/facts")
    way = [fact["to_state"] for fact in facts if fact["lifecycle"] == "job" and fact["command"] != "arrive"]
    expect(way == ["enRoute", "started", "suspended", "started", "completed"], "its way is on record", way)
    return f"suspended for {FAULT}, resumed and completed; job {follower['number']} came and went"


def overtaken(scene: Scene) -> str:
    """One works without signal while the office gives the job to another, who begins: one of them counts."""
    first = onsite.enrol(scene, scene.ids["technician"])
    first.device.is_online = False
    other = _give_to_another(scene)
    second = onsite.enrol(scene, other)
    onsite.arrive(scene, handset=second)
    onsite.begin(scene, handset=second)
    onsite.reconnect(scene, handset=second)
    onsite.arrive(scene, handset=first)
    onsite.begin(scene, handset=first)
    onsite.photograph(scene, handset=first)
    onsite.work(scene, DONE, handset=first)
    onsite.reconnect(scene, handset=first)
    states = {one.state for one in evidence.device_mutations(first.file) if one.op == "complete"}
    expect(states == {"conflict"}, "the first one's completion does not count by itself", states)
    van = {unit["model"]: unit["serial"] for unit in second.device.documents("serial_unit")}
    onsite.put_in(scene, van["ONT-G1"], van["GW-6"], handset=second)
    onsite.photograph(scene, handset=second)
    onsite.work(scene, DONE, handset=second)
    onsite.reconnect(scene, handset=second)
    cards = outcomes.open_cards(scene)
    expect(bool(cards), "a person is asked about the first one's work", cards)
    for card in cards:
        outcomes.resolve(scene, card, "dismiss", "The colleague has done it.")
    job = outcomes.job_of(scene)
    expect(job["technician_id"] == other, "who began has the job", job["technician_id"])
    return f"the second technician began and completed; {len(cards)} card about the first one's work"


def transposed(serial: str) -> str:
    """The serial with its last two neighbours that differ exchanged."""
    for place in range(len(serial) - 1, 4, -1):
        before, after = serial[place - 1 : place + 1]
        if before != after:
            return serial[: place - 1] + after + before + serial[place + 1 :]
    raise Unproven(f"{serial} has no two neighbours that differ")


def _doubted(scene: Scene, serial: str) -> str:
    try:
        onsite.put_in(scene, serial)
    except DoubtfulSerial as doubt:
        return str(doubt)
    raise Unproven(f"the phone took {serial} without a question")


def _follower(scene: Scene, state: str) -> dict[str, str] | None:
    jobs = scene.dispatcher.get("/api/v1/jobs", territory_id=scene.ids["territory"], state=state, page_size=200)
    mine = [job for job in jobs["items"] if job["order_id"] == scene.ids["order"] and job["id"] != scene.ids["job"]]
    return mine[0] if mine else None


def _give_to_another(scene: Scene) -> str:
    """The dispatcher assigns the job to a colleague who works that day, and sends it; who that is."""
    job = outcomes.job_of(scene)
    shifts = scene.dispatcher.get("/api/v1/shifts", day=scene.facts["day"])
    people = scene.dispatcher.get("/api/v1/technicians", page_size=200)["items"]
    here = {one["id"] for one in people if one["territory_id"] == scene.ids["territory"] and not one["is_contractor"]}
    other = next(one["technician_id"] for one in shifts if one["technician_id"] in here - {job["technician_id"]})
    body = {"technician_id": other, "start": job["planned_start"]}
    scene.dispatcher.post(f"/api/v1/jobs/{job['id']}/assignment", body)
    scene.dispatcher.post(f"/api/v1/territories/{scene.ids['territory']}/days/{scene.facts['day']}/dispatch")
    return other


NO_ACCESS = in_order(
    *OPENING,
    titled("No access", ends_without_work("no_access.nobody_home"), is_visit=True),
    titled("Nothing billed", comes_to_nothing),
)
REFUSED = in_order(
    *OPENING,
    titled("Refused", ends_without_work("refused.by_customer"), is_visit=True),
    titled("Nothing billed", comes_to_nothing),
)
WRONG_SERIAL = in_order(
    *OPENING, titled("Wrong serial", misread, is_visit=True), titled("Delivered", outcomes.delivered)
)
SUSPENDED_RESUMED = in_order(
    *OPENING, titled("Suspended", suspended, is_visit=True), titled("Delivered", outcomes.delivered)
)
TWO_TECHNICIANS = in_order(
    *OPENING, titled("Two at once", overtaken, is_visit=True), titled("Delivered", outcomes.delivered)
)
