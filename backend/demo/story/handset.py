"""A technician's phone in the story: a device of its own, with its store and its line to the server."""

from dataclasses import dataclass
from pathlib import Path

import httpx

from clients.device.device import Device
from clients.device.errors import Offline
from clients.device.store import DeviceStore

DEVICE_TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True, kw_only=True)
class Handset:
    """file: where the store lies, for whoever looks at it from outside."""

    device: Device
    store: DeviceStore
    line: httpx.Client
    file: Path

    def sync(self) -> bool:
        """One attempt; whether all work is sent. A server that a drill has killed answers nothing: the work waits."""
        try:
            self.device.sync()
        except Offline:
            return False
        return self.device.unsent == 0

    def close(self) -> None:
        self.line.close()
        self.store.close()


def enrolled(file: Path, url: str, code: str, *, name: str) -> Handset:
    """A new phone on a store at `file`, enrolled with this code."""
    line, store = httpx.Client(base_url=url, timeout=DEVICE_TIMEOUT_SECONDS), DeviceStore(file)
    handset = Handset(device=Device(store, line), store=store, line=line, file=file)
    handset.device.enrol(code, name=name)
    return handset
