"""Local days as spans of time: midnight to midnight where the work is, 23 to 25 hours long."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, Date, String, column, values

from backend.kernel.tables import UtcDateTime
from backend.reporting.report_schemas import BadPeriod

MAX_DAYS = 92  # a quarter: so many rows are still read at a glance, and counted within a second
ERA = (date(2000, 1, 1), date(2199, 12, 31))
UTC_ZONE = "UTC"


class LocalDay(NamedTuple):
    day: date
    zone: str
    starts_at: datetime
    ends_at: datetime


def check_period(first: date, last: date) -> None:
    """Raises BadPeriod."""
    if not ERA[0] <= first <= last <= ERA[1] or (last - first).days >= MAX_DAYS:
        raise BadPeriod(first_day=first.isoformat(), last_day=last.isoformat(), max_days=MAX_DAYS)


def local_days(first: date, last: date, zones: Collection[str]) -> list[LocalDay]:
    """Every day of the period in every zone. zones: IANA names, UTC when there is none."""
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    return [
        LocalDay(day, zone, midnight(day, zone), midnight(day + timedelta(days=1), zone))
        for zone in sorted(zones) or [UTC_ZONE]
        for day in days
    ]


def midnight(day: date, zone: str) -> datetime:
    """The instant at which a local day begins."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def as_table(days: Collection[LocalDay]) -> CTE:
    """The days as a table that facts are joined to: `day`, `zone`, `starts_at`, `ends_at`."""
    columns = (
        column("day", Date),
        column("zone", String),
        column("starts_at", UtcDateTime),
        column("ends_at", UtcDateTime),
    )
    return values(*columns, name="local_day").data([tuple(day) for day in days]).cte("local_day")
