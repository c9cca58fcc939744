"""Use cases of the catalogue: what is sold, opened into its parts with the prices of a date.

How it is written stands in `authoring`, how a whole one is published in `publishing`, and how it is drafted in `drafts`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue import queries
from backend.catalogue.authoring import add_cpe_model, add_offering, add_work_specification, set_price
from backend.catalogue.drafts import (
    discard_draft,
    draft,
    draft_page,
    publish_draft,
    rewrite_draft,
    withdraw,
    write_draft,
)
from backend.catalogue.errors import (
    BadOffering,
    BadSerialPattern,
    OfferingNotPublished,
    OfferingWithdrawn,
    PriceMissing,
    PriceOverlaps,
    UnknownModel,
    UnknownOffering,
    UnknownWork,
)
from backend.catalogue.lookups import (
    cpe_model,
    cpe_models,
    offering,
    offering_view,
    on_sale,
    owner_of,
    work_specification,
)
from backend.catalogue.models import OfferingRow, PriceRow
from backend.catalogue.publishing import catalogue_at, publish
from backend.catalogue.schemas import (
    USUALLY_EARNED,
    ChargeNeed,
    OfferingKind,
    OfferingView,
    PricedCharge,
    ResolvedOffering,
)
from backend.kernel.db import Transaction
from backend.kernel.money import Money
from backend.kernel.paging import Page, decode_cursor, page_of

__all__ = [
    "BadOffering",
    "BadSerialPattern",
    "OfferingNotPublished",
    "OfferingWithdrawn",
    "PriceMissing",
    "PriceOverlaps",
    "UnknownModel",
    "UnknownOffering",
    "UnknownWork",
    "add_cpe_model",
    "add_offering",
    "add_work_specification",
    "catalogue_at",
    "cpe_model",
    "cpe_models",
    "discard_draft",
    "draft",
    "draft_page",
    "offering",
    "offerings",
    "owner_of",
    "publish",
    "publish_draft",
    "resolve",
    "rewrite_draft",
    "set_price",
    "withdraw",
    "work_specification",
    "write_draft",
]

Prices = Mapping[tuple[UUID, str], PriceRow]


async def offerings(tx: Transaction, *, at: datetime, page_size: int, cursor: str | None) -> Page[OfferingView]:
    """What is on sale at `at`, with the prices of then. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.published_offerings(tx, at, after=after, limit=page_size + 1)
    prices = await queries.prices_at(tx, [row.id for row in rows], at)
    return page_of([_offering_view(row, prices) for row in rows], [row.id for row in rows], page_size)


async def resolve(tx: Transaction, wanted: Sequence[tuple[str, int]], at: datetime) -> tuple[ResolvedOffering, ...]:
    """Open bundles into simple offerings and price every charge as of `at`.

    wanted: (code, quantity ≥ 1) in the order of the sale, which the answer keeps; a bundle's members stand together.
    Raises UnknownOffering, OfferingNotPublished, OfferingWithdrawn, PriceMissing.
    """
    rows = await on_sale(tx, {code for code, _ in wanted}, at)
    opened = [part for code, quantity in wanted for part in _opened(rows[code], quantity)]
    rows |= await on_sale(tx, {code for code, _, _ in opened} - rows.keys(), at)
    prices = await queries.prices_at(tx, [row.id for row in rows.values()], at)
    return tuple(
        ResolvedOffering(
            offering=offering_view(rows[code]),
            quantity=quantity,
            charges=_priced(rows[code], prices, at),
            bundle_code=bundle_code,
        )
        for code, quantity, bundle_code in opened
    )


def _opened(row: OfferingRow, quantity: int) -> list[tuple[str, int, str | None]]:
    """(code, quantity, bundle code) of each simple offering in `row`; a member that stands twice counts twice."""
    if row.kind is OfferingKind.SIMPLE:
        return [(row.code, quantity, None)]
    return [(code, quantity * row.members.count(code), row.code) for code in dict.fromkeys(row.members)]


def _priced(row: OfferingRow, prices: Prices, at: datetime) -> tuple[PricedCharge, ...]:
    for charge in row.specification.charges:
        if (row.id, charge.code) not in prices:
            raise PriceMissing(offering_code=row.code, charge_code=charge.code, at=at)
    return tuple(_priced_charge(charge, prices[row.id, charge.code]) for charge in row.specification.charges)


def _priced_charge(charge: ChargeNeed, price: PriceRow) -> PricedCharge:
    return PricedCharge(
        code=charge.code,
        kind=charge.kind,
        description=charge.description,
        model=charge.model,
        service_kind=charge.service_kind,
        earned=charge.earned or USUALLY_EARNED[charge.kind],
        price=Money(amount_minor=price.amount_minor, currency=price.currency),
        period=price.period,
    )


def _offering_view(row: OfferingRow, prices: Prices) -> OfferingView:
    charges = row.specification.charges
    return OfferingView(
        code=row.code,
        name=row.name,
        kind=row.kind,
        members=row.members,
        charges=[_priced_charge(c, prices[row.id, c.code]) for c in charges if (row.id, c.code) in prices],
    )
