"""Review cards: what a person must decide, and that it was decided."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from backend.identity.principal import Principal, Role
from backend.jobs import review_queries
from backend.jobs.errors import NotYoursToDecide, UnknownJob, UnknownReviewCard
from backend.jobs.lifecycle import REVIEW, ReviewCommand, ReviewKind, ReviewState
from backend.jobs.models import Job, ReviewCard
from backend.jobs.schemas import ReviewCardView
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of

STAYS_ON_PHONE = timedelta(days=14)  # a phone that was away for a holiday still learns what was decided

# The field office decides every card; who keeps the store decides what was counted, unpacked and asked for there.
DECIDES = {Role.WAREHOUSE: frozenset({ReviewKind.STOCK, ReviewKind.PARTS})}


async def open_review(
    tx: Transaction,
    *,
    kind: ReviewKind,
    reason: str,
    subject: str,
    job_id: UUID | None = None,
    territory_id: UUID | None = None,
    technician_id: UUID | None = None,
    params: Mapping[str, Any] | None = None,
) -> UUID:
    """Ask a person to decide; while a card that says the same is open, that one stands. The card's id.

    subject: what it is about, such as a serial; reason: a stable code that clients turn into a sentence.
    territory_id: whose dispatchers see it when it belongs to no job; technician_id: whose work it is about, and who
    therefore sees it, too. Raises UnknownJob.
    """
    await tx.flush()
    known = await review_queries.open_review(tx, kind=kind, job_id=job_id, subject=subject, reason=reason)
    if known is not None:
        return known.id
    card = ReviewCard(
        id=tx.new_id(),
        kind=kind,
        job_id=job_id,
        territory_id=await _flag(tx, job_id) if job_id else territory_id,
        technician_id=technician_id,
        subject=subject,
        reason=reason,
        params=dict(params or {}),
        mutations=[],
        state=REVIEW.initial,
        opened_at=tx.now,
    )
    tx.add(card)
    await tx.flush()
    return card.id


async def name_on_card(tx: Transaction, card_id: UUID, uid: str) -> None:
    """The card is about this mutation, too."""
    card = await tx.get(ReviewCard, card_id, UnknownReviewCard, lock=True)
    if uid not in card.mutations:
        card.mutations = [*card.mutations, uid]


async def card_to_decide(tx: Transaction, principal: Principal, card_id: UUID) -> ReviewCardView:
    """A card that the principal may see, locked. Raises UnknownReviewCard, NotYoursToDecide, IllegalMove when
    it was decided before."""
    card = await _visible(tx, principal, card_id)
    if card.kind not in DECIDES.get(principal.role, frozenset(ReviewKind)):
        raise NotYoursToDecide(kind=card.kind)
    REVIEW.advance(card.state, ReviewCommand.DISMISS)
    return review_view(card)


async def resolve_review(
    tx: Transaction, principal: Principal, card_id: UUID, resolution: ReviewCommand, note: str
) -> ReviewCardView:
    """Note what was decided, and why; the job of its last open card needs no review any more.

    What is to be carried out is the caller's to do before. Raises UnknownReviewCard, IllegalMove when it was decided.
    """
    card = await _visible(tx, principal, card_id)
    move(tx, card, resolution, detail={"note": note})
    card.resolution, card.note = resolution, note
    card.finish_work(again_at=tx.now + STAYS_ON_PHONE)
    await tx.flush()
    if card.job_id is not None and await review_queries.count_open_reviews(tx, card.job_id) == 0:
        job = await tx.get(Job, card.job_id, UnknownJob)
        job.needs_review = False
        await tx.flush()
    return review_view(card)


async def see_reviews(
    tx: Transaction, principal: Principal, *, state: ReviewState | None, page_size: int, cursor: str | None
) -> Page[ReviewCardView]:
    """The cards that the principal may see, oldest first. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await review_queries.reviews_after(tx, principal, state=state, after=after, limit=page_size + 1)
    return page_of([review_view(row) for row in rows], [row.id for row in rows], page_size)


async def _visible(tx: Transaction, principal: Principal, card_id: UUID) -> ReviewCard:
    """Locked after its job: in the order of a push, which asks about a job that it works on."""
    seen = await review_queries.visible_review(tx, principal, card_id)
    if seen is None:
        raise UnknownReviewCard(id=str(card_id))
    if seen.job_id is not None:
        await tx.get(Job, seen.job_id, UnknownJob, lock=True)
    return await tx.get(ReviewCard, card_id, UnknownReviewCard, lock=True)


def review_view(row: ReviewCard) -> ReviewCardView:
    return msgspec.convert(row, ReviewCardView, from_attributes=True)


async def _flag(tx: Transaction, job_id: UUID) -> UUID:
    """Mark the job; its territory."""
    job = await tx.get(Job, job_id, UnknownJob)
    job.needs_review = True
    return job.territory_id
