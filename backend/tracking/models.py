"""Tables of tracking: what customers thought of a visit, who subscribed to a calendar, where technicians on their way are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.tables import Row


class VisitRating(Row):
    """What the customer said of a visit, once. stars: 1 to 5, 5 the best."""

    __tablename__ = "visit_rating"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), unique=True)
    stars: Mapped[int]
    comment: Mapped[str | None]
    rated_at: Mapped[datetime]


class CalendarFeed(Row):
    """Who holds the secret address of a calendar: the customer of a visit or a technician. A new one ends the old."""

    __tablename__ = "calendar_feed"

    token_hash: Mapped[str] = mapped_column(unique=True)
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"), unique=True)
    technician_id: Mapped[UUID | None] = mapped_column(ForeignKey("technician.id"), unique=True)


class TechnicianPosition(Row):
    """Where a technician was last on the way to a job, on a net of some hundred metres (`positions`). No second row tells of before."""

    __tablename__ = "technician_position"
    audited = False  # a row for each minute would be the trail that nobody is to have

    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"), unique=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("job.id"), index=True)
    latitude: Mapped[float]
    longitude: Mapped[float]
    told_at: Mapped[datetime] = mapped_column(index=True)
