"""What booking takes and shows, and the customer's document. Names follow TMF646 (appointment)."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from backend.booking.lifecycle import AppointmentState, HoldState
from backend.jobs.lifecycle import JobState
from backend.jobs.schemas import Window

MOST_DAYS = 14  # nobody plans a visit at home further ahead over the phone, and rosters are not made further

Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class HoldWindow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the windows that were offered."""

    window_start: Instant
    window_end: Instant


class CancelAppointment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """reason: why nobody shall come in this window; the job itself stays to be done."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class SetQuota(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """daily_limit: windows of a day, held and promised together; null for no bound."""

    daily_limit: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None


class QuotaView(msgspec.Struct, frozen=True, kw_only=True):
    """given: windows of the day that was asked for, held and promised together; null when none was."""

    work: str
    daily_limit: int
    given: int | None = None


class QuotasView(msgspec.Struct, frozen=True, kw_only=True):
    items: list[QuotaView]


class SlotView(msgspec.Struct, frozen=True, kw_only=True):
    """A window of a local day, and whether it can be kept.

    cost_seconds, travel_seconds: of the cheapest way, how much dearer the plan gets in seconds-equivalents, and how much
    more is driven. technician_count: how many could. reasons: if closed, how many technicians each constraint stops; with 0,
    what nobody can do anything about: quota (the day is full for this kind of work), after (what the job waits for is not done
    by then, or what waits for it has begun), no_technician.
    """

    day: date
    window: Window
    state: Literal["open", "closed"]
    cost_seconds: float | None = None
    travel_seconds: int | None = None
    technician_count: int = 0
    reasons: dict[str, int] = {}


class SlotsView(msgspec.Struct, frozen=True, kw_only=True):
    """policy: which windows a day has; travel_sources: where the driving times come from."""

    job_id: UUID
    policy: str
    travel_sources: list[str]
    slots: list[SlotView]


class HoldView(msgspec.Struct, frozen=True, kw_only=True):
    """A window that is kept until `expires_at`; starts_at and ends_at: the work as it would be planned.

    helper_ids: whose time is kept besides, where the job takes a crew.
    """

    id: UUID
    job_id: UUID
    state: HoldState
    technician_id: UUID
    helper_ids: list[UUID]
    starts_at: datetime
    ends_at: datetime
    window: Window
    expires_at: datetime
    cost_seconds: float


class AppointmentView(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    version: int
    job_id: UUID
    hold_id: UUID
    state: AppointmentState
    window: Window
    reason: str | None


class Upcoming(msgspec.Struct, frozen=True, kw_only=True):
    """A confirmed appointment that is to come. zone: IANA."""

    appointment_id: UUID
    window_start: datetime
    zone: str
    confirmed_at: datetime


class BookingView(msgspec.Struct, frozen=True, kw_only=True):
    """How far a job's booking is: what is held for it, and what is promised and still to be kept."""

    job_id: UUID
    hold: HoldView | None
    appointment: AppointmentView | None


class NoticeFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a message to the customer is made of, the link apart. email, phone: None where we may not write to them.

    language: BCP 47; what: the work in words; where: street and city; link_expires_at: how long the page is of use.
    """

    appointment_id: UUID
    job_id: UUID
    email: str | None
    phone: str | None
    name: str
    language: str
    window_start: datetime
    window_end: datetime
    zone: str
    what: str
    where: str
    link_expires_at: datetime


class ComingTechnician(msgspec.Struct, frozen=True, kw_only=True):
    """Who is on the way. eta: the start of work as planned; None once there."""

    first_name: str
    eta: datetime | None


class AppointmentDocument(msgspec.Struct, frozen=True, kw_only=True):
    """An appointment as whoever has its link may see it: no name, no street. technician: while on the way or at work."""

    id: UUID
    state: AppointmentState
    window: Window
    what: str
    city: str
    job_state: JobState
    technician: ComingTechnician | None
