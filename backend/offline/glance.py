"""The pull of a client with one stream of documents, answered by one statement: what nearly every pull is.

What it answers is what `pulling` would. Whatever takes more than a glance is left to that: an old or foreign cursor,
digests to compare, a second page, a body that nobody has rendered yet, and every refusal.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from sqlalchemy import and_, bindparam, literal, select

from backend.identity.principal import Principal
from backend.kernel.bodies import FeedBody
from backend.kernel.feed import FeedEntry, FeedEpoch, FeedScope, epoch_name
from backend.kernel.reads import Reads
from backend.kernel.statements import Question
from backend.offline.models import SyncOutbox
from backend.offline.pulling import READ_AT_ONCE, ROW_BYTES
from backend.offline.schemas import POLL_AFTER_MS
from backend.offline.scopes import only_scope
from sync import clock
from sync import cursor as cursors
from sync.cursor import Cursor
from sync.protocol import SCHEMA, Patch, PullAnswer, PullRequest, Put, RemovalReason, Remove

_FOUND = Question(
    select(
        FeedEpoch.epoch,
        SyncOutbox.user_id,
        SyncOutbox.last_mid,
        SyncOutbox.durable_mid,
        FeedScope.seq,
        FeedScope.floor,
        FeedEntry.kind,
        FeedEntry.id,
        FeedEntry.op,
        FeedEntry.why,
        FeedEntry.version,
        FeedBody.body,
    )
    .select_from(FeedEpoch)
    .outerjoin(SyncOutbox, SyncOutbox.id == bindparam("outbox", type_=SyncOutbox.id.type))
    .outerjoin(FeedScope, FeedScope.scope == bindparam("scope", type_=FeedScope.scope.type))
    .outerjoin(FeedEntry, and_(FeedEntry.scope == FeedScope.scope, FeedEntry.seq > bindparam("after")))
    .outerjoin(
        FeedBody,
        and_(FeedBody.id == FeedEntry.id, FeedBody.kind == FeedEntry.kind, FeedBody.version == FeedEntry.version),
    )
    .order_by(FeedEntry.seq)
    .limit(literal(READ_AT_ONCE + 1))
)


class _Head(NamedTuple):
    """What one statement sees besides the changes. Without an outbox yet, or a scope that ever changed: None."""

    epoch: UUID
    owner_id: UUID | None
    last_mid: int | None
    durable_mid: int | None
    seq: int | None
    floor: int | None


class _Change(NamedTuple):
    """A change; all None where there is none. body: of just that version."""

    kind: str | None
    id: UUID
    op: str
    why: str | None
    version: int
    body: bytes | None


async def glance(reads: Reads, principal: Principal, request: PullRequest, now: datetime) -> PullAnswer | None:
    """The answer, None when it takes more than a glance. Raises Refused for a cursor that is none."""
    scope = only_scope(principal)
    if scope is None or request.digests is not None:
        return None
    cursor = cursors.decode(request.cursor) if request.cursor is not None else None
    after = cursor.positions.get(scope, 0) if cursor else 0
    rows = await reads.rows(_FOUND, outbox=request.outbox, scope=scope, after=after)
    head, changes = _Head(*rows[0][:6]), [_Change(*row[6:]) for row in rows if row[6] is not None]
    if not _follows(cursor, scope, head) or head.owner_id not in (None, principal.user_id):
        return None
    patch = _patch(scope, changes, request.limit_bytes)
    if patch is None:
        return None
    epoch = epoch_name(head.epoch)
    return PullAnswer(
        cursor=cursors.encode(Cursor(epoch=epoch, positions={scope: head.seq or 0})),
        epoch=epoch,
        patch=patch,
        last_mid=head.last_mid or 0,
        durable_mid=head.durable_mid or 0,
        time=clock.milliseconds(now),
        schema=SCHEMA,
        poll_after_ms=POLL_AFTER_MS,
    )


def _follows(cursor: Cursor | None, scope: str, head: _Head) -> bool:
    """Whether the client stands in this one stream where nothing was forgotten, or begins."""
    if cursor is None:
        return True
    if cursor.epoch != epoch_name(head.epoch) or cursor.positions.keys() != {scope} or cursor.sending:
        return False
    return (head.floor or 0) <= cursor.positions[scope] <= (head.seq or 0)


def _patch(scope: str, changes: Sequence[_Change], limit_bytes: int) -> tuple[Patch, ...] | None:
    """The whole page, None when it is not whole."""
    page_bytes = sum(ROW_BYTES + len(change.body or b"") for change in changes)
    is_rendered = all(change.body or change.op == "remove" for change in changes)
    if page_bytes > limit_bytes or len(changes) > READ_AT_ONCE or not is_rendered:
        return None
    return tuple(_row(scope, change) for change in changes)


def _row(scope: str, change: _Change) -> Patch:
    name: dict[str, Any] = {"scope": scope, "kind": change.kind, "id": str(change.id)}
    if change.op == "remove":
        return Remove(**name, why=RemovalReason(change.why or RemovalReason.SCOPE))
    return Put(**name, version=change.version, doc=cast(Any, msgspec.Raw(change.body or b"")))
