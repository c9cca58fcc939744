"""The clock as a port: every rule takes `now` as an argument, and only the edges ask a clock."""

from datetime import UTC, datetime
from typing import Protocol

from backend.kernel.errors import Invalid


class BadInstant(Invalid):
    """An instant needs its offset, for example 2026-06-01T09:00:00+03:00 or …Z."""

    code = "bad_instant"


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def in_utc(given: datetime) -> datetime:
    """The same instant in UTC, for what was decoded without a check of its offset. Raises BadInstant."""
    try:
        if given.tzinfo is not None:
            return given.astimezone(UTC)
    except OverflowError:
        pass  # the first or the last day of the calendar, and UTC lies beyond it
    raise BadInstant(given=given.isoformat())
