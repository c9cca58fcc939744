"""When a report is sent, and which days it is of then. Pure; hours are those of the office's clock, also when it is changed."""

from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
FURTHEST = 62  # days from one sending to the next, and then some


class Cadence(StrEnum):
    """daily: of the day before; weekly: on Mondays, of the week before; monthly: on the first, of the month before."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Span(NamedTuple):
    """Local days, both counted."""

    first_day: date
    last_day: date


def next_after(cadence: Cadence, hour: int, zone: str, instant: datetime) -> datetime:
    """The first sending after an instant, in UTC. hour: 0 to 23, local.

    An hour that the clocks leave out is taken as an hour later, one that they repeat as its first.
    """
    today = instant.astimezone(ZoneInfo(zone)).date()
    for ahead in range(FURTHEST):
        day = today + ahead * ONE_DAY
        due_at = _at(day, hour, zone)
        if _sends_on(cadence, day) and due_at > instant:
            return due_at
    raise AssertionError(f"{cadence} has no day within {FURTHEST} days")


def last_until(cadence: Cadence, hour: int, zone: str, instant: datetime) -> date:
    """The local day of the last sending until an instant."""
    today = instant.astimezone(ZoneInfo(zone)).date()
    for back in range(FURTHEST):
        day = today - back * ONE_DAY
        if _sends_on(cadence, day) and _at(day, hour, zone) <= instant:
            return day
    raise AssertionError(f"{cadence} had no day within {FURTHEST} days")


def span_of(cadence: Cadence, sent_on: date) -> Span:
    """What is told of on this day: whole days that are over."""
    last = sent_on - ONE_DAY
    if cadence is Cadence.DAILY:
        return Span(last, last)
    return Span(last - 6 * ONE_DAY, last) if cadence is Cadence.WEEKLY else Span(last.replace(day=1), last)


def _sends_on(cadence: Cadence, day: date) -> bool:
    if cadence is Cadence.WEEKLY:
        return day.weekday() == 0
    return cadence is Cadence.DAILY or day.day == 1


def _at(day: date, hour: int, zone: str) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)
