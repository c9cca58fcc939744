"""A dispatcher decides about work that the office had not foreseen: it counts now, or things stay as they are.

What counts is carried out by the use cases that a push would have called, as of when it happened. When they do not
allow it now either, they say why, and the card stays open.
"""

from uuid import UUID

from msgspec import convert

from backend.identity.principal import Principal
from backend.inventory import service as inventory
from backend.jobs import service as jobs
from backend.jobs.errors import NothingToApply, StillRefused, UnknownJob
from backend.jobs.lifecycle import ReviewCommand, ReviewKind
from backend.jobs.schemas import ResolveReview, ReviewCardView
from backend.jobs.service import Asked, Job, Subject
from backend.kernel.db import Transaction
from backend.offline import queries
from backend.offline.decisions import operation_of
from backend.offline.models import SyncMutation
from backend.offline.worked import job_id_of
from sync import upcasters
from sync.operations import Operation, OperationError
from sync.protocol import NEEDS_ATTENTION, Mutation, MutationState
from sync.vanwork import VanOperation


async def resolve_review(tx: Transaction, principal: Principal, card_id: UUID, wanted: ResolveReview) -> ReviewCardView:
    """Decide a card; the work that it names is `resolved`.

    Raises UnknownReviewCard, IllegalMove when it was decided before; with `apply` also NothingToApply, StillRefused
    and what the operations raise, and then nothing has changed.
    """
    card = await jobs.card_to_decide(tx, principal, card_id)
    rows = await _undecided(tx, card)
    if wanted.resolution is ReviewCommand.APPLY:
        await _apply(tx, principal, card, rows)
    for row in rows:
        row.status = MutationState.RESOLVED
    return await jobs.resolve_review(tx, principal, card_id, wanted.resolution, wanted.note)


async def _undecided(tx: Transaction, card: ReviewCardView) -> list[SyncMutation]:
    """The work that the card names, in the order in which it came; what another card has settled is left out."""
    named = await queries.known(tx, card.mutations)
    waiting = [row for row in named.values() if row.status in NEEDS_ATTENTION]
    return sorted(waiting, key=lambda row: (row.received_at, row.outbox_id, row.mid))


async def _apply(tx: Transaction, principal: Principal, card: ReviewCardView, rows: list[SyncMutation]) -> None:
    if card.kind is ReviewKind.FOLLOW_UP:
        await jobs.place_asked_for(tx, card)
        return
    if card.kind is ReviewKind.PARTS:
        await jobs.send_parts_asked_for(tx, card)
        return
    if not rows or card.technician_id is None:
        raise NothingToApply(kind=card.kind)
    work = [(row, _operation(row)) for row in rows]
    found = [await _subject(tx, principal, card.technician_id, row) for row, _ in work]
    if any(type(operation) in jobs.MOVES_JOB for _, operation in work):
        for job in {one.id: one for one in found if isinstance(one, Job)}.values():
            await jobs.readmit(tx, job, card.technician_id)
    for (row, operation), subject in zip(work, found, strict=True):
        answer = await jobs.OPERATIONS[type(operation)](tx, subject, card.technician_id, operation, row.occurred_at)
        if isinstance(answer, Asked):
            raise StillRefused(reason=answer.reason, op=row.op)


async def _subject(tx: Transaction, principal: Principal, technician_id: UUID, row: SyncMutation) -> Subject:
    """What the work is about. Of vans the technician's own, as it was in the push."""
    if row.kind == VanOperation.kind:
        van = await inventory.van_of(tx, technician_id)
        if van is None or str(van.id) != row.document_id:
            raise NothingToApply(kind=row.kind)
        return van
    job_id = job_id_of(row.kind, row.document_id)
    if job_id is None:
        raise UnknownJob(id=row.document_id)
    return await jobs.job_to_readmit(tx, principal, job_id)


def _operation(row: SyncMutation) -> Operation:
    names = {"id": row.document_id, "at": row.at_ms, "off": row.off_ms, "blobs": tuple(row.blobs)}
    kept = {name: getattr(row, name) for name in ("mid", "uid", "op", "kind", "args", "base", "digest")}
    try:
        return operation_of(upcasters.present(convert({**kept, **names}, Mutation), row.schema))
    except OperationError as error:
        raise StillRefused(reason=error.code, op=row.op, path=error.path) from None
