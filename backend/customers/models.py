"""Tables of customers."""

from uuid import UUID

from sqlalchemy import ForeignKey, true
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.tables import StructJson, Versioned


class Account(Versioned):
    """Who pays, and how to reach them. phone: E.164; language: BCP 47; …_consent: we may write to them that way."""

    __tablename__ = "account"

    name: Mapped[str]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    language: Mapped[str]
    email_consent: Mapped[bool] = mapped_column(default=True, server_default=true())
    sms_consent: Mapped[bool] = mapped_column(default=True, server_default=true())


class Premises(Versioned):
    """Where the service is: address, point (WGS 84 degrees) and what a visitor has to know."""

    __tablename__ = "premises"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    street: Mapped[str]
    postcode: Mapped[str]
    city: Mapped[str]
    latitude: Mapped[float]
    longitude: Mapped[float]
    access_notes: Mapped[str | None]
    hazards: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    territory_id: Mapped[UUID | None] = mapped_column(ForeignKey("territory.id"), index=True)
