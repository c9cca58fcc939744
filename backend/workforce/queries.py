"""Reads of workforce: what a principal may see, technicians with their skills, shifts by day."""

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, false, select
from sqlalchemy.orm import selectinload

from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.db import Transaction
from backend.workforce.models import Shift, Technician, Territory


def visible_technicians(principal: Principal) -> Select[Technician]:
    """The technicians that this principal may see, with their skills.

    A dispatcher sees those of the own territories, a contractor's manager those of the own company.
    """
    query = technicians_with_skills()
    if principal.role in SEES_ALL:
        return query
    if principal.role is Role.DISPATCHER:
        return query.where(Technician.territory_id.in_(principal.territory_ids))
    if principal.role is Role.CONTRACTOR_MANAGER:
        return query.where(Technician.organisation_id == principal.organisation_id)
    return query.where(false())


def technicians_with_skills() -> Select[Technician]:
    return select(Technician).options(selectinload(Technician.skills))


async def technicians_after(
    tx: Transaction, principal: Principal, *, after: UUID | None, limit: int
) -> list[Technician]:
    """Visible technicians in order of id, from behind `after`."""
    query = visible_technicians(principal)
    if after is not None:
        query = query.where(Technician.id > after)
    return list(await tx.session.scalars(query.order_by(Technician.id).limit(limit)))


async def technicians(
    tx: Transaction, *, territory_id: UUID | None = None, ids: Collection[UUID] | None = None
) -> list[Technician]:
    """Technicians by number: all, or of one territory, or those with the ids."""
    query = technicians_with_skills()
    if territory_id is not None:
        query = query.where(Technician.territory_id == territory_id)
    if ids is not None:
        query = query.where(Technician.id.in_(ids))
    return list(await tx.session.scalars(query.order_by(Technician.number)))


async def territories_of(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Technician → territory."""
    query = select(Technician.id, Technician.territory_id).where(Technician.id.in_(ids))
    return dict((await tx.session.execute(query)).all())


async def territories(tx: Transaction) -> list[Territory]:
    return list(await tx.session.scalars(select(Territory).order_by(Territory.code)))


async def shifts_on(tx: Transaction, days: Sequence[date], technician_ids: Collection[UUID] | None) -> list[Shift]:
    """The shifts of these local days, in order of time."""
    query = select(Shift).where(Shift.day.in_(days))
    if technician_ids is not None:
        query = query.where(Shift.technician_id.in_(technician_ids))
    return list(await tx.session.scalars(query.order_by(Shift.starts_at, Shift.id)))


async def visible_shifts_on(tx: Transaction, principal: Principal, day: date) -> list[Shift]:
    visible = visible_technicians(principal).with_only_columns(Technician.id)
    query = select(Shift).where(Shift.day == day, Shift.technician_id.in_(visible))
    return list(await tx.session.scalars(query.order_by(Shift.starts_at, Shift.id)))


async def shifts_from(tx: Transaction, technician_ids: Collection[UUID], first: date, until: date) -> list[Shift]:
    """The shifts of these technicians from `first` until before `until`, in order of time."""
    query = select(Shift).where(Shift.technician_id.in_(technician_ids), Shift.day >= first, Shift.day < until)
    return list(await tx.session.scalars(query.order_by(Shift.starts_at, Shift.id)))
