"""A whole catalogue as one document, and the drafts in which the next one is written."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from backend.catalogue.lifecycle import DraftState
from backend.catalogue.schemas import (
    Code,
    CpeModel,
    Instant,
    Name,
    OfferingKind,
    OfferingSpecification,
    Period,
    WorkSpecification,
)
from backend.kernel.imports import RowChange, RowFault
from backend.kernel.money import MAX_AMOUNT_MINOR, Currency

MAX_ROWS = 2000  # of one kind in one document: the largest operators sell some hundreds of offerings


class ChargePrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one unit of a charge costs, in the currency's smallest unit."""

    amount_minor: Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT_MINOR)]
    currency: Currency
    period: Period = Period.ONCE


class PricedOffering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An offering with the prices of its charges, by their codes. members: of a bundle, which has no charges."""

    code: Code
    name: Name
    kind: OfferingKind = OfferingKind.SIMPLE
    specification: OfferingSpecification = msgspec.field(default_factory=OfferingSpecification)
    members: list[Code] = []
    prices: dict[Code, ChargePrice] = {}


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What holds from some date on. What it does not name stays as it is; withdrawn: offerings that are sold no more."""

    models: Annotated[list[CpeModel], msgspec.Meta(max_length=MAX_ROWS)] = []
    work: Annotated[list[WorkSpecification], msgspec.Meta(max_length=MAX_ROWS)] = []
    offerings: Annotated[list[PricedOffering], msgspec.Meta(max_length=MAX_ROWS)] = []
    withdrawn: Annotated[list[Code], msgspec.Meta(max_length=MAX_ROWS)] = []


class WriteDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new draft. It may name what does not exist yet: that is looked at when it is tried or published."""

    name: Name
    catalogue: Catalogue


class RewriteDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The draft as it shall be. version: the one that was read, so that nobody's changes are lost."""

    version: int
    name: Name
    catalogue: Catalogue


class DraftSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A draft without its contents. effective_from: of one that was published, else None."""

    id: UUID
    version: int
    name: str
    state: DraftState
    effective_from: datetime | None


class DraftView(DraftSummary, frozen=True, kw_only=True):
    catalogue: Catalogue


class PublishDraft(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """effective_from: now when left out. is_trial: only tell what would change and what is at fault."""

    effective_from: Instant | None = None
    is_trial: bool = False


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """What a catalogue changes from `effective_from` on; faults: only of a trial, as nothing with any is published."""

    effective_from: datetime
    is_trial: bool
    changes: list[RowChange]
    faults: list[RowFault]


class WithdrawOffering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """effective_from: now when left out."""

    effective_from: Instant | None = None
