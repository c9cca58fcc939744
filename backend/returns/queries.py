"""Reads of expected returns: by unit, by premises, of a job, in pages, and what a principal may see."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Select, false, select

from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.db import Transaction
from backend.kernel.statements import among
from backend.returns.lifecycle import OUTSTANDING, ReturnState
from backend.returns.models import ExpectedReturn


def visible_returns(principal: Principal) -> Select[ExpectedReturn]:
    """The returns that this principal may see: a dispatcher's are those of the own territories."""
    query = select(ExpectedReturn)
    if principal.role in SEES_ALL:
        return query
    if principal.role is Role.DISPATCHER:
        return query.where(ExpectedReturn.territory_id.in_(principal.territory_ids))
    return query.where(false())


async def visible_return(
    tx: Transaction, principal: Principal, return_id: UUID, *, lock: bool = False
) -> ExpectedReturn | None:
    query = visible_returns(principal).where(ExpectedReturn.id == return_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await tx.session.scalars(query)).first()


async def returns_after(
    tx: Transaction,
    principal: Principal,
    *,
    state: ReturnState | None,
    premises_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> list[ExpectedReturn]:
    """Visible returns, the oldest first, from behind `after`."""
    query = visible_returns(principal)
    if state is not None:
        query = query.where(ExpectedReturn.state == state)
    if premises_id is not None:
        query = query.where(ExpectedReturn.premises_id == premises_id)
    if after is not None:
        query = query.where(ExpectedReturn.id > after)
    return list(await tx.session.scalars(query.order_by(ExpectedReturn.id).limit(limit)))


async def lock_at(tx: Transaction, premises_id: UUID) -> list[ExpectedReturn]:
    """Every return that was ever expected from these premises."""
    return await _locked(tx, select(ExpectedReturn).where(ExpectedReturn.premises_id == premises_id))


async def lock_of_unit(tx: Transaction, unit_id: UUID) -> list[ExpectedReturn]:
    """The returns of a unit, one for each of its stays."""
    return await _locked(tx, select(ExpectedReturn).where(ExpectedReturn.serial_unit_id == unit_id))


async def lock_of_work_order(tx: Transaction, work_order_id: UUID) -> list[ExpectedReturn]:
    return await _locked(tx, select(ExpectedReturn).where(ExpectedReturn.work_order_id == work_order_id))


async def outstanding_beside(tx: Transaction, one: ExpectedReturn) -> list[ExpectedReturn]:
    """What is to come back from the same premises by the same day, itself among it."""
    query = select(ExpectedReturn).where(
        ExpectedReturn.premises_id == one.premises_id,
        ExpectedReturn.return_by == one.return_by,
        ExpectedReturn.state.in_(OUTSTANDING),
    )
    return list(await tx.session.scalars(query.order_by(ExpectedReturn.model, ExpectedReturn.serial)))


async def where_outstanding(tx: Transaction, premises_ids: Collection[UUID]) -> list[UUID]:
    """Those of these premises from which something should still come back, in one order for every transaction."""
    query = select(ExpectedReturn.premises_id).where(
        among(ExpectedReturn.premises_id, premises_ids), ExpectedReturn.state.in_(OUTSTANDING)
    )
    return list(await tx.session.scalars(query.distinct().order_by(ExpectedReturn.premises_id)))


async def _locked(tx: Transaction, query: Select[ExpectedReturn]) -> list[ExpectedReturn]:
    """In one order for every transaction."""
    ordered = query.order_by(ExpectedReturn.id).with_for_update()
    return list(await tx.session.scalars(ordered, execution_options={"populate_existing": True}))
