"""Stand-ins for the outside world, one for each port."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

from backend.kernel.ids import id_source

MONDAY = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)  # 09:00 in Helsinki, in summer time


class FixedClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime = MONDAY) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> datetime:
        self._now += timedelta(seconds=seconds)
        return self._now


def counted_ids(clock: FixedClock, seed: int = 1) -> Callable[[], UUID]:
    """Ids that are the same in every run."""
    return id_source(clock, Random(seed).randbytes)
