"""The outbox as a file: the work of a phone that cannot send it goes out from another one, once."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from clients.device.device import Device
from clients.device.errors import NotAnOutbox, NotEnrolled, OtherTechnician
from clients.device.store import DeviceStore
from clients.device.transfer import Carried, export_outbox, import_outbox
from sync.operations import Note, Photo, Start
from tests.clients.device.conftest import JOB, Opener
from tests.clients.device.twin import Twin

PICTURE = b"the box on the wall"
PHOTO = Photo(sha256=hashlib.sha256(PICTURE).hexdigest(), media_type="image/jpeg", bytes=len(PICTURE))


@pytest.fixture
def exported(device: Device, store: DeviceStore, tmp_path: Path) -> Path:
    """What the first phone did, as a file; it sent nothing."""
    device.do(JOB, Start())
    device.do(JOB, PHOTO, photo=PICTURE)
    export_outbox(store, tmp_path / "outbox.db")
    return tmp_path / "outbox.db"


@pytest.fixture
def other(open_device: Opener, tmp_path: Path) -> Device:
    """Another phone of the same technician."""
    other = open_device(tmp_path / "other.db")
    other.enrol("ANOTHER", name="second phone")
    other.pull()
    return other


@pytest.fixture
def other_store(other: Device, tmp_path: Path) -> Iterator[DeviceStore]:
    with closing(DeviceStore(tmp_path / "other.db")) as opened:
        yield opened


def states(device: Device) -> list[str]:
    return [str(entry.state) for entry in device.replica.outbox.entries]


def test_the_work_is_sent_behind_the_own_work_of_the_other_phone(
    exported: Path, other: Device, other_store: DeviceStore, twin: Twin
):
    other.do(JOB, Note(text="own"))

    carried = import_outbox(other_store, exported)
    twin.generation = 2
    other.sync()

    assert (carried, states(other)) == (Carried(mutations=2, photos=1), ["applied"] * 3)
    assert (len(twin.server.effects), list(twin.files.values())) == (3, [PICTURE])


def test_work_that_both_phones_send_has_one_effect(
    exported: Path, device: Device, other: Device, other_store: DeviceStore, twin: Twin
):
    import_outbox(other_store, exported)
    other.push()
    twin.generation = 1  # the first phone's tokens hold again
    device.push()

    assert len(twin.server.effects) == 2
    assert states(device) == ["applied"] * 2


def test_a_file_that_is_taken_over_twice_adds_nothing(exported: Path, other_store: DeviceStore):
    import_outbox(other_store, exported)

    assert import_outbox(other_store, exported) == Carried(mutations=0, photos=1)


def test_the_file_opens_no_door(exported: Path):
    with closing(DeviceStore(exported)) as carrier:
        identity = carrier.identity()

    assert identity is not None
    assert (identity.private_key, identity.tokens) == ("", None)
    assert exported.stat().st_mode & 0o077 == 0


def test_another_technician_cannot_take_the_work_over(exported: Path, open_device: Opener, tmp_path: Path, twin: Twin):
    twin.technician = "01900000-0000-7000-8000-0000000000bb"
    open_device(tmp_path / "hers.db").enrol("HERS", name="her phone")

    with closing(DeviceStore(tmp_path / "hers.db")) as hers, pytest.raises(OtherTechnician):
        import_outbox(hers, exported)


def test_work_that_was_changed_in_the_file_is_not_taken_over(exported: Path, other: Device, other_store: DeviceStore):
    with closing(sqlite3.connect(exported)) as connection:
        connection.execute("UPDATE mutation SET entry = CAST(replace(CAST(entry AS TEXT), 'start', 'enRoute') AS BLOB)")
        connection.commit()

    with pytest.raises(NotAnOutbox):
        import_outbox(other_store, exported)

    assert other.replica.outbox.entries == ()


def test_any_other_file_is_no_outbox(other_store: DeviceStore, tmp_path: Path):
    (tmp_path / "letter.txt").write_text("Dear customer, " * 100)

    with pytest.raises(NotAnOutbox):
        import_outbox(other_store, tmp_path / "letter.txt")
    with pytest.raises(FileNotFoundError):
        import_outbox(other_store, tmp_path / "nothing.db")


def test_an_exported_file_is_never_written_over(exported: Path, store: DeviceStore):
    with pytest.raises(FileExistsError):
        export_outbox(store, exported)


def test_who_is_not_enrolled_has_nothing_to_export(tmp_path: Path):
    with closing(DeviceStore(tmp_path / "new.db")) as new, pytest.raises(NotEnrolled):
        export_outbox(new, tmp_path / "outbox.db")


def saved(tmp_path: Path, device: Device, store: DeviceStore, **changes: Any) -> Path:
    """What the app in a browser would have saved of this device's work."""
    entries = [
        {"mutation": msgspec.to_builtins(entry.mutation), "state": "queued"} for entry in device.replica.outbox.entries
    ]
    identity = store.identity()
    assert identity is not None
    told = {"form": "truckroll outbox 1", "technician": identity.technician_id, "outbox": "o1", "entries": entries}
    file = tmp_path / "truckroll-outbox.json"
    file.write_text(json.dumps(told | changes))
    return file


def test_what_a_browser_saved_is_taken_over_once(
    device: Device, store: DeviceStore, other: Device, other_store: DeviceStore, twin: Twin, tmp_path: Path
):
    device.do(JOB, Note(text="from the browser"))
    file = saved(tmp_path, device, store)

    first, second = import_outbox(other_store, file), import_outbox(other_store, file)
    twin.generation = 2
    other.sync()

    assert (first, second) == (Carried(mutations=1, photos=0), Carried(mutations=0, photos=0))
    assert states(other) == ["applied"]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"technician": "somebody else"}, OtherTechnician),
        ({"form": "truckroll outbox 2"}, NotAnOutbox),
        ({"entries": [{"mutation": {}}]}, NotAnOutbox),
        ({"entries": "none"}, NotAnOutbox),
    ],
)
def test_another_file_of_a_browser_is_refused(
    device: Device,
    store: DeviceStore,
    other_store: DeviceStore,
    tmp_path: Path,
    changes: dict[str, Any],
    refusal: type[Exception],
):
    device.do(JOB, Start())

    with pytest.raises(refusal):
        import_outbox(other_store, saved(tmp_path, device, store, **changes))
