"""What the device's file holds survives every crash from the moment it is recorded."""

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from clients.device.device import Device
from clients.device.errors import StoreInUse
from clients.device.store import DeviceStore, Photo
from sync import PushRequest
from sync import replica as replicas
from sync.operations import Note, Start
from tests.clients.device.conftest import JOB
from tests.clients.device.twin import SCOPE, Twin

CRASH = """
import os, sys
from pathlib import Path
import httpx
from clients.device.device import Device
from clients.device.store import DeviceStore
from sync.operations import Note

device = Device(DeviceStore(Path(sys.argv[1])), httpx.Client(base_url="http://server.invalid"))
device.do(sys.argv[2], Note(text="the last thing that this process did"))
os._exit(9)
"""


def test_work_is_kept_when_the_process_dies_right_after_it_was_recorded(device: Device, tmp_path: Path, twin: Twin):
    path = tmp_path / "device.db"

    crashed = subprocess.run([sys.executable, "-c", CRASH, path, JOB], check=False, cwd=Path(__file__).parents[3])

    assert (crashed.returncode, device.unsent) == (9, 1)
    device.sync()
    assert len(twin.server.effects) == 1


def test_a_reopened_store_holds_the_same_replica(device: Device, tmp_path: Path):
    device.do(JOB, Start())
    device.do(JOB, Note(text="sent"))
    device.sync()
    device.do(JOB, Note(text="waits"))

    with closing(DeviceStore(tmp_path / "device.db")) as reopened:
        assert reopened.replica() == device.replica


def test_the_key_and_what_was_measured_of_the_clock_are_kept(store: DeviceStore):
    identity = store.identity()

    assert identity is not None
    assert identity.tokens is not None
    assert (identity.tokens.access_token, len(store.samples())) == ("access-1", 1)


def test_renumbered_work_replaces_the_old_numbers(device: Device, store: DeviceStore):
    for text in ("one", "two", "three"):
        device.do(JOB, Note(text=text))
    sent = replicas.renumber(device.replica, new_outbox="another")

    store.save_replica(sent)

    assert device.replica == sent


def test_a_photo_is_kept_with_its_work_or_not_at_all(device: Device, store: DeviceStore):
    before = device.replica
    device.do(JOB, Note(text="with a photo"))
    after = device.replica
    store.save_replica(before)
    broken = Photo(sha256="ab" * 32, media_type="image/png", body=None)  # type: ignore[arg-type]

    with pytest.raises(sqlite3.IntegrityError):
        store.save_replica(after, photo=broken)

    assert (device.replica, list(store.photos())) == (before, [])


def test_a_save_writes_what_changed_and_not_the_whole_day(device: Device, tmp_path: Path, twin: Twin):
    for number in range(200):
        twin.server.put("job", str(number), {"number": f"J-{number}", "access_notes": "x" * 2000}, {SCOPE})
    device.pull()
    log = tmp_path / "device.db-wal"
    before_bytes = log.stat().st_size

    device.do(JOB, Note(text="one"))

    assert log.stat().st_size - before_bytes < 50_000


def test_work_that_another_process_saves_meanwhile_is_not_undone(device: Device, store: DeviceStore):
    stale = store.replica()
    assert stale is not None
    device.do(JOB, Note(text="meanwhile"))

    with pytest.raises(StoreInUse):
        store.save_replica(replicas.mark_sent(stale, device_push(device)))

    assert [entry.mutation.args for entry in device.replica.outbox.entries] == [{"text": "meanwhile"}]
    assert store.replica() == device.replica


def device_push(device: Device) -> PushRequest:
    request = replicas.push_request(device.replica, device="phone")
    assert request is not None
    return request


def test_the_file_is_for_its_owner_only(device: Device, tmp_path: Path):
    assert stat.S_IMODE((tmp_path / "device.db").stat().st_mode) == 0o600


def test_the_file_can_be_read_without_this_code(device: Device, tmp_path: Path):
    device.do(JOB, Note(text="waits"))

    with closing(sqlite3.connect(tmp_path / "device.db")) as connection:
        rows = connection.execute("SELECT mid, op, document_id, state FROM mutation").fetchall()

    assert rows == [(1, "note", JOB, "queued")]
