"""A whole catalogue at once: taken in from a document with every fault told, all or nothing; and written out as one."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from backend.catalogue import authoring, lookups, queries
from backend.catalogue.draft_schemas import Catalogue, ChargePrice, PricedOffering, Publication
from backend.catalogue.errors import BadOffering, MemberNotOnSale
from backend.catalogue.models import OfferingRow, PriceRow
from backend.catalogue.schemas import Offering, OfferingKind
from backend.kernel.db import Transaction
from backend.kernel.imports import Intake, tried
from backend.kernel.money import Money


async def publish(
    tx: Transaction, catalogue: Catalogue, effective_from: datetime, *, is_trial: bool = False
) -> Publication:
    """Let a catalogue hold from `effective_from` on; what it does not name stays as it is.

    Offerings, prices and the owners of models hold from then, the rest of models and kinds of work at once. Raises RowsAtFault, unless it is a trial.
    """

    async def take() -> Intake:
        intake = Intake()
        await _take_all(tx, catalogue, effective_from, intake)
        return intake

    intake = await (tried(tx, take) if is_trial else take())
    if not is_trial:
        intake.require_none_at_fault()
    return Publication(effective_from=effective_from, is_trial=is_trial, changes=intake.changes, faults=intake.faults)


async def catalogue_at(tx: Transaction, at: datetime) -> Catalogue:
    """Everything that is on sale at `at` with the prices of then, all models with their owner of then, and all kinds of
    work, by code."""
    rows = await queries.all_sold(tx, at)
    prices = await queries.prices_at(tx, [row.id for row in rows], at)
    return Catalogue(
        models=await lookups.cpe_models(tx, at),
        work=await lookups.work_specifications(tx),
        offerings=[_priced(row, prices) for row in rows],
    )


async def _take_all(tx: Transaction, catalogue: Catalogue, at: datetime, intake: Intake) -> None:
    for number, model in enumerate(catalogue.models, 1):
        await intake.take(tx, "models", number, model.code, lambda row=model: authoring.put_cpe_model(tx, row, at))
    for number, work in enumerate(catalogue.work, 1):
        await intake.take(tx, "work", number, work.code, lambda row=work: authoring.put_work_specification(tx, row))
    numbered = list(enumerate(catalogue.offerings, 1))
    # A bundle may stand before its members.
    for number, wanted in sorted(numbered, key=lambda one: one[1].kind is OfferingKind.BUNDLE):
        await intake.take(tx, "offerings", number, wanted.code, lambda row=wanted: _put_offering(tx, row, at))
    for number, code in enumerate(catalogue.withdrawn, 1):
        await intake.take(tx, "withdrawn", number, code, lambda row=code: _withdraw(tx, row, at))
    await _refuse_empty_bundles(tx, at, intake)


async def _put_offering(tx: Transaction, wanted: PricedOffering, at: datetime) -> str | None:
    _check_prices(wanted)
    versions = (await queries.versions(tx, {wanted.code})).get(wanted.code, [])
    sold = next((row for row in versions if row.is_sold(at)), None)
    offering = _offering(wanted, at)
    if sold is not None and msgspec.structs.replace(lookups.offering_view(sold), published_from=at) == offering:
        return "repriced" if await _reprice(tx, sold, wanted, at) else None
    row = await authoring.add_offering(tx, offering)
    for charge_code, price in wanted.prices.items():
        authoring.add_price(tx, row, charge_code, price=_money(price), period=price.period, valid_from=at)
    await tx.flush()
    return "changed" if versions else "added"


async def _reprice(tx: Transaction, sold: OfferingRow, wanted: PricedOffering, at: datetime) -> bool:
    """Set the prices that are not so at `at`; whether there were any."""
    then = await queries.prices_at(tx, [sold.id], at)
    different = [code for code, price in wanted.prices.items() if _price(then.get((sold.id, code))) != price]
    for code in different:
        price = wanted.prices[code]
        await authoring.set_price(tx, sold.code, code, price=_money(price), period=price.period, valid_from=at)
    return bool(different)


async def _withdraw(tx: Transaction, code: str, at: datetime) -> str:
    await authoring.withdraw_offering(tx, code, at)
    return "withdrawn"


async def _refuse_empty_bundles(tx: Transaction, at: datetime, intake: Intake) -> None:
    """A bundle on sale of which a member is not: nobody could order it."""
    sold = {row.code: row for row in await queries.all_sold(tx, at)}
    for row in sold.values():
        for member in dict.fromkeys(row.members):
            if member not in sold:
                error = MemberNotOnSale(offering_code=row.code, member=member)
                intake.refuse("offerings", 0, row.code, reason=error.code, detail=f"member: {member}")


def _check_prices(wanted: PricedOffering) -> None:
    charges = {charge.code for charge in wanted.specification.charges}
    if missing := charges - wanted.prices.keys():
        raise BadOffering(offering_code=wanted.code, reason=f"no price for {', '.join(sorted(missing))}")
    if surplus := wanted.prices.keys() - charges:
        raise BadOffering(offering_code=wanted.code, reason=f"it has no charge {', '.join(sorted(surplus))}")


def _offering(wanted: PricedOffering, published_from: datetime) -> Offering:
    values = {name: value for name, value in msgspec.structs.asdict(wanted).items() if name != "prices"}
    return Offering(**values, published_from=published_from)


def _priced(row: OfferingRow, prices: Mapping[tuple[UUID, str], PriceRow]) -> PricedOffering:
    charges = [charge.code for charge in row.specification.charges]
    found = {code: _price(prices.get((row.id, code))) for code in charges}
    return PricedOffering(
        code=row.code,
        name=row.name,
        kind=row.kind,
        specification=row.specification,
        members=row.members,
        prices={code: price for code, price in found.items() if price is not None},
    )


def _price(row: PriceRow | None) -> ChargePrice | None:
    if row is None:
        return None
    return ChargePrice(amount_minor=row.amount_minor, currency=row.currency, period=row.period)


def _money(price: ChargePrice) -> Money:
    return Money(amount_minor=price.amount_minor, currency=price.currency)
