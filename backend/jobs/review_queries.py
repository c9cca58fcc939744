"""Reads of review cards: what a principal may see, of jobs, and the open one that says the same already."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select

from backend.identity.principal import SEES_ALL, TECHNICIANS, Principal, Role
from backend.jobs.lifecycle import ReviewState
from backend.jobs.models import Job, ReviewCard
from backend.jobs.queries import visible_jobs
from backend.kernel.db import Transaction
from backend.kernel.statements import Question, among

_REVIEWS = ReviewCard.__table__.c
_REVIEWS_OF = Question(select(_REVIEWS.id).where(among(_REVIEWS.job_id, "ids")))


def visible_reviews(principal: Principal) -> Select[Any]:
    """The cards of the jobs that this principal may see, and what else is about a technician's own work.

    A card without a job is the dispatchers' of its territory.
    """
    query = select(ReviewCard)
    if principal.role in SEES_ALL:
        return query
    of_jobs = ReviewCard.job_id.in_(visible_jobs(principal).with_only_columns(Job.id))
    if principal.role in TECHNICIANS:
        return query.where(or_(of_jobs, ReviewCard.technician_id == principal.technician_id))
    if principal.role is Role.DISPATCHER:
        return query.where(or_(of_jobs, ReviewCard.territory_id.in_(principal.territory_ids)))
    return query.where(of_jobs)


async def reviews_after(
    tx: Transaction, principal: Principal, *, state: ReviewState | None, after: UUID | None, limit: int
) -> list[ReviewCard]:
    query = visible_reviews(principal)
    if state is not None:
        query = query.where(ReviewCard.state == state)
    if after is not None:
        query = query.where(ReviewCard.id > after)
    return list(await tx.session.scalars(query.order_by(ReviewCard.id).limit(limit)))


async def visible_review(tx: Transaction, principal: Principal, card_id: UUID) -> ReviewCard | None:
    return (await tx.session.scalars(visible_reviews(principal).where(ReviewCard.id == card_id))).first()


async def reviews_by_id(tx: Transaction, ids: Collection[UUID]) -> list[ReviewCard]:
    return list(await tx.session.scalars(select(ReviewCard).where(ReviewCard.id.in_(ids)).order_by(ReviewCard.id)))


async def reviews_of_jobs(tx: Transaction, job_ids: Collection[UUID]) -> set[UUID]:
    return {card_id for (card_id,) in await tx.ask(_REVIEWS_OF, ids=list(job_ids))}


async def open_review(
    tx: Transaction, *, kind: str, job_id: UUID | None, subject: str, reason: str
) -> ReviewCard | None:
    """The open card that says the same already."""
    query = select(ReviewCard).where(
        ReviewCard.kind == kind,
        ReviewCard.job_id == job_id if job_id else ReviewCard.job_id.is_(None),
        ReviewCard.subject == subject,
        ReviewCard.reason == reason,
        ReviewCard.state == ReviewState.OPEN,
    )
    return (await tx.session.scalars(query)).first()


async def count_open_reviews(tx: Transaction, job_id: UUID) -> int:
    query = select(func.count()).where(ReviewCard.job_id == job_id, ReviewCard.state == ReviewState.OPEN)
    return (await tx.session.scalars(query)).one()
