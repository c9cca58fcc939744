"""When reports are sent, by the office's clock, also in the nights in which it is changed."""

from datetime import UTC, date, datetime

import pytest

from backend.reporting.cadence import Cadence, last_until, next_after, span_of

HELSINKI = "Europe/Helsinki"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cadence", "hour", "after", "due"),
    [
        (Cadence.DAILY, 7, "2026-06-01 03:59", "2026-06-01 04:00"),
        (Cadence.DAILY, 7, "2026-06-01 04:00", "2026-06-02 04:00"),
        (Cadence.DAILY, 0, "2026-06-01 20:59", "2026-06-01 21:00"),  # midnight behind it, in Helsinki
        (Cadence.WEEKLY, 7, "2026-06-01 04:00", "2026-06-08 04:00"),
        (Cadence.MONTHLY, 7, "2026-06-01 04:00", "2026-07-01 04:00"),
        (Cadence.MONTHLY, 7, "2026-12-31 12:00", "2027-01-01 05:00"),
        (Cadence.DAILY, 7, "2026-10-24 05:00", "2026-10-25 05:00"),  # winter time since four in the night
        (Cadence.DAILY, 3, "2026-03-28 12:00", "2026-03-29 01:00"),  # three o'clock was left out: four it is
        (Cadence.DAILY, 3, "2026-10-24 12:00", "2026-10-25 00:00"),  # three o'clock came twice: the first
        (Cadence.DAILY, 3, "2026-10-25 00:00", "2026-10-26 01:00"),  # and not the second
    ],
)
def test_the_next_sending_is_at_that_hour_of_the_offices_clock(cadence: Cadence, hour: int, after: str, due: str):
    assert next_after(cadence, hour, HELSINKI, at(after)) == at(due)


@pytest.mark.parametrize(
    ("cadence", "sent_on", "first", "last"),
    [
        (Cadence.DAILY, "2026-03-01", "2026-02-28", "2026-02-28"),
        (Cadence.WEEKLY, "2026-06-08", "2026-06-01", "2026-06-07"),
        (Cadence.MONTHLY, "2026-03-01", "2026-02-01", "2026-02-28"),
        (Cadence.MONTHLY, "2027-01-01", "2026-12-01", "2026-12-31"),
    ],
)
def test_what_is_sent_is_of_whole_days_that_are_over(cadence: Cadence, sent_on: str, first: str, last: str):
    span = span_of(cadence, date.fromisoformat(sent_on))

    assert span == (date.fromisoformat(first), date.fromisoformat(last))


def test_who_comes_late_sends_what_was_last_to_be_sent():
    assert last_until(Cadence.WEEKLY, 7, HELSINKI, at("2026-06-18 12:00")) == date(2026, 6, 15)
    assert last_until(Cadence.WEEKLY, 7, HELSINKI, at("2026-06-15 03:59")) == date(2026, 6, 8)
