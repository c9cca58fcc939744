"""Writing the catalogue: each row is checked against what it names before it is written.

Offerings and prices are history: what is said of a date ends what was said before, and what was sold keeps its terms.
Models and kinds of work describe the world and hold for everybody, from when they are written; but whose property
units are is history, too.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from backend.catalogue import queries
from backend.catalogue.errors import (
    BadChecklist,
    BadOffering,
    BadSerialPattern,
    PriceOverlaps,
    PublishedLater,
    SerialisationIsFixed,
    UnknownOffering,
)
from backend.catalogue.lookups import cpe_model, work_specification
from backend.catalogue.models import CpeModelRow, OfferingRow, PriceRow, WorkSpecificationRow
from backend.catalogue.ownership import restated
from backend.catalogue.schemas import ChargeKind, CpeModel, GoodsNeed, Offering, OfferingKind, Period, WorkSpecification
from backend.kernel.db import Transaction
from backend.kernel.imports import brought_to
from backend.kernel.money import Money
from backend.kernel.tables import Row

R = TypeVar("R", bound=Row)


async def add_offering(tx: Transaction, new: Offering) -> OfferingRow:
    """Put an offering on sale from its `published_from`, in the place of what is sold under its code then.

    Raises BadOffering, UnknownOffering (a bundle's member), UnknownModel, UnknownWork, PublishedLater.
    """
    await _check_members(tx, new)
    _check_charges(new)
    await _require_models(tx, new.specification.goods)
    if new.specification.work is not None:
        await work_specification(tx, new.specification.work)
    await _end_sale(tx, new.code, new.published_from)
    row = OfferingRow(id=tx.new_id(), **msgspec.structs.asdict(new))
    tx.add(row)
    await tx.flush()
    return row


async def withdraw_offering(tx: Transaction, code: str, at: datetime) -> None:
    """Sell an offering no more from `at` on. Raises UnknownOffering, PublishedLater; one that is not sold then is left."""
    if not await _end_sale(tx, code, at):
        raise UnknownOffering(offering_code=code)


async def set_price(
    tx: Transaction, offering_code: str, charge_code: str, *, price: Money, period: Period, valid_from: datetime
) -> None:
    """Price one unit of a charge from `valid_from` on; the price before it ends there.

    Raises UnknownOffering, BadOffering for a charge that the offering lacks, PriceOverlaps.
    """
    versions = (await queries.versions(tx, {offering_code})).get(offering_code)
    if not versions:
        raise UnknownOffering(offering_code=offering_code)
    row = next((one for one in versions if one.is_sold(valid_from)), versions[-1])
    if charge_code not in {charge.code for charge in row.specification.charges}:
        raise BadOffering(offering_code=offering_code, reason=f"it has no charge {charge_code}")
    await _close_last_price(tx, row, charge_code, valid_from)
    add_price(tx, row, charge_code, price=price, period=period, valid_from=valid_from)
    await tx.flush()


def add_price(
    tx: Transaction, row: OfferingRow, charge_code: str, *, price: Money, period: Period, valid_from: datetime
) -> None:
    """A price that nothing contradicts."""
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


async def add_work_specification(tx: Transaction, new: WorkSpecification) -> None:
    """Describe a kind of field work. Raises UnknownModel, BadChecklist."""
    await put_work_specification(tx, new)


async def add_cpe_model(tx: Transaction, new: CpeModel) -> None:
    """Describe a model. Raises BadSerialPattern."""
    await put_cpe_model(tx, new, tx.now)


async def put_work_specification(tx: Transaction, wanted: WorkSpecification) -> str | None:
    """Describe a kind of field work, anew or otherwise than before; what was done.

    Raises UnknownModel, BadChecklist.
    """
    _require_order(wanted)
    await _require_models(tx, wanted.parts)
    row = await queries.by_code(tx, WorkSpecificationRow, wanted.code)
    return await _put(tx, WorkSpecificationRow, row, msgspec.structs.asdict(wanted))


async def put_cpe_model(tx: Transaction, wanted: CpeModel, at: datetime) -> str | None:
    """Describe a model, anew or otherwise than before, with its owner from `at` on; what was done.

    Raises BadSerialPattern, SerialisationIsFixed, OwnerStatedLater.
    """
    try:
        re.compile(wanted.serial_pattern)
    except re.error as error:
        raise BadSerialPattern(model=wanted.code, reason=str(error)) from None
    if not wanted.serial_pattern.startswith(f"^{wanted.serial_prefix}"):
        raise BadSerialPattern(model=wanted.code, reason=f"it does not begin with {wanted.serial_prefix}")
    row = await queries.by_code(tx, CpeModelRow, wanted.code)
    if row is not None and row.is_serialised != wanted.is_serialised:
        raise SerialisationIsFixed(model=wanted.code)
    values = msgspec.structs.asdict(wanted)
    owner, known = values.pop("owner"), row.ownerships if row else []
    values["ownerships"] = restated(wanted.code, known, owner, at=at, now=tx.now)
    return await _put(tx, CpeModelRow, row, values)


async def _put(tx: Transaction, kind: type[R], row: R | None, values: Mapping[str, Any]) -> str | None:
    if row is None:
        tx.add(kind(id=tx.new_id(), **values))
        await tx.flush()
        return "added"
    return brought_to(row, values)


def _require_order(work: WorkSpecification) -> None:
    """A question depends on earlier ones only, so that a person who goes down the list is never sent back."""
    earlier = set[str]()
    for item in work.checklist:
        if item.only_if and item.only_if.item not in earlier:
            raise BadChecklist(work=work.code, item=item.code, depends_on=item.only_if.item)
        earlier.add(item.code)


async def _require_models(tx: Transaction, needs: Iterable[GoodsNeed]) -> None:
    for need in needs:
        await cpe_model(tx, need.model)


async def _end_sale(tx: Transaction, code: str, at: datetime) -> bool:
    """Whether there is anything that could end; what is sold at `at` ends then."""
    versions = (await queries.versions(tx, {code})).get(code, [])
    if not versions:
        return False
    last = versions[-1]
    if last.published_from == at > tx.now:
        await _forget(tx, last)
    elif last.published_from >= at:
        raise PublishedLater(offering_code=code, published_from=last.published_from)
    elif last.is_sold(at):
        last.published_until = at
    return True


async def _forget(tx: Transaction, planned: OfferingRow) -> None:
    """Nobody can have ordered it: what was only planned for a date is replaced by what is planned for it now."""
    for price in await queries.prices_of(tx, planned.id):
        await tx.session.delete(price)
    await tx.flush()
    await tx.session.delete(planned)
    await tx.flush()


async def _check_members(tx: Transaction, new: Offering) -> None:
    is_bundle = new.kind is OfferingKind.BUNDLE
    if is_bundle == (not new.members):
        raise BadOffering(offering_code=new.code, reason="a bundle has members, a simple offering has none")
    members = await queries.versions(tx, set(new.members))
    for code in new.members:
        if code not in members:
            raise UnknownOffering(offering_code=code)
        if members[code][-1].kind is OfferingKind.BUNDLE:
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


async def _close_last_price(tx: Transaction, row: OfferingRow, charge_code: str, until: datetime) -> None:
    last = await queries.last_price(tx, row.id, charge_code)
    if last is None:
        return
    if last.valid_from == until > tx.now:  # only planned, like `_forget`
        await tx.session.delete(last)
        await tx.flush()
        return
    if last.valid_from >= until:
        raise PriceOverlaps(offering_code=row.code, charge_code=charge_code, valid_from=last.valid_from)
    last.valid_until = until
