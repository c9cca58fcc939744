"""The windows that customers are offered: two hours of the local day each, whatever the clocks do. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UTC = ZoneInfo("UTC")


@dataclass(frozen=True, kw_only=True)
class WindowPolicy:
    """Which windows a day has. starts: on the clock of the place."""

    name: str
    version: int
    starts: tuple[time, ...]
    length: timedelta


# Long enough for a route to breathe, short enough to wait at home for.
TWO_HOURS = WindowPolicy(
    name="two_hours",
    version=1,
    starts=(time(8), time(10), time(12), time(14), time(16)),
    length=timedelta(hours=2),
)


@dataclass(frozen=True, kw_only=True)
class OfferedWindow:
    """A window as an instant and as what is meant by it. local: such as `2026-06-02 08:00–10:00`, in `zone`."""

    day: date
    start: datetime
    end: datetime
    zone: str
    local: str


def windows_of(days: Sequence[date], zone: str, policy: WindowPolicy = TWO_HOURS) -> tuple[OfferedWindow, ...]:
    """The windows of these local days, in order. zone: IANA."""
    return tuple(_window(day, start, zone, policy.length) for day in days for start in policy.starts)


def _window(day: date, start: time, zone: str, length: timedelta) -> OfferedWindow:
    # The end is what the clock will show then, not so many hours later: on two days of the year these differ.
    begins = datetime.combine(day, start)
    ends = begins + length
    return OfferedWindow(
        day=day,
        start=_instant(begins, zone),
        end=_instant(ends, zone),
        zone=zone,
        local=f"{day.isoformat()} {begins:%H:%M}–{ends:%H:%M}",
    )


def _instant(wall: datetime, zone: str) -> datetime:
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
