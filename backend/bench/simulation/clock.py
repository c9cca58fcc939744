"""The server's clock in a simulation."""

from datetime import datetime

from sync.clock import instant
from sync.simulation.steps import DAWN_MS, DAY_MS


class VirtualClock:
    """The server's clock: it stands where it is put, the day before the first one until then."""

    def __init__(self) -> None:
        self._now = instant(DAWN_MS - DAY_MS)

    def now(self) -> datetime:
        return self._now

    def put(self, now_ms: int) -> None:
        self._now = instant(now_ms)
