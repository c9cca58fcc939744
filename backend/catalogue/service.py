"""Use cases of the catalogue: what is sold, opened into its parts with the prices of a date."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.catalogue import queries
from backend.catalogue.models import CpeModelRow, OfferingRow, PriceRow, WorkSpecificationRow
from backend.catalogue.schemas import (
    USUALLY_EARNED,
    ChargeKind,
    ChargeNeed,
    CpeModel,
    Offering,
    OfferingKind,
    OfferingView,
    Period,
    PricedCharge,
    ResolvedOffering,
    WorkSpecification,
)
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.money import Money
from backend.kernel.paging import Page, decode_cursor, page_of

Prices = Mapping[tuple[UUID, str], PriceRow]


class UnknownOffering(NotFound):
    """No offering has this code."""

    code = "unknown_offering"


class UnknownWork(NotFound):
    """No work specification has this code."""

    code = "unknown_work"


class UnknownModel(NotFound):
    """No CPE model has this code."""

    code = "unknown_model"


class OfferingNotPublished(Conflict):
    """The offering is not on sale on that date yet."""

    code = "offering_not_published"


class PriceMissing(Conflict):
    """A charge has no price on that date: set one before you sell it."""

    code = "price_missing"


class PriceOverlaps(Conflict):
    """A price that starts then or later is set already: prices are only added at the end."""

    code = "price_overlaps"


class BadOffering(Invalid):
    """The offering contradicts itself. params: offering_code, reason."""

    code = "bad_offering"


class BadSerialPattern(Invalid):
    """The serial pattern is no regular expression, or contradicts the prefix. params: model, reason."""

    code = "bad_serial_pattern"


async def offering(tx: Transaction, code: str) -> Offering:
    """The offering with this code. Raises UnknownOffering."""
    row = await queries.by_code(tx, OfferingRow, code)
    if row is None:
        raise UnknownOffering(offering_code=code)
    return _offering(row)


async def offerings(tx: Transaction, *, at: datetime, page_size: int, cursor: str | None) -> Page[OfferingView]:
    """What is on sale at `at`, with the prices of then. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.published_offerings(tx, at, after=after, limit=page_size + 1)
    prices = await queries.prices_at(tx, [row.id for row in rows], at)
    return page_of([_offering_view(row, prices) for row in rows], [row.id for row in rows], page_size)


async def resolve(tx: Transaction, wanted: Sequence[tuple[str, int]], at: datetime) -> tuple[ResolvedOffering, ...]:
    """Open bundles into simple offerings and price every charge as of `at`.

    wanted: (code, quantity ≥ 1) in the order of the sale, which the answer keeps; a bundle's members stand together.
    Raises UnknownOffering, OfferingNotPublished, PriceMissing.
    """
    rows = await _published(tx, {code for code, _ in wanted}, at)
    opened = [part for code, quantity in wanted for part in _opened(rows[code], quantity)]
    rows |= await _published(tx, {code for code, _, _ in opened} - rows.keys(), at)
    prices = await queries.prices_at(tx, [row.id for row in rows.values()], at)
    return tuple(
        ResolvedOffering(
            offering=_offering(rows[code]),
            quantity=quantity,
            charges=_priced(rows[code], prices, at),
            bundle_code=bundle_code,
        )
        for code, quantity, bundle_code in opened
    )


async def work_specification(tx: Transaction, code: str) -> WorkSpecification:
    """The kind of work with this code. Raises UnknownWork."""
    row = await queries.by_code(tx, WorkSpecificationRow, code)
    if row is None:
        raise UnknownWork(work=code)
    return msgspec.convert(row, WorkSpecification, from_attributes=True)


async def cpe_model(tx: Transaction, code: str) -> CpeModel:
    """The model with this code. Raises UnknownModel."""
    row = await queries.by_code(tx, CpeModelRow, code)
    if row is None:
        raise UnknownModel(model=code)
    return msgspec.convert(row, CpeModel, from_attributes=True)


async def cpe_models(tx: Transaction) -> list[CpeModel]:
    """All models, by code."""
    return [msgspec.convert(row, CpeModel, from_attributes=True) for row in await queries.all_cpe_models(tx)]


async def add_offering(tx: Transaction, new: Offering) -> None:
    """Put an offering on sale from its `published_from`; what it names must exist.

    Raises BadOffering, UnknownOffering (a bundle's member), UnknownModel, UnknownWork.
    """
    await _check_members(tx, new)
    _check_charges(new)
    for need in new.specification.goods:
        await cpe_model(tx, need.model)
    if new.specification.work is not None:
        await work_specification(tx, new.specification.work)
    tx.add(OfferingRow(id=tx.new_id(), **msgspec.structs.asdict(new)))
    await tx.flush()


async def set_price(
    tx: Transaction, offering_code: str, charge_code: str, *, price: Money, period: Period, valid_from: datetime
) -> None:
    """Price one unit of a charge from `valid_from` on; the price before it ends there.

    Raises UnknownOffering, BadOffering for a charge that the offering lacks, PriceOverlaps.
    """
    row = (await queries.offerings_by_code(tx, {offering_code})).get(offering_code)
    if row is None:
        raise UnknownOffering(offering_code=offering_code)
    if charge_code not in {charge.code for charge in row.specification.charges}:
        raise BadOffering(offering_code=offering_code, reason=f"it has no charge {charge_code}")
    await _close_last_price(tx, row, charge_code, valid_from)
    tx.add(
        PriceRow(
            id=tx.new_id(),
            offering_id=row.id,
            charge_code=charge_code,
            amount_minor=price.amount_minor,
            currency=price.currency,
            period=period,
            valid_from=valid_from,
        )
    )
    await tx.flush()


async def add_work_specification(tx: Transaction, new: WorkSpecification) -> None:
    """Describe a kind of field work."""
    tx.add(WorkSpecificationRow(id=tx.new_id(), **msgspec.structs.asdict(new)))
    await tx.flush()


async def add_cpe_model(tx: Transaction, new: CpeModel) -> None:
    """Describe a model. Raises BadSerialPattern."""
    try:
        re.compile(new.serial_pattern)
    except re.error as error:
        raise BadSerialPattern(model=new.code, reason=str(error)) from None
    if not new.serial_pattern.startswith(f"^{new.serial_prefix}"):
        raise BadSerialPattern(model=new.code, reason=f"it does not begin with {new.serial_prefix}")
    tx.add(CpeModelRow(id=tx.new_id(), **msgspec.structs.asdict(new)))
    await tx.flush()


async def _check_members(tx: Transaction, new: Offering) -> None:
    is_bundle = new.kind is OfferingKind.BUNDLE
    if is_bundle == (not new.members):
        raise BadOffering(offering_code=new.code, reason="a bundle has members, a simple offering has none")
    members = await queries.offerings_by_code(tx, set(new.members))
    for code in new.members:
        if code not in members:
            raise UnknownOffering(offering_code=code)
        if members[code].kind is OfferingKind.BUNDLE:
            raise BadOffering(offering_code=new.code, reason="a bundle holds no bundles")


def _check_charges(new: Offering) -> None:
    """A charge that nothing of the offering can earn would stay open for ever."""
    models = {need.model for need in new.specification.goods}
    kinds = {need.kind for need in new.specification.services}
    for charge in new.specification.charges:
        if charge.kind is ChargeKind.FULFILMENT and charge.model not in models:
            raise BadOffering(offering_code=new.code, reason=f"{charge.code} is for goods that it lacks")
        if charge.kind is ChargeKind.PROVISION and charge.service_kind not in kinds:
            raise BadOffering(offering_code=new.code, reason=f"{charge.code} is for a service that it lacks")


async def _published(tx: Transaction, codes: set[str], at: datetime) -> dict[str, OfferingRow]:
    rows = await queries.offerings_by_code(tx, codes)
    for code in sorted(codes):
        if code not in rows:
            raise UnknownOffering(offering_code=code)
        if rows[code].published_from > at:
            raise OfferingNotPublished(offering_code=code, published_from=rows[code].published_from)
    return rows


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


async def _close_last_price(tx: Transaction, row: OfferingRow, charge_code: str, until: datetime) -> None:
    last = await queries.last_price(tx, row.id, charge_code)
    if last is None:
        return
    if last.valid_from >= until:
        raise PriceOverlaps(offering_code=row.code, charge_code=charge_code, valid_from=last.valid_from)
    last.valid_until = until


def _offering(row: OfferingRow) -> Offering:
    return msgspec.convert(row, Offering, from_attributes=True)


def _offering_view(row: OfferingRow, prices: Prices) -> OfferingView:
    charges = row.specification.charges
    return OfferingView(
        code=row.code,
        name=row.name,
        kind=row.kind,
        members=row.members,
        charges=[_priced_charge(c, prices[row.id, c.code]) for c in charges if (row.id, c.code) in prices],
    )
