"""The catalogue by code: one offering, kind of work or model."""

from datetime import datetime

import msgspec

from backend.catalogue import queries
from backend.catalogue.errors import (
    OfferingNotPublished,
    OfferingWithdrawn,
    UnknownModel,
    UnknownOffering,
    UnknownWork,
)
from backend.catalogue.models import CpeModelRow, OfferingRow, WorkSpecificationRow
from backend.catalogue.ownership import owner_at
from backend.catalogue.schemas import CpeModel, Offering, Owner, WorkSpecification
from backend.kernel.db import Transaction


async def offering(tx: Transaction, code: str) -> Offering:
    """The offering as it is sold now; one that is not sold now, as it will be next or was last. Raises UnknownOffering."""
    versions = (await queries.versions(tx, {code})).get(code)
    if not versions:
        raise UnknownOffering(offering_code=code)
    ahead = [row for row in versions if row.published_from > tx.now]
    return offering_view(next((row for row in versions if row.is_sold(tx.now)), ahead[0] if ahead else versions[-1]))


async def on_sale(tx: Transaction, codes: set[str], at: datetime) -> dict[str, OfferingRow]:
    """Each of these offerings as it is sold at `at`. Raises UnknownOffering, OfferingNotPublished, OfferingWithdrawn."""
    versions = await queries.versions(tx, codes)
    return {code: _sold(code, versions.get(code, []), at) for code in sorted(codes)}


async def work_specification(tx: Transaction, code: str) -> WorkSpecification:
    """The kind of work with this code. Raises UnknownWork."""
    row = await queries.by_code(tx, WorkSpecificationRow, code)
    if row is None:
        raise UnknownWork(work=code)
    return msgspec.convert(row, WorkSpecification, from_attributes=True)


async def cpe_model(tx: Transaction, code: str) -> CpeModel:
    """The model with this code, as it is now. Raises UnknownModel."""
    return _model_view(await _cpe_model(tx, code), tx.now)


async def cpe_models(tx: Transaction, at: datetime | None = None) -> list[CpeModel]:
    """All models, by code; at: the day by which their owner is told, now if not said."""
    return [_model_view(row, at or tx.now) for row in await queries.all_cpe_models(tx)]


async def owner_of(tx: Transaction, model: str, at: datetime) -> Owner | None:
    """Whose a unit of the model is that was handed over at `at`; None: see `CpeModel.owner`. Raises UnknownModel."""
    return owner_at((await _cpe_model(tx, model)).ownerships, at)


async def work_specifications(tx: Transaction) -> list[WorkSpecification]:
    """All kinds of work, by code."""
    rows = await queries.all_work_specifications(tx)
    return [msgspec.convert(row, WorkSpecification, from_attributes=True) for row in rows]


def offering_view(row: OfferingRow) -> Offering:
    return msgspec.convert(row, Offering, from_attributes=True)


async def _cpe_model(tx: Transaction, code: str) -> CpeModelRow:
    row = await queries.by_code(tx, CpeModelRow, code)
    if row is None:
        raise UnknownModel(model=code)
    return row


def _model_view(row: CpeModelRow, at: datetime) -> CpeModel:
    described = {name: getattr(row, name) for name in CpeModel.__struct_fields__ if name != "owner"}
    return CpeModel(**described, owner=owner_at(row.ownerships, at))


def _sold(code: str, versions: list[OfferingRow], at: datetime) -> OfferingRow:
    if not versions:
        raise UnknownOffering(offering_code=code)
    sold = next((row for row in versions if row.is_sold(at)), None)
    if sold is None and (ahead := [row.published_from for row in versions if row.published_from > at]):
        raise OfferingNotPublished(offering_code=code, published_from=ahead[0])
    if sold is None:
        raise OfferingWithdrawn(offering_code=code, published_until=versions[-1].published_until)
    return sold
