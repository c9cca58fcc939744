"""Reads of the catalogue: by code, and the prices of an instant."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Mapped

from backend.catalogue.models import CatalogueDraft, CpeModelRow, OfferingRow, PriceRow, WorkSpecificationRow
from backend.kernel.db import Transaction


class _Coded(Protocol):
    code: Mapped[str]


C = TypeVar("C", bound=_Coded)


async def by_code(tx: Transaction, model: type[C], code: str) -> C | None:
    """The row of `model` with this code; looked up once in a transaction, as a batch of work asks for it often."""
    known: dict[tuple[type, str], C] = tx.session.info.setdefault("catalogue", {})
    if (model, code) not in known and (row := await _first(tx, model, code)):
        known[model, code] = row
    return known.get((model, code))


async def _first(tx: Transaction, model: type[C], code: str) -> C | None:
    return (await tx.session.scalars(_of_code(model), {"code": code})).first()


@cache
def _of_code(model: type[C]) -> Select[C]:
    # What a transaction has changed elsewhere need not be written for this look.
    return select(model).where(model.code == bindparam("code")).execution_options(autoflush=False)


async def versions(tx: Transaction, codes: Collection[str]) -> dict[str, list[OfferingRow]]:
    """Code → how the offering was, is and will be sold, in the order of time; codes that nobody knows are left out."""
    query = select(OfferingRow).where(OfferingRow.code.in_(codes)).order_by(OfferingRow.published_from)
    found: dict[str, list[OfferingRow]] = {}
    for row in await tx.session.scalars(query):
        found.setdefault(row.code, []).append(row)
    return found


async def all_sold(tx: Transaction, at: datetime) -> list[OfferingRow]:
    """Everything that is on sale at `at`, by code."""
    return list(await tx.session.scalars(select(OfferingRow).where(*_sold(at)).order_by(OfferingRow.code)))


async def published_offerings(tx: Transaction, at: datetime, *, after: UUID | None, limit: int) -> list[OfferingRow]:
    """What is on sale at `at`, in order of id, from behind `after`."""
    query = select(OfferingRow).where(*_sold(at))
    if after is not None:
        query = query.where(OfferingRow.id > after)
    return list(await tx.session.scalars(query.order_by(OfferingRow.id).limit(limit)))


async def prices_at(tx: Transaction, offering_ids: Collection[UUID], at: datetime) -> dict[tuple[UUID, str], PriceRow]:
    """The prices that hold at `at`, by (offering, charge code)."""
    rows = await tx.session.scalars(select(PriceRow).where(PriceRow.offering_id.in_(offering_ids), *_holds(at)))
    return {(row.offering_id, row.charge_code): row for row in rows}


async def prices_of(tx: Transaction, offering_id: UUID) -> list[PriceRow]:
    return list(await tx.session.scalars(select(PriceRow).where(PriceRow.offering_id == offering_id)))


async def last_price(tx: Transaction, offering_id: UUID, charge_code: str) -> PriceRow | None:
    """The price that nothing follows yet."""
    query = select(PriceRow).where(PriceRow.offering_id == offering_id, PriceRow.charge_code == charge_code)
    return (await tx.session.scalars(query.order_by(PriceRow.valid_from.desc()).limit(1))).first()


async def drafts_after(tx: Transaction, *, after: UUID | None, limit: int) -> list[CatalogueDraft]:
    query = select(CatalogueDraft)
    if after is not None:
        query = query.where(CatalogueDraft.id > after)
    return list(await tx.session.scalars(query.order_by(CatalogueDraft.id).limit(limit)))


async def all_work_specifications(tx: Transaction) -> list[WorkSpecificationRow]:
    return list(await tx.session.scalars(select(WorkSpecificationRow).order_by(WorkSpecificationRow.code)))


async def all_cpe_models(tx: Transaction) -> list[CpeModelRow]:
    return list(await tx.session.scalars(select(CpeModelRow).order_by(CpeModelRow.code)))


def _sold(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    until = OfferingRow.published_until
    return OfferingRow.published_from <= at, until.is_(None) | (until > at)


def _holds(at: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PriceRow.valid_from <= at, PriceRow.valid_until.is_(None) | (PriceRow.valid_until > at)
