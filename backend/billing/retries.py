"""When billing is tried again: the pauses of one stream, and how the rest holds back while billing is away as a whole."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

PAUSES_SECONDS = (0.5, 1.0, 2.0, 4.0, *6 * (8.0,), 15.0, 30.0, 60.0, 120.0, 300.0)
"""The retry table: the pause after each failure in a row; the last one is kept. Five minutes bound how late it is told.

Ten failures in a row say little of a stream where four calls of ten fail: among 10,000 one has them by chance, and shall not
wait for minutes while the others are told. What fails longer is stuck by itself. That billing is away as a whole is the
gate's to find out, whatever the pauses are.
"""

CLOSES_AFTER = 100
"""Failures in a row, of whatever streams, that mean billing itself is away: more than are under way at a time."""

PROBE_SECONDS = 5.0
"""How often one trigger is tried while billing is away: 10,000 waiting streams must not make 10,000 calls each time."""


def pause(attempts: int, random: Random) -> timedelta:
    """How long a stream waits after so many failures in a row (≥ 1), half of it by chance.

    Source: "equal jitter" in M. Brooker, Exponential Backoff and Jitter, AWS Architecture Blog, 2015.
    """
    longest = PAUSES_SECONDS[min(attempts, len(PAUSES_SECONDS)) - 1]
    return timedelta(seconds=longest * random.uniform(0.5, 1.0))


@dataclass
class Gate:
    """Open while billing answers. Closed by failures in a row, then one call goes through every PROBE_SECONDS.

    Source: "circuit breaker" in M. Nygard, Release It!, 2nd edition, 2018, chapter 5.
    """

    failures: int = 0
    next_probe_at: datetime | None = None

    @property
    def is_closed(self) -> bool:
        return self.failures >= CLOSES_AFTER

    def room(self, now: datetime, *, free: int, under_way: int) -> int:
        """How many of `free` calls may begin now."""
        if not self.is_closed:
            return free
        if under_way or (self.next_probe_at is not None and now < self.next_probe_at):
            return 0
        self.next_probe_at = now + timedelta(seconds=PROBE_SECONDS)
        return min(free, 1)

    def heard(self, *, answered: bool) -> None:
        """One call ended, with any answer or with none."""
        self.failures = 0 if answered else self.failures + 1
