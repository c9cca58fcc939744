"""What the customer's page shows and takes: one part for whoever has the link, one for who proved to be the customer."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from backend.catalogue.schemas import Period
from backend.customers.schemas import Email, Language, Notes, Phone
from backend.dispatch.schemas import ArrivalView
from backend.jobs.schemas import Window
from backend.workforce.schemas import Latitude, Longitude

Stars = Annotated[int, msgspec.Meta(ge=1, le=5)]
Comment = Annotated[str, msgspec.Meta(max_length=1000)]


class VisitState(StrEnum):
    """Where a visit is, as its customer sees it. unbooked: no time is agreed (any more)."""

    UNBOOKED = "unbooked"
    AGREED = "agreed"
    ON_THE_WAY = "on_the_way"
    AT_WORK = "at_work"
    DONE = "done"
    NOT_DONE = "not_done"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"


class Proof(StrEnum):
    """What the customer says beside the link: the last four digits of the phone number, else the postcode."""

    PHONE_DIGITS = "phone_digits"
    POSTCODE = "postcode"


class Step(StrEnum):
    """The way from the order to the first bill."""

    ORDERED = "ordered"
    AGREED = "agreed"
    ON_THE_WAY = "on_the_way"
    AT_WORK = "at_work"
    DONE = "done"
    CONNECTED = "connected"
    BILLED = "billed"


class Milestone(msgspec.Struct, frozen=True, kw_only=True):
    """at: None for what has not happened yet."""

    step: Step
    at: datetime | None


class InstalledUnit(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    serial: str


class ReceiptLine(msgspec.Struct, frozen=True, kw_only=True):
    """A charge, for its whole quantity, in the currency's smallest unit. is_delivered: not so of goods that are still to come and of services that do not run yet."""

    description: str
    quantity: int
    amount_minor: int
    currency: str
    period: Period
    is_delivered: bool


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered and what it costs. signed_by: who signed at the end of the visit."""

    order_number: str
    lines: list[ReceiptLine]
    signed_by: str | None


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    stars: int
    comment: str | None


class PositionView(msgspec.Struct, frozen=True, kw_only=True):
    """Where the technician was at `at`, give or take radius_m. distance_m: from there to the site as the crow flies, roughly."""

    latitude: float
    longitude: float
    radius_m: int
    distance_m: int
    at: datetime
    site_latitude: float
    site_longitude: float


class VisitDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What only the customer sees. pin: the technician's phone shows the same; journey: from the order to the first bill.

    notified_browser: the endpoint of the browser that is told what happens (Web Push); None when none is.
    is_connected: every service of the order runs. position: of the technician, only while on the way, and only if told lately.
    """

    name: str
    street: str
    email: str | None
    phone: str | None
    language: str
    email_consent: bool
    sms_consent: bool
    notified_browser: str | None
    access_notes: str | None
    pin: str | None
    position: PositionView | None
    journey: list[Milestone]
    is_connected: bool
    installed: list[InstalledUnit]
    receipt: Receipt | None
    rating: Rating | None


class VisitPage(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as its customer's page shows it. zone: IANA, of the premises; language: the customer's, BCP 47.

    arrival: when work is expected to begin; None before the day and where nobody has worked it out lately.
    technician: the first name, only while on the way or at work. proof: what has to be said to see `details`;
    changes_until: when the customer may no longer move or cancel it; None when that is over or never was.
    """

    state: VisitState
    window: Window | None
    zone: str
    what: str
    city: str
    language: str
    arrival: ArrivalView | None
    technician: str | None
    timeline: list[Milestone]
    preparation: list[str]
    can_book: bool
    changes_until: datetime | None
    proof: Proof
    details: VisitDetails | None


class TellPosition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the calling technician is, on the way to a job. In degrees."""

    job_id: UUID
    latitude: Latitude
    longitude: Longitude


class GiveProof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    answer: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]


class ProvedLink(msgspec.Struct, frozen=True, kw_only=True):
    """A token that shows and changes more than the link, until it expires."""

    token: str
    expires_at: datetime


class OfferedSlot(msgspec.Struct, frozen=True, kw_only=True):
    day: date
    window: Window
    is_open: bool


class OfferedSlots(msgspec.Struct, frozen=True, kw_only=True):
    slots: list[OfferedSlot]


class HeldSlot(msgspec.Struct, frozen=True, kw_only=True):
    """A window that is kept for the customer until `expires_at`."""

    id: UUID
    window: Window
    expires_at: datetime


class Correct(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the customer knows better. A field that is not sent stays as it is; null clears it."""

    email: Email | msgspec.UnsetType | None = msgspec.UNSET
    phone: Phone | msgspec.UnsetType | None = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    email_consent: bool | msgspec.UnsetType = msgspec.UNSET
    sms_consent: bool | msgspec.UnsetType = msgspec.UNSET
    access_notes: Notes | msgspec.UnsetType | None = msgspec.UNSET


class Rate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    stars: Stars
    comment: Comment | None = None


class FeedAddress(msgspec.Struct, frozen=True, kw_only=True):
    """path: of the calendar, on this server; whoever knows it reads it."""

    path: str


class BookingLink(msgspec.Struct, frozen=True, kw_only=True):
    """The address of the page on which a customer chooses a time; told once."""

    job_id: UUID
    url: str
    expires_at: datetime
