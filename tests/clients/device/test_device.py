"""The device keeps every piece of work, whatever the network, the server and its own clock do."""

import hashlib
import shutil
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from clients.device import device as devices
from clients.device.device import Device
from clients.device.errors import Locked, NotEnrolled, Offline, OtherTechnician, Stuck
from clients.device.store import DeviceStore
from sync import MemoryServer, Refused
from sync.operations import EnRoute, Note, Photo, Start
from sync.protocol import ErrorCode, MutationState, ReasonCode
from sync.server import Decision
from tests.clients.device.conftest import JOB, Opener
from tests.clients.device.twin import SCOPE, Fault, Twin, answer_lost, request_lost, says

PICTURES = [b"the box on the wall", b"the label of the box"]
LOG_IN_PAGE = says(200, "<html>Please log in to this network</html>")
TWO_YEARS_MS = 2 * 365 * 24 * 3600 * 1000


def taken(picture: bytes) -> Photo:
    return Photo(sha256=hashlib.sha256(picture).hexdigest(), media_type="image/jpeg", bytes=len(picture))


def states(device: Device) -> list[str]:
    return [str(entry.state) for entry in device.replica.outbox.entries]


def refusal(device: Device) -> ErrorCode:
    with pytest.raises(Refused) as caught:
        device.sync()
    return caught.value.refusal.code


def test_work_without_a_network_is_shown_at_once_and_waits(device: Device):
    device.is_online = False

    device.do(JOB, Start())

    assert (device.document("job", JOB)["state"], device.unsent) == ("started", 1)
    with pytest.raises(Offline):
        device.sync()


def test_work_is_sent_when_the_network_is_back(device: Device, twin: Twin):
    device.is_online = False
    device.do(JOB, EnRoute())
    device.do(JOB, Start())
    device.is_online = True

    device.sync()

    assert (states(device), device.unsent) == (["applied", "applied"], 0)
    assert device.documents("job")[0]["state"] == "started"
    assert len(twin.server.effects) == 2


@pytest.mark.parametrize("fault", [request_lost, answer_lost])
def test_what_the_network_loses_is_sent_again_and_has_one_effect(device: Device, twin: Twin, fault: Fault):
    mutation = device.do(JOB, Note(text="once"))
    twin.faults = [fault]
    with pytest.raises(Offline):
        device.sync()

    device.sync()

    assert (states(device), twin.server.effects) == (["applied"], (mutation.uid,))


def test_what_the_server_rejects_is_shown_to_the_technician(device: Device, twin: Twin):
    twin.server.remove("job", JOB)
    device.do(JOB, Note(text="where did it go?"))

    device.sync()

    assert device.refused == [("note", "quarantined", "not_found")]
    assert device.documents("job") == []


def test_trouble_that_passes_is_left_for_another_time(tmp_path: Path, open_device: Opener, twin: Twin):
    busy = Decision(status=MutationState.RETRY, code=ReasonCode.TRY_LATER, path="$")
    twin.server = MemoryServer("e1", decide=lambda _document, _mutation: busy)
    device = open_device(tmp_path / "device.db")
    device.enrol("CODE", name="phone")
    device.do(JOB, Note(text="later"))

    device.push()

    assert (states(device), twin.asked.count("/sync/v1/push")) == (["retry"], 1)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (503, '{"code": "busy"}', ErrorCode.BUSY),
        (502, "<html>Bad Gateway</html>", ErrorCode.BUSY),
        (429, '{"code": "too_many_attempts"}', ErrorCode.RATE_LIMITED),
        (302, "", ErrorCode.MALFORMED),
        (200, "<html>Please log in to this network</html>", ErrorCode.MALFORMED),
    ],
)
def test_whatever_answers_instead_nothing_is_lost(device: Device, twin: Twin, status: int, body: str, code: ErrorCode):
    device.do(JOB, Note(text="kept"))
    twin.faults = [says(status, body)]

    assert refusal(device) is code

    device.sync()
    assert states(device) == ["applied"]


# --- Clocks and tokens ------------------------------------------------------------------------------------------------


def test_tokens_that_are_over_are_renewed_on_the_way(device: Device, twin: Twin):
    device.do(JOB, Note(text="late"))
    twin.is_expired = True

    device.push()

    assert (states(device), twin.generation) == (["applied"], 2)


@pytest.mark.parametrize("years_ms", [-TWO_YEARS_MS, TWO_YEARS_MS])
def test_a_device_whose_clock_is_years_wrong_renews_and_corrects_its_times(
    twin: Twin, open_device: Opener, tmp_path: Path, years_ms: int
):
    device = open_device(tmp_path / "device.db", ahead_ms=years_ms)
    device.enrol("CODE", name="phone")
    twin.is_expired = True
    device.pull()

    mutation = device.do(JOB, Note(text="now"))

    assert mutation.off is not None
    assert (mutation.at + mutation.off, twin.generation) == (twin.now_ms, 2)


def test_who_must_enrol_again_keeps_the_work_and_its_outbox(device: Device, twin: Twin):
    device.do(JOB, Note(text="kept"))
    outbox = device.replica.outbox
    twin.is_expired = True
    twin.generation = 9  # a refresh token from long ago
    assert refusal(device) is ErrorCode.UNAUTHENTICATED
    assert [entry.mutation for entry in device.replica.outbox.entries] == [entry.mutation for entry in outbox.entries]

    device.enrol("ANOTHER", name="phone")
    device.sync()

    assert (device.replica.outbox.id, states(device)) == (outbox.id, ["applied"])


def test_another_technician_cannot_take_over_the_work(device: Device, twin: Twin):
    device.do(JOB, Note(text="Eero's"))
    twin.technician = "01900000-0000-7000-8000-0000000000bb"

    with pytest.raises(OtherTechnician):
        device.enrol("CODE-2", name="phone")

    assert device.unsent == 1


def test_a_device_must_be_enrolled_first(open_device: Opener, tmp_path: Path):
    with pytest.raises(NotEnrolled):
        open_device(tmp_path / "new.db").do(JOB, Note(text="too early"))


def test_a_revoked_device_lets_go_of_what_the_server_gave_and_keeps_its_own_work(device: Device, twin: Twin):
    device.do(JOB, Note(text="mine"))
    twin.faults = [says(403, '{"code": "device_revoked"}')]

    assert refusal(device) is ErrorCode.DEVICE_REVOKED

    assert (device.documents("job"), device.unsent) == ([], 1)
    with pytest.raises(NotEnrolled):
        device.sync()


def test_a_device_that_hears_at_a_pull_that_it_was_revoked_brings_its_work_first(device: Device, twin: Twin):
    mutation = device.do(JOB, Note(text="mine"))
    twin.faults = [says(403, '{"code": "device_revoked"}')]

    with pytest.raises(Refused):
        device.pull()

    assert (twin.server.effects, device.documents("job"), device.unsent) == ((mutation.uid,), [], 0)


def test_a_wipe_does_not_wait_for_a_network(device: Device, twin: Twin):
    device.do(JOB, Note(text="mine"))
    twin.faults = [says(403, '{"code": "device_revoked"}'), request_lost]

    with pytest.raises(Refused):
        device.pull()

    assert (device.documents("job"), device.unsent) == ([], 1)


# --- The lease --------------------------------------------------------------------------------------------------------


def test_what_a_device_holds_is_shown_until_its_lease_runs_out(device: Device, twin: Twin):
    twin.now_ms += twin.lease_seconds * 1000

    assert device.documents("job") != []
    twin.now_ms += 1
    with pytest.raises(Locked):
        device.documents("job")


def test_a_clock_that_is_set_back_does_not_make_a_lease_longer(device: Device, twin: Twin):
    twin.now_ms -= TWO_YEARS_MS

    with pytest.raises(Locked):
        device.document("job", JOB)


def test_a_locked_device_sends_what_waits_and_opens_with_the_answer(device: Device, twin: Twin):
    device.do(JOB, Start())
    twin.now_ms += 2 * twin.lease_seconds * 1000

    device.sync()

    assert (device.document("job", JOB)["state"], device.unsent) == ("started", 0)


# --- Words on the line ------------------------------------------------------------------------------------------------


def test_a_long_message_travels_packed(device: Device, twin: Twin):
    sizes: list[int] = []

    def weighed(twin: Twin, request: httpx.Request) -> httpx.Response:
        sizes.append(len(request.content))
        return twin.serve(request)

    device.do(JOB, Note(text="very long " * 1000))
    twin.faults = [weighed]

    device.push()

    assert sizes[0] < 1000
    assert states(device) == ["applied"]


def test_a_device_compares_once_what_it_holds(device: Device, twin: Twin):
    device.sync()
    twin.asked.clear()

    device.sync()

    assert twin.asked == ["/sync/v1/pull"]


def test_a_poke_ends_the_wait_for_news(device: Device, twin: Twin):
    twin.events = ':\n\ndata: {"scope":"technician:eero","seq":7}\n\n'

    device.wait_for_news()

    assert twin.asked[-1] == "/sync/v1/events"


def test_who_waits_for_news_without_a_network_hears_so(device: Device, twin: Twin):
    twin.faults = [request_lost]

    with pytest.raises(Offline):
        device.wait_for_news()


# --- Restore, clone, loss ---------------------------------------------------------------------------------------------


def test_after_a_restored_backup_what_it_lost_is_sent_again(device: Device, twin: Twin):
    backup = twin.server.backup()
    device.do(JOB, Note(text="lost by the server"))
    device.sync()
    twin.server.restore(backup, epoch="e2")

    device.do(JOB, Note(text="new"))
    device.sync()

    assert [note["text"] for note in device.document("job", JOB)["notes"]] == ["lost by the server", "new"]
    assert twin.server.view("phone")[f"job/{JOB}"]["notes"] == device.document("job", JOB)["notes"]


def test_a_gap_is_filled_from_what_is_still_held(device: Device, twin: Twin):
    backup = twin.server.backup()
    device.do(JOB, Note(text="one"))
    device.sync()
    twin.server.restore(backup, epoch="e1")
    device.do(JOB, Note(text="two"))

    device.push()

    assert (states(device), len(twin.server.effects)) == (["applied", "applied"], 2)


def test_a_cloned_storage_changes_its_numbers_and_nothing_is_lost(
    device: Device, twin: Twin, open_device: Opener, tmp_path: Path
):
    shutil.copytree(tmp_path, tmp_path.with_name("clone"))
    clone = open_device(tmp_path.with_name("clone") / "device.db")
    device.do(JOB, Note(text="of the one"))
    clone.do(JOB, Note(text="of the other"))

    device.sync()
    clone.sync()

    assert clone.replica.outbox.id != device.replica.outbox.id
    assert [note["text"] for note in clone.document("job", JOB)["notes"]] == ["of the one", "of the other"]


def test_what_a_device_lost_of_a_scope_comes_back_by_its_digest(device: Device, store: DeviceStore):
    store.save_replica(replace(device.replica, documents={}))  # as a fault of ours would
    device.pull()
    assert device.documents("job") == []

    device.pull(with_digests=True)

    assert [job["number"] for job in device.documents("job")] == ["J-1"]


def test_a_server_that_never_comes_to_an_end_is_left(device: Device, twin: Twin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(devices, "MAX_TRIPS", 3)
    device.do(JOB, Note(text="kept"))
    twin.faults = [says(410, '{"code": "cursor_invalid"}')] * 6

    with pytest.raises(Stuck):
        device.push()
    with pytest.raises(Stuck):
        device.pull()

    assert device.unsent == 1


def test_another_photo_than_the_one_that_is_named_is_refused(device: Device):
    with pytest.raises(ValueError, match="names the photo"):
        device.do(JOB, taken(PICTURES[0]), photo=PICTURES[1])

    assert device.replica.outbox.entries == ()


def test_a_job_of_another_scope_is_not_there(device: Device, twin: Twin):
    twin.server.put("job", "other", {"number": "J-2"}, {"technician:other"})

    device.pull()

    assert [job["number"] for job in device.documents("job")] == ["J-1"]
    assert {scope for held in device.replica.documents.values() for scope in held.scopes} == {SCOPE}
