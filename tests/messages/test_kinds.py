"""On which way a fact is told, and when: consent, urgency, the night at the site."""

from datetime import UTC, datetime

import pytest

from backend.messages.kinds import Channel, VisitFact, channel_after, channel_of, due_at, reminded_at

HELSINKI = "Europe/Helsinki"
EVENING, NIGHT = datetime(2026, 6, 1, 18, 30, tzinfo=UTC), datetime(2026, 6, 1, 3, 0, tzinfo=UTC)  # 21:30, 06:00 there


EMAIL, SMS, PUSH = Channel.EMAIL, Channel.SMS, Channel.PUSH


@pytest.mark.parametrize(
    ("fact", "open_ways", "channel"),
    [
        (VisitFact.CONFIRMED, {EMAIL, SMS, PUSH}, EMAIL),
        (VisitFact.CONFIRMED, {SMS, PUSH}, PUSH),
        (VisitFact.CONFIRMED, {SMS}, SMS),
        (VisitFact.ON_THE_WAY, {EMAIL, SMS, PUSH}, PUSH),
        (VisitFact.ON_THE_WAY, {EMAIL, SMS}, SMS),
        (VisitFact.ON_THE_WAY, {EMAIL}, EMAIL),
        (VisitFact.DELAYED, set(), None),
    ],
)
def test_one_way_is_chosen_among_those_that_are_open(fact: VisitFact, open_ways: set[Channel], channel: Channel | None):
    assert channel_of(fact, open_ways) is channel


@pytest.mark.parametrize(
    ("fact", "closed", "open_ways", "channel"),
    [
        (VisitFact.ON_THE_WAY, PUSH, {EMAIL, SMS, PUSH}, SMS),
        (VisitFact.ON_THE_WAY, SMS, {EMAIL, PUSH}, EMAIL),  # the browser asked meanwhile: it is not gone back to
        (VisitFact.ON_THE_WAY, EMAIL, {EMAIL, SMS, PUSH}, None),
        (VisitFact.DONE, EMAIL, {SMS}, SMS),
        (VisitFact.DONE, SMS, {EMAIL, PUSH}, None),
    ],
)
def test_from_a_closed_way_a_fact_goes_on_and_never_back(
    fact: VisitFact, closed: Channel, open_ways: set[Channel], channel: Channel | None
):
    assert channel_after(fact, closed, open_ways) is channel


@pytest.mark.parametrize(
    ("now", "at"), [(EVENING, datetime(2026, 6, 2, 5, tzinfo=UTC)), (NIGHT, datetime(2026, 6, 1, 5, tzinfo=UTC))]
)
def test_what_can_wait_waits_for_the_morning_at_the_site(now: datetime, at: datetime):
    assert due_at(VisitFact.DONE, now, HELSINKI) == at
    assert due_at(VisitFact.DELAYED, now, HELSINKI) == now
    assert due_at(VisitFact.DONE, now, "America/New_York") in (now, datetime(2026, 6, 1, 12, tzinfo=UTC))


def test_by_day_nothing_waits():
    noon = datetime(2026, 6, 1, 9, tzinfo=UTC)

    assert {due_at(fact, noon, HELSINKI) for fact in VisitFact} == {noon}


def test_reminders_keep_to_the_clock_on_the_wall_when_it_is_changed():
    before_change = datetime(2026, 10, 25, 10, tzinfo=UTC)  # clocks went back in the night

    assert reminded_at(before_change, HELSINKI) == datetime(2026, 10, 24, 13, tzinfo=UTC)
