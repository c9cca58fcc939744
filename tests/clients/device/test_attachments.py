"""Photos follow the work, go on from where they were cut, and hold up nothing."""

import hashlib
from pathlib import Path

import httpx
import pytest

from clients.device import attachments
from clients.device.device import Device
from clients.device.errors import Offline, Stuck
from clients.device.store import DeviceStore
from sync import Refused
from sync.operations import Note, Photo
from tests.clients.device.conftest import JOB, Opener
from tests.clients.device.shelf import UPLOADS
from tests.clients.device.twin import Fault, Twin, answer_lost, request_lost, says

PICTURES = [b"the box on the wall", b"the label of the box"]
LOG_IN_PAGE = says(200, "<html>Please log in to this network</html>")


def take(device: Device, *pictures: bytes) -> None:
    """Take these photos and push the work; the photos themselves wait."""
    for picture in pictures:
        named = Photo(sha256=hashlib.sha256(picture).hexdigest(), media_type="image/jpeg", bytes=len(picture))
        device.do(JOB, named, photo=picture)
    device.push()


def arrived(twin: Twin) -> list[bytes]:
    return list(twin.files.values())


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "PIECE_BYTES", 8)


def test_photos_follow_the_work_in_a_lane_of_their_own(device: Device, twin: Twin, store: DeviceStore):
    take(device, *PICTURES)

    device.sync()

    assert arrived(twin) == PICTURES
    assert twin.asked.index("/sync/v1/pull", 3) < twin.asked.index(UPLOADS)
    assert list(store.photos()) == []


@pytest.mark.parametrize("fault", [request_lost, answer_lost])
@pytest.mark.parametrize("trips", range(4))
def test_a_photo_that_is_cut_goes_on_from_there_and_blocks_no_work(
    device: Device, twin: Twin, fault: Fault, trips: int
):
    take(device, PICTURES[0])
    twin.faults = [Twin.serve] * trips + [fault]
    with pytest.raises(Offline):
        device.send_photos()
    device.do(JOB, Note(text="after it"))

    device.sync()

    states = [str(entry.state) for entry in device.replica.outbox.entries]
    assert (states, arrived(twin)) == (["applied", "applied"], PICTURES[:1])
    assert len(twin.shelf.uploads) <= (2 if trips == 0 else 1)  # only a lost creation is done again


def test_a_device_that_dies_goes_on_with_the_same_upload(
    device: Device, twin: Twin, open_device: Opener, tmp_path: Path
):
    take(device, PICTURES[0])
    twin.faults = [Twin.serve, Twin.serve, request_lost]
    with pytest.raises(Offline):
        device.send_photos()

    open_device(tmp_path / "device.db").send_photos()

    assert (arrived(twin), len(twin.shelf.uploads)) == (PICTURES[:1], 1)


def test_the_store_tells_how_far_a_photo_is(device: Device, twin: Twin, store: DeviceStore):
    take(device, PICTURES[0])
    twin.faults = [Twin.serve, Twin.serve, Twin.serve, request_lost]

    with pytest.raises(Offline):
        device.send_photos()

    upload = store.upload(hashlib.sha256(PICTURES[0]).hexdigest())
    assert upload is not None
    assert (upload.url, upload.sent_bytes) == (f"{UPLOADS}/1", 16)


def test_an_upload_that_the_server_has_forgotten_is_begun_anew(device: Device, twin: Twin):
    take(device, PICTURES[0])
    twin.faults = [Twin.serve, Twin.serve, request_lost]
    with pytest.raises(Offline):
        device.send_photos()
    twin.shelf.uploads.clear()

    device.send_photos()

    assert arrived(twin) == PICTURES[:1]


def test_an_upload_that_ends_in_the_middle_is_begun_anew(device: Device, twin: Twin):
    take(device, PICTURES[0])

    def ended(twin: Twin, request: httpx.Request) -> httpx.Response:
        del twin.shelf.uploads[request.url.path]
        return twin.serve(request)

    twin.faults = [Twin.serve, Twin.serve, ended]
    device.send_photos()

    assert arrived(twin) == PICTURES[:1]


def test_a_photo_that_the_server_has_is_not_sent(device: Device, twin: Twin):
    take(device, PICTURES[0])
    twin.files[hashlib.sha256(PICTURES[0]).hexdigest()] = PICTURES[0]

    device.send_photos()

    assert [path for path in twin.asked if path.startswith(UPLOADS)] == [UPLOADS]


@pytest.mark.parametrize("trips", range(3))
def test_a_log_in_page_does_not_take_a_photo(device: Device, twin: Twin, trips: int):
    take(device, PICTURES[0])
    twin.faults = [Twin.serve] * trips + [LOG_IN_PAGE]
    with pytest.raises(Offline):
        device.send_photos()

    device.send_photos()

    assert arrived(twin) == PICTURES[:1]


@pytest.mark.parametrize("code", ["wrong_media_type", "file_too_large"])
def test_a_photo_that_the_server_will_never_take_does_not_hold_up_the_others(
    device: Device, twin: Twin, store: DeviceStore, code: str
):
    take(device, *PICTURES)
    twin.faults = [says(422, f'{{"code": "{code}"}}')]

    device.send_photos()

    assert arrived(twin) == PICTURES[1:]
    assert store.refused_photos() == {hashlib.sha256(PICTURES[0]).hexdigest(): code}


@pytest.mark.parametrize(("status", "code"), [(423, "busy"), (429, "rate_limited"), (503, "busy")])
def test_trouble_that_passes_lets_a_photo_wait(device: Device, twin: Twin, status: int, code: str):
    take(device, PICTURES[0])
    twin.faults = [Twin.serve, says(status, '{"code": "upload_locked"}')]
    with pytest.raises(Refused, match=code):
        device.send_photos()

    device.send_photos()

    assert arrived(twin) == PICTURES[:1]


def test_a_photo_that_was_damaged_on_the_way_is_sent_again(device: Device, twin: Twin):
    take(device, PICTURES[0])

    def damaged(twin: Twin, request: httpx.Request) -> httpx.Response:
        return twin.serve(httpx.Request("PATCH", request.url, headers=request.headers, content=b"?" * 8))

    twin.faults = [Twin.serve, damaged]
    with pytest.raises(Refused, match="digest_mismatch"):
        device.send_photos()

    device.send_photos()

    assert arrived(twin) == PICTURES[:1]


def test_a_server_that_never_takes_a_byte_is_left(device: Device, twin: Twin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(attachments, "MAX_TRIPS", 3)
    take(device, PICTURES[0])
    twin.faults = [Twin.serve, *([says(408, ""), Twin.serve] * 3)]

    with pytest.raises(Stuck):
        device.send_photos()
