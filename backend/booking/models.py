"""Tables of booking: holds that end by themselves, and appointments."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.booking.lifecycle import APPOINTMENT, HOLD, AppointmentState, HoldState
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Versioned

_IS_HELD = text("state = 'held'")
_IS_LIVE = text("state IN ('initialized', 'confirmed', 'inProgress')")


class HoldFact(FactRow):
    __tablename__ = "hold_fact"


class Hold(WorkRow, Stateful, Versioned):
    """A window that is kept for a customer who is deciding, with a technician's time and the goods; due at its expiry.

    helper_ids: who would come with the technician, and whose time is kept too.

    starts_at, ends_at: the work as it would be planned. reservation_ids: what was reserved for this hold, beyond what
    the order had already; it ends with the hold. cost_seconds: what the plan costs more, in seconds-equivalents.
    """

    __tablename__ = "hold"
    __table_args__ = (
        Index("uq_hold_job_id_held", "job_id", unique=True, sqlite_where=_IS_HELD, postgresql_where=_IS_HELD),
    )
    lifecycle = HOLD
    facts = HoldFact

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"))
    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"))
    helper_ids: Mapped[list[UUID]] = mapped_column(StructJson(list[UUID]), default=list, server_default="[]")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    window_zone: Mapped[str]
    window_local: Mapped[str]
    expires_at: Mapped[datetime]
    reservation_ids: Mapped[list[UUID]] = mapped_column(StructJson(list[UUID]))
    cost_seconds: Mapped[float]
    state: Mapped[HoldState]


class AppointmentFact(FactRow):
    __tablename__ = "appointment_fact"


class Appointment(Stateful, Versioned):
    """What a customer was promised. reason: why it was cancelled, missed or failed. One job has one live appointment."""

    __tablename__ = "appointment"
    __table_args__ = (
        Index("uq_appointment_job_id_live", "job_id", unique=True, sqlite_where=_IS_LIVE, postgresql_where=_IS_LIVE),
    )
    lifecycle = APPOINTMENT
    facts = AppointmentFact

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("hold.id"), unique=True)
    window_start: Mapped[datetime]
    window_end: Mapped[datetime]
    window_zone: Mapped[str]
    window_local: Mapped[str]
    state: Mapped[AppointmentState]
    reason: Mapped[str | None]


class BookingQuota(Row):
    """At most so many windows of a local day are promised for one kind of work in one territory."""

    __tablename__ = "booking_quota"
    __table_args__ = (UniqueConstraint("territory_id", "work"),)

    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"))
    work: Mapped[str]
    daily_limit: Mapped[int]
