"""Tables of the catalogue. Offerings and prices are history: one is closed by the next, none is changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.catalogue.draft_schemas import Catalogue
from backend.catalogue.lifecycle import DRAFT, DraftState
from backend.catalogue.schemas import (
    CheckDigit,
    ChecklistItem,
    GoodsNeed,
    OfferingKind,
    OfferingSpecification,
    Ownership,
    Period,
    SkillNeed,
)
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.tables import Row, StructJson, Versioned


class OfferingRow(Versioned):
    """A product offering or a bundle of them (see `schemas.Offering`), as it is sold from `published_from` until before
    `published_until` (None: until further notice). Of one code at most one is sold at a time.
    """

    __tablename__ = "product_offering"
    __table_args__ = (UniqueConstraint("code", "published_from"),)

    code: Mapped[str]
    name: Mapped[str]
    kind: Mapped[OfferingKind]
    specification: Mapped[OfferingSpecification] = mapped_column(StructJson(OfferingSpecification))
    members: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    published_from: Mapped[datetime]
    published_until: Mapped[datetime | None]

    def is_sold(self, at: datetime) -> bool:
        return self.published_from <= at and (self.published_until is None or self.published_until > at)


class PriceRow(Row):
    """The price of one unit of a charge from `valid_from` until before `valid_until` (None: until further notice)."""

    __tablename__ = "offering_price"
    __table_args__ = (UniqueConstraint("offering_id", "charge_code", "valid_from"),)

    offering_id: Mapped[UUID] = mapped_column(ForeignKey("product_offering.id"))
    charge_code: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    period: Mapped[Period]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]


class WorkSpecificationRow(Versioned):
    """A kind of field work (see `schemas.WorkSpecification`)."""

    __tablename__ = "work_specification"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    duration_seconds: Mapped[int]
    skills: Mapped[list[SkillNeed]] = mapped_column(StructJson(list[SkillNeed]))
    parts: Mapped[list[GoodsNeed]] = mapped_column(StructJson(list[GoodsNeed]), default=list)
    checklist: Mapped[list[ChecklistItem]] = mapped_column(StructJson(list[ChecklistItem]))
    hazards: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    preparation: Mapped[dict[str, list[str]]] = mapped_column(
        StructJson(dict[str, list[str]]), default=dict, server_default="{}"
    )
    crew_size: Mapped[int]


class CpeModelRow(Versioned):
    """A kind of device at the customer's (see `schemas.CpeModel`). ownerships: who its owner is, oldest first."""

    __tablename__ = "cpe_model"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    vendor: Mapped[str]
    serial_pattern: Mapped[str]
    serial_prefix: Mapped[str]
    serial_length: Mapped[int | None]
    check_digit: Mapped[CheckDigit]
    is_serialised: Mapped[bool]
    is_hazardous: Mapped[bool]
    is_export_controlled: Mapped[bool]
    ownerships: Mapped[list[Ownership]] = mapped_column(StructJson(list[Ownership]), default=list)


class DraftFact(FactRow):
    __tablename__ = "catalogue_draft_fact"


class CatalogueDraft(Stateful, Versioned):
    """The next catalogue, while it is written. effective_from: from when on it holds, once it is published."""

    __tablename__ = "catalogue_draft"
    lifecycle = DRAFT
    facts = DraftFact

    name: Mapped[str]
    catalogue: Mapped[Catalogue] = mapped_column(StructJson(Catalogue))
    state: Mapped[DraftState]
    effective_from: Mapped[datetime | None]
