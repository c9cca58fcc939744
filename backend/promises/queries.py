"""Reads of promises: by hold, by job, in pages, and in shares."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from backend.kernel.db import Transaction
from backend.promises.lifecycle import PromiseState
from backend.promises.models import Promise, PromiseCredit
from backend.promises.schemas import Cause, CreditKind, Fault


async def lock_of_hold(tx: Transaction, hold_id: UUID) -> Promise | None:
    query = select(Promise).where(Promise.hold_id == hold_id)
    return (await tx.session.scalars(query.with_for_update().execution_options(populate_existing=True))).first()


async def holds_of_job(tx: Transaction, job_id: UUID) -> list[UUID]:
    """The holds of a job's promises, oldest window first."""
    query = select(Promise.hold_id).where(Promise.job_id == job_id).order_by(Promise.window_start, Promise.id)
    return list(await tx.session.scalars(query))


async def first_broken_by_us(tx: Transaction, *, job_id: UUID, order_id: UUID | None) -> Promise | None:
    """The oldest promise of a job, or of the whole order that it serves, that we broke."""
    served = Promise.job_id == job_id if order_id is None else Promise.order_id == order_id
    query = select(Promise).where(served, Promise.state == PromiseState.BROKEN, Promise.fault == Fault.OPERATOR)
    return (await tx.session.scalars(query.order_by(Promise.window_start, Promise.id).limit(1))).first()


async def credit_of(tx: Transaction, promise_id: UUID, kind: CreditKind) -> PromiseCredit | None:
    query = select(PromiseCredit).where(PromiseCredit.promise_id == promise_id, PromiseCredit.kind == kind)
    return (await tx.session.scalars(query)).first()


async def credits_of(tx: Transaction, promise_ids: Collection[UUID]) -> list[PromiseCredit]:
    query = select(PromiseCredit).where(PromiseCredit.promise_id.in_(promise_ids)).order_by(PromiseCredit.id)
    return list(await tx.session.scalars(query))


async def standing_credits(tx: Transaction, promise_id: UUID) -> list[PromiseCredit]:
    """Those of a promise that were not taken back, locked."""
    query = select(PromiseCredit).where(PromiseCredit.promise_id == promise_id, PromiseCredit.taken_back_at.is_(None))
    return list(await tx.session.scalars(query.order_by(PromiseCredit.id).with_for_update()))


async def promises_after(
    tx: Transaction, *, order_id: UUID | None, state: PromiseState | None, after: UUID | None, limit: int
) -> list[Promise]:
    query = select(Promise)
    if order_id is not None:
        query = query.where(Promise.order_id == order_id)
    if state is not None:
        query = query.where(Promise.state == state)
    if after is not None:
        query = query.where(Promise.id > after)
    return list(await tx.session.scalars(query.order_by(Promise.id).limit(limit)))


async def counts(
    tx: Transaction, *, since: datetime, until: datetime
) -> Sequence[tuple[PromiseState, Fault | None, Cause | None, int]]:
    """How many windows that began in this time ended alike; those that are still open or were never taken are left out."""
    by = Promise.state, Promise.fault, Promise.cause
    query = select(*by, func.count()).where(Promise.window_start >= since, Promise.window_start < until)
    settled = query.where(Promise.state.not_in((PromiseState.OFFERED, PromiseState.CONFIRMED, PromiseState.LAPSED)))
    return [(row[0], row[1], row[2], row[3]) for row in await tx.session.execute(settled.group_by(*by).order_by(*by))]


async def credited(tx: Transaction, *, since: datetime, until: datetime) -> dict[str, int]:
    """Currency → what was given back, and not taken back, for windows that began in this time."""
    query = select(PromiseCredit.currency, func.sum(PromiseCredit.amount_minor)).join(Promise)
    query = query.where(Promise.window_start >= since, Promise.window_start < until)
    query = query.where(PromiseCredit.taken_back_at.is_(None))
    # PostgreSQL sums BIGINT to NUMERIC: back to int.
    return {code: int(total) for code, total in await tx.session.execute(query.group_by(PromiseCredit.currency))}
