"""Review cards: what a person must decide, and that it was decided."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from backend.identity.principal import Principal
from backend.jobs import queries
from backend.jobs.errors import UnknownJob, UnknownReviewCard
from backend.jobs.lifecycle import REVIEW, ReviewCommand, ReviewKind, ReviewState
from backend.jobs.models import Job, ReviewCard
from backend.jobs.schemas import ReviewCardView
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of


async def open_review(
    tx: Transaction,
    *,
    kind: ReviewKind,
    reason: str,
    subject: str,
    job_id: UUID | None = None,
    territory_id: UUID | None = None,
    params: Mapping[str, Any] | None = None,
) -> UUID:
    """Ask a person to decide; while a card that says the same is open, that one stands. The card's id.

    subject: what it is about, such as a serial; reason: a stable code that clients turn into a sentence.
    territory_id: whose dispatchers see it when it belongs to no job. Raises UnknownJob.
    """
    await tx.flush()
    known = await queries.open_review(tx, kind=kind, job_id=job_id, subject=subject, reason=reason)
    if known is not None:
        return known.id
    card = ReviewCard(
        id=tx.new_id(),
        kind=kind,
        job_id=job_id,
        territory_id=await _flag(tx, job_id) if job_id else territory_id,
        subject=subject,
        reason=reason,
        params=dict(params or {}),
        state=REVIEW.initial,
        opened_at=tx.now,
    )
    tx.add(card)
    await tx.flush()
    return card.id


async def resolve_review(tx: Transaction, principal: Principal, card_id: UUID, resolution: str) -> ReviewCardView:
    """Note what was decided; the job of its last open card needs no review any more.

    Raises UnknownReviewCard, IllegalMove when it was decided before.
    """
    card = await queries.visible_review(tx, principal, card_id)
    if card is None:
        raise UnknownReviewCard(id=str(card_id))
    move(tx, card, ReviewCommand.RESOLVE, detail={"resolution": resolution})
    card.resolution = resolution
    await tx.flush()
    if card.job_id is not None and await queries.count_open_reviews(tx, card.job_id) == 0:
        job = await tx.get(Job, card.job_id, UnknownJob, lock=True)
        job.needs_review = False
        await tx.flush()
    return review_view(card)


async def see_reviews(
    tx: Transaction, principal: Principal, *, state: ReviewState | None, page_size: int, cursor: str | None
) -> Page[ReviewCardView]:
    """The cards that the principal may see, oldest first. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.reviews_after(tx, principal, state=state, after=after, limit=page_size + 1)
    return page_of([review_view(row) for row in rows], [row.id for row in rows], page_size)


def review_view(row: ReviewCard) -> ReviewCardView:
    return msgspec.convert(row, ReviewCardView, from_attributes=True)


async def _flag(tx: Transaction, job_id: UUID) -> UUID:
    """Mark the job; its territory."""
    job = await tx.get(Job, job_id, UnknownJob)
    job.needs_review = True
    return job.territory_id
