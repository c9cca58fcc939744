"""What a message is made of, handed over by whoever knows the appointment, and what a browser gets of it."""

from datetime import datetime
from uuid import UUID

import msgspec


class AppointmentNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer is told about a promised window.

    language: of the customer, BCP 47 (what we do not speak gets English); zone: IANA, of the premises; what: the work in
    words; where: street and city; tracking_url: whole, with its secret; earliest, latest: when work is expected to begin.
    """

    appointment_id: UUID
    email: str
    name: str
    language: str
    window_start: datetime
    window_end: datetime
    zone: str
    tracking_url: str
    what: str
    where: str
    earliest: datetime | None = None
    latest: datetime | None = None


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """What a browser shows, even with its page closed.

    id: the same however often it is tried; visit: of one visit the newest takes the place of the others; page: where a
    touch leads, on the customer's page, with its secret.
    """

    id: UUID
    visit: UUID
    title: str
    text: str
    page: str
