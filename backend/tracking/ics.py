"""Writing iCalendar: events with a start and an end, in UTC. Pure.

Source: RFC 5545, sections 3.1 (content lines of 75 octets), 3.3.11 (escaping), 3.6.1 (VEVENT).
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

import msgspec

MEDIA_TYPE = "text/calendar"
LINE_OCTETS = 75


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """uid: the same event again has the same; sequence: grows with each change of it; stamp: when it was read."""

    uid: str
    sequence: int
    stamp: datetime
    start: datetime
    end: datetime
    summary: str
    location: str
    description: str = ""
    is_cancelled: bool = False


def calendar(name: str, events: Iterable[Event]) -> str:
    """A whole calendar, with the line ends that the standard asks for."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//truckroll//truckroll//EN", f"X-WR-CALNAME:{_escaped(name)}"]
    lines += [line for event in events for line in _event(event)]
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}@truckroll.invalid"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTAMP:{_instant(event.stamp)}"
    yield f"DTSTART:{_instant(event.start)}"
    yield f"DTEND:{_instant(event.end)}"
    yield f"SUMMARY:{_escaped(event.summary)}"
    yield f"LOCATION:{_escaped(event.location)}"
    if event.description:
        yield f"DESCRIPTION:{_escaped(event.description)}"
    yield f"STATUS:{'CANCELLED' if event.is_cancelled else 'CONFIRMED'}"
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def _folded(line: str) -> Iterator[str]:
    """Lines of at most 75 octets, none of which ends within a character; all but the first begin with a blank."""
    piece, room = "", LINE_OCTETS
    for character in line:
        octets = len(character.encode())
        if octets > room:
            yield piece
            piece, room = " ", LINE_OCTETS - 1
        piece, room = piece + character, room - octets
    yield piece
