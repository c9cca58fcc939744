"""A device with one job, and the server in memory that it talks to."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Protocol

import httpx
import pytest

from clients.device.device import Device
from clients.device.store import DeviceStore
from sync import MemoryServer
from tests.clients.device.twin import SCOPE, Twin

JOB = "01900000-0000-7000-8000-000000000001"


class Opener(Protocol):
    """Opens a device on a file; ahead_ms: how far its clock is off."""

    def __call__(self, path: Path, *, ahead_ms: int = 0) -> Device: ...


@pytest.fixture
def twin() -> Twin:
    server = MemoryServer("e1")
    server.put("job", JOB, {"number": "J-1", "state": "pending", "notes": []}, {SCOPE})
    return Twin(server)


@pytest.fixture
def open_device(twin: Twin) -> Iterator[Opener]:
    opened_here = ExitStack()

    def opened(path: Path, *, ahead_ms: int = 0) -> Device:
        store = opened_here.enter_context(closing(DeviceStore(path)))
        client = opened_here.enter_context(httpx.Client(transport=httpx.MockTransport(twin), base_url="http://server"))
        return Device(store, client, clock_ms=lambda: twin.now_ms + ahead_ms)

    with opened_here:
        yield opened


@pytest.fixture
def device(open_device: Opener, tmp_path: Path) -> Device:
    """Enrolled, and with the job."""
    device = open_device(tmp_path / "device.db")
    device.enrol("CODE", name="phone")
    device.pull()
    return device


@pytest.fixture
def store(device: Device, tmp_path: Path) -> Iterator[DeviceStore]:
    """The device's file, opened a second time."""
    with closing(DeviceStore(tmp_path / "device.db")) as opened:
        yield opened
