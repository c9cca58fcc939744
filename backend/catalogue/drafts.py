"""Drafts: the next catalogue, written by a product manager, tried as often as one likes, and published once."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.catalogue import authoring, queries
from backend.catalogue.draft_schemas import (
    DraftSummary,
    DraftView,
    Publication,
    PublishDraft,
    RewriteDraft,
    WithdrawOffering,
    WriteDraft,
)
from backend.catalogue.errors import EffectiveInThePast, MemberNotOnSale, UnknownDraft
from backend.catalogue.lifecycle import DRAFT, DraftCommand
from backend.catalogue.models import CatalogueDraft
from backend.catalogue.publishing import publish
from backend.kernel.clock import in_utc
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of


class DraftWasChanged(Conflict):
    """Somebody wrote it meanwhile: read it again. params: version."""

    code = "draft_was_changed"


async def write_draft(tx: Transaction, new: WriteDraft) -> DraftView:
    """A new draft; nothing of it holds yet."""
    row = CatalogueDraft(id=tx.new_id(), name=new.name, catalogue=new.catalogue, state=DRAFT.initial)
    tx.add(row)
    await tx.flush()
    return _view(row)


async def rewrite_draft(tx: Transaction, draft_id: UUID, wanted: RewriteDraft) -> DraftView:
    """Raises UnknownDraft, DraftWasChanged, IllegalMove for one that is not open."""
    row = await tx.get(CatalogueDraft, draft_id, UnknownDraft, lock=True)
    if row.version != wanted.version:
        raise DraftWasChanged(version=row.version)
    move(tx, row, DraftCommand.WRITE)
    row.name, row.catalogue = wanted.name, wanted.catalogue
    await tx.flush()
    return _view(row)


async def publish_draft(tx: Transaction, draft_id: UUID, wanted: PublishDraft) -> Publication:
    """Let a draft hold from a date on, or try that. Raises UnknownDraft, IllegalMove, EffectiveInThePast, RowsAtFault."""
    row = await tx.get(CatalogueDraft, draft_id, UnknownDraft, lock=True)
    effective_from = _effective(tx, wanted.effective_from)
    if not wanted.is_trial:
        move(tx, row, DraftCommand.PUBLISH, detail={"effective_from": effective_from.isoformat()})
        row.effective_from = effective_from
    return await publish(tx, row.catalogue, effective_from, is_trial=wanted.is_trial)


async def discard_draft(tx: Transaction, draft_id: UUID) -> None:
    """Raises UnknownDraft, IllegalMove."""
    move(tx, await tx.get(CatalogueDraft, draft_id, UnknownDraft, lock=True), DraftCommand.DISCARD)


async def draft(tx: Transaction, draft_id: UUID) -> DraftView:
    """Raises UnknownDraft."""
    return _view(await tx.get(CatalogueDraft, draft_id, UnknownDraft))


async def draft_page(tx: Transaction, *, page_size: int, cursor: str | None) -> Page[DraftSummary]:
    """Drafts of any state, oldest first. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.drafts_after(tx, after=after, limit=page_size + 1)
    views = [msgspec.convert(row, DraftSummary, from_attributes=True) for row in rows]
    return page_of(views, [row.id for row in rows], page_size)


async def withdraw(tx: Transaction, code: str, wanted: WithdrawOffering) -> None:
    """Sell an offering no more from a date on. Raises UnknownOffering, PublishedLater, MemberNotOnSale, EffectiveInThePast."""
    at = _effective(tx, wanted.effective_from)
    for row in await queries.all_sold(tx, at):
        if code in row.members:
            raise MemberNotOnSale(offering_code=row.code, member=code)
    await authoring.withdraw_offering(tx, code, at)


def _effective(tx: Transaction, wanted: datetime | None) -> datetime:
    at = tx.now if wanted is None else in_utc(wanted)
    if at < tx.now:
        raise EffectiveInThePast(effective_from=at, now=tx.now)
    return at


def _view(row: CatalogueDraft) -> DraftView:
    return msgspec.convert(row, DraftView, from_attributes=True)
