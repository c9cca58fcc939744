"""When something really happened, although the device's clock may be years wrong.

The device measures how far its clock is off whenever it talks to the server and writes that offset beside each
mutation. The server corrects the time and bounds it by what it knows itself. Nothing here reads a clock.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from msgspec import Struct

SAMPLES_KEPT: Final = 8
"""As many as the clock filter of NTP looks at (RFC 5905 section 10)."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class OffsetSample(Struct, frozen=True, kw_only=True):
    """One trip: device clock when the request left and when the answer came, server's `time` between; milliseconds."""

    sent_ms: int
    server_ms: int
    received_ms: int

    @property
    def offset_ms(self) -> int:
        """What to add to the device clock, if both ways took equally long (Cristian 1989, doi 10.1007/BF01784024)."""
        return self.server_ms - (self.sent_ms + self.received_ms) // 2

    @property
    def error_ms(self) -> int:
        """How far `offset_ms` can be off: half the trip, rounded up."""
        return (self.received_ms - self.sent_ms + 1) // 2


class Bound(StrEnum):
    """Which server fact had to correct a device's claim."""

    NONE = "none"
    NOT_BEFORE = "not_before"
    RECEIVED = "received"


class Occurred(Struct, frozen=True):
    """occurred_ms: the instant to record; bound: what had to correct it, worth a look unless NONE."""

    occurred_ms: int
    bound: Bound


def estimate_offset(samples: Sequence[OffsetSample]) -> int | None:
    """Return milliseconds to add to the device clock now, None without a sample.

    samples: oldest first; only the last SAMPLES_KEPT count. The shortest trip is the most exact; but samples from
    before someone set the device's clock contradict the newest one and end the search.
    """
    if not samples:
        return None
    newest = best = samples[-1]
    for sample in reversed(samples[-SAMPLES_KEPT:]):
        if abs(sample.offset_ms - newest.offset_ms) > sample.error_ms + newest.error_ms:
            break
        if sample.error_ms < best.error_ms:
            best = sample
    return best.offset_ms


def occurred_at(at_ms: int, off_ms: int | None, *, not_before_ms: int, received_ms: int) -> Occurred:
    """Correct a device's time and bound it by server facts.

    at_ms, off_ms: of the mutation, off_ms None when never measured; not_before_ms: the earliest instant at which it
    can have happened, such as the dispatch of the job or the mutation before it; received_ms: server clock now.
    """
    claimed_ms = at_ms + (off_ms or 0)
    # A lower bound from another machine's clock may lie a moment ahead: receipt is the surer fact.
    if claimed_ms > received_ms or not_before_ms > received_ms:
        return Occurred(received_ms, Bound.RECEIVED)
    if claimed_ms < not_before_ms:
        return Occurred(not_before_ms, Bound.NOT_BEFORE)
    return Occurred(claimed_ms, Bound.NONE)


def instant(milliseconds: int) -> datetime:
    """Return the aware UTC datetime of milliseconds since 1970, 0 to MAX_TIME_MS, exactly."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


def milliseconds(moment: datetime) -> int:
    """Return milliseconds since 1970 of an aware datetime, rounded down."""
    assert moment.tzinfo is not None, f"{moment} has no time zone"
    return (moment - _EPOCH) // timedelta(milliseconds=1)
