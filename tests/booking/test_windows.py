"""The windows of a local day, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta

from backend.booking.windows import WindowPolicy, windows_of

HELSINKI = "Europe/Helsinki"


def test_a_day_has_five_windows_of_two_hours():
    windows = windows_of([date(2026, 6, 2)], HELSINKI)

    assert [window.local for window in windows] == [
        "2026-06-02 08:00–10:00",
        "2026-06-02 10:00–12:00",
        "2026-06-02 12:00–14:00",
        "2026-06-02 14:00–16:00",
        "2026-06-02 16:00–18:00",
    ]


def test_eight_in_the_morning_is_another_instant_after_the_clocks_changed():
    before, after = (windows_of([day], HELSINKI)[0] for day in (date(2026, 10, 24), date(2026, 10, 25)))

    assert (before.start, after.start) == (
        datetime(2026, 10, 24, 5, tzinfo=UTC),
        datetime(2026, 10, 25, 6, tzinfo=UTC),
    )


def test_a_window_across_the_change_ends_when_the_clock_says_so():
    early = WindowPolicy(name="early", version=1, starts=(time(2),), length=timedelta(hours=3))

    [spring], [autumn] = (windows_of([day], HELSINKI, early) for day in (date(2026, 3, 29), date(2026, 10, 25)))

    assert spring.end - spring.start == timedelta(hours=2)
    assert autumn.end - autumn.start == timedelta(hours=4)
