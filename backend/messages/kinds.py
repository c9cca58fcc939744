"""What customers are told of a visit, on which way, and when. Pure.

A fact is told once, on one way. What is of use only now goes out whatever the hour; all else waits for the morning.
"""

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
    EMAIL = "email"
    SMS = "sms"


# Read within minutes or not at all.
URGENT = frozenset({VisitFact.ON_THE_WAY, VisitFact.DELAYED})
# The customer waits for it, or has just asked for it.
PROMPT = URGENT | {VisitFact.CONFIRMED, VisitFact.CANCELLED}
# Told too late it is wrong: nobody is on the way any more.
PERISHABLE = URGENT | {VisitFact.REMINDED}

QUIET_FROM, QUIET_UNTIL = time(21), time(8)
REMINDED_AT = time(16)  # on the day before, when there is still time to move it


def channel_of(fact: VisitFact, *, email: str | None, phone: str | None, has_sms: bool) -> Channel | None:
    """The one way on which a fact is told: what is urgent by text message if there is one. None: we may not, or cannot.

    email, phone: None where there is none, or no consent.
    """
    possible = [Channel.EMAIL] if email else []
    possible += [Channel.SMS] if phone and has_sms else []
    wanted = Channel.SMS if fact in URGENT else Channel.EMAIL
    return wanted if wanted in possible else next(iter(possible), None)


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
