"""Tables of tracking: what customers thought of a visit, and who subscribed to a calendar."""

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
