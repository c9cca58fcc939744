"""What customers are told of a visit, on which way, and when. Pure.

A fact is told once, on one way. What is of use only now goes out whatever the hour; all else waits for the morning.
"""

from collections.abc import Container, Sequence
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class VisitFact(StrEnum):
    """A fact of an appointment that its customer is told. failed: the technician stood before a closed door."""

    CONFIRMED = "appointment.confirmed"
    CANCELLED = "appointment.cancelled"
    REMINDED = "appointment.reminded"
    ON_THE_WAY = "visit.on_the_way"
    DELAYED = "visit.delayed"
    DONE = "appointment.completed"
    MISSED = "appointment.missed"
    FAILED = "appointment.failed"


class Channel(StrEnum):
    """push: a notification of the browser in which the customer asked for it."""

    EMAIL = "email"
    SMS = "sms"
    PUSH = "push"


# Read within minutes or not at all.
URGENT = frozenset({VisitFact.ON_THE_WAY, VisitFact.DELAYED})
# The customer waits for it, or has just asked for it.
PROMPT = URGENT | {VisitFact.CONFIRMED, VisitFact.CANCELLED}
# Told too late it is wrong: nobody is on the way any more.
PERISHABLE = URGENT | {VisitFact.REMINDED}

# What is urgent goes where it is seen at once, all else where it can be read again: the better way first.
SEEN_AT_ONCE = (Channel.PUSH, Channel.SMS, Channel.EMAIL)
READ_AGAIN = (Channel.EMAIL, Channel.PUSH, Channel.SMS)

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
REMINDED_AT = time(16)  # on the day before, when there is still time to move it


def channels_of(fact: VisitFact) -> Sequence[Channel]:
    """The ways on which a fact may be told, the better one first."""
    return SEEN_AT_ONCE if fact in URGENT else READ_AGAIN


def channel_of(fact: VisitFact, open_ways: Container[Channel]) -> Channel | None:
    """The one way on which a fact is told. open_ways: for which there is an address and consent. None: there is none."""
    return next((channel for channel in channels_of(fact) if channel in open_ways), None)


def channel_after(fact: VisitFact, closed: Channel, open_ways: Container[Channel]) -> Channel | None:
    """The next way when one turned out to be closed for good; never an earlier one, so that it comes to an end."""
    later = channels_of(fact)[channels_of(fact).index(closed) + 1 :]
    return next((channel for channel in later if channel in open_ways), None)


def due_at(fact: VisitFact, now: datetime, zone: str) -> datetime:
    """When it may go out: now, or when the night is over at the site. zone: IANA."""
    local = now.astimezone(ZoneInfo(zone))
    if fact in PROMPT or QUIET_UNTIL <= local.time() < QUIET_FROM:
        return now
    morning = local.date() if local.time() < QUIET_UNTIL else local.date() + timedelta(days=1)
    return datetime.combine(morning, QUIET_UNTIL, ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))


def reminded_at(window_start: datetime, zone: str) -> datetime:
    """When a customer is reminded of a window: in the afternoon of the day before, at the site."""
    day = window_start.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)
    return datetime.combine(day, REMINDED_AT, ZoneInfo(zone)).astimezone(ZoneInfo("UTC"))
