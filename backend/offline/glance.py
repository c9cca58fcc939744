"""The pull of a phone or a customer's page, answered by one statement: what nearly every pull is.

What it answers is what `pulling` would. Whatever takes more than a glance is left to that: an old or foreign cursor,
digests to compare, a second page, a body that nobody has rendered yet, and every refusal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, cast
from uuid import UUID

import msgspec
from sqlalchemy import and_, bindparam, case, literal, select

from backend.identity.principal import Principal
from backend.kernel.bodies import FeedBody
from backend.kernel.feed import FeedEntry, FeedEpoch, FeedScope, ScopeState, epoch_name
from backend.kernel.reads import Reads
from backend.kernel.statements import Question
from backend.offline.models import SyncOutbox
from backend.offline.pulling import READ_AT_ONCE, ROW_BYTES
from backend.offline.schemas import POLL_AFTER_MS
from backend.offline.scopes import fixed_scopes
from sync import clock
from sync import cursor as cursors
from sync.cursor import Cursor
from sync.protocol import SCHEMA, Patch, PullAnswer, PullRequest, Put, RemovalReason, Remove

# A client with one scope asks twice for the same. What is compared with is a row of the outer table, so that the
# entries of both are found by the index over scope and number.
_FIRST, _SECOND = (bindparam(name, type_=FeedScope.scope.type) for name in ("first", "second"))
_AFTER_FIRST, _AFTER_SECOND = (bindparam(name, type_=FeedEntry.seq.type) for name in ("after_first", "after_second"))
_AFTER = case((FeedScope.scope == _FIRST, _AFTER_FIRST), else_=_AFTER_SECOND)
_FOUND = Question(
    select(
        FeedEpoch.epoch,
        SyncOutbox.user_id,
        SyncOutbox.last_mid,
        SyncOutbox.durable_mid,
        FeedScope.scope,
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
    .outerjoin(FeedScope, FeedScope.scope.in_([_FIRST, _SECOND]))
    .outerjoin(FeedEntry, and_(FeedEntry.scope == FeedScope.scope, FeedEntry.seq > _AFTER))
    .outerjoin(
        FeedBody,
        and_(FeedBody.id == FeedEntry.id, FeedBody.kind == FeedEntry.kind, FeedBody.version == FeedEntry.version),
    )
    .order_by(FeedScope.scope, FeedEntry.seq)
    .limit(literal(READ_AT_ONCE + 2))  # one row may be of a scope without changes
)


class _Head(NamedTuple):
    """What one statement sees besides the scopes. Without an outbox yet: None."""

    epoch: UUID
    owner_id: UUID | None
    last_mid: int | None
    durable_mid: int | None


class _Found(NamedTuple):
    """A scope that stands at seq and floor, with one of its changes; without any: no kind. body: of just that version."""

    scope: str
    seq: int
    floor: int
    kind: str | None
    id: UUID
    op: str
    why: str | None
    version: int
    body: bytes | None


async def glance(reads: Reads, principal: Principal, request: PullRequest, now: datetime) -> PullAnswer | None:
    """The answer, None when it takes more than a glance. Raises Refused for a cursor that is none."""
    scopes = fixed_scopes(principal)
    if scopes is None or request.digests is not None:
        return None
    cursor = cursors.decode(request.cursor) if request.cursor is not None else None
    rows = await reads.rows(_FOUND, outbox=request.outbox, **_asked(sorted(scopes), cursor))
    head, found = _Head(*rows[0][:4]), [_Found(*row[4:]) for row in rows if row[4] is not None]
    states = dict.fromkeys(scopes, ScopeState(0, 0)) | {one.scope: ScopeState(one.seq, one.floor) for one in found}
    epoch = epoch_name(head.epoch)
    if not _follows(cursor, epoch, states) or head.owner_id not in (None, principal.user_id):
        return None
    patch = _patch([one for one in found if one.kind is not None], request.limit_bytes)
    if patch is None:
        return None
    return PullAnswer(
        cursor=cursors.encode(Cursor(epoch=epoch, positions={scope: states[scope].seq for scope in scopes})),
        epoch=epoch,
        patch=patch,
        last_mid=head.last_mid or 0,
        durable_mid=head.durable_mid or 0,
        time=clock.milliseconds(now),
        schema=SCHEMA,
        poll_after_ms=POLL_AFTER_MS,
    )


def _asked(scopes: Sequence[str], cursor: Cursor | None) -> dict[str, str | int]:
    """The one scope or the two, and where the client stands in them."""
    first, second = scopes[0], scopes[-1]
    positions = cursor.positions if cursor else {}
    after = {"after_first": positions.get(first, 0), "after_second": positions.get(second, 0)}
    return {"first": first, "second": second, **after}


def _follows(cursor: Cursor | None, epoch: str, states: Mapping[str, ScopeState]) -> bool:
    """Whether the client stands in just these streams where nothing was forgotten, or begins."""
    if cursor is None:
        return True
    if cursor.epoch != epoch or cursor.positions.keys() != states.keys() or cursor.sending:
        return False
    return all(state.floor <= cursor.positions[scope] <= state.seq for scope, state in states.items())


def _patch(changes: Sequence[_Found], limit_bytes: int) -> tuple[Patch, ...] | None:
    """The whole page, None when it is not whole."""
    page_bytes = sum(ROW_BYTES + len(change.body or b"") for change in changes)
    is_rendered = all(change.body or change.op == "remove" for change in changes)
    if page_bytes > limit_bytes or len(changes) > READ_AT_ONCE or not is_rendered:
        return None
    return tuple(_row(change) for change in changes)


def _row(change: _Found) -> Patch:
    name: dict[str, Any] = {"scope": change.scope, "kind": change.kind, "id": str(change.id)}
    if change.op == "remove":
        return Remove(**name, why=RemovalReason(change.why or RemovalReason.SCOPE))
    return Put(**name, version=change.version, doc=cast(Any, msgspec.Raw(change.body or b"")))
