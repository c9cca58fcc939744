"""Tables of workforce. Only shifts are deleted: whoever leaves, or is away, has none."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from backend.kernel.tables import Row, StructJson, Versioned
from backend.workforce.areas import Point


class Territory(Versioned):
    """A part of the country that one team serves. zone: IANA name; the point: its centre, WGS 84 degrees.

    area: its corners (`areas`), None where nobody has drawn it.
    """

    __tablename__ = "territory"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    zone: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]
    area: Mapped[list[Point] | None] = mapped_column(StructJson(list[Point]))


class Skill(Row):
    """A skill that work may ask for."""

    __tablename__ = "skill"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class Technician(Versioned):
    """A person with a van. number: for people and for the planner; home: where the day starts and ends."""

    __tablename__ = "technician"

    number: Mapped[int] = mapped_column(unique=True)
    name: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    territory_id: Mapped[UUID] = mapped_column(ForeignKey("territory.id"), index=True)
    home_latitude: Mapped[float]
    home_longitude: Mapped[float]
    is_contractor: Mapped[bool]

    skills: Mapped[list["TechnicianSkill"]] = relationship(lazy="raise", order_by="TechnicianSkill.code")


class TechnicianSkill(Versioned):
    """A skill that a technician has. level: 1 to 5; expires_on: the last day of the certificate."""

    __tablename__ = "technician_skill"
    __table_args__ = (UniqueConstraint("technician_id", "code"),)

    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"))
    code: Mapped[str] = mapped_column(ForeignKey("skill.code"))
    level: Mapped[int]
    expires_on: Mapped[date | None]


class Shift(Versioned):
    """Working time of one technician on one local day (see `schemas.ShiftView`)."""

    __tablename__ = "shift"
    __table_args__ = (UniqueConstraint("technician_id", "day"),)

    technician_id: Mapped[UUID] = mapped_column(ForeignKey("technician.id"))
    day: Mapped[date] = mapped_column(index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    break_from: Mapped[datetime | None]
    break_until: Mapped[datetime | None]
    break_seconds: Mapped[int]
