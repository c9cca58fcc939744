"""Pull: what changed in the caller's scopes since its cursor, read in one snapshot, page by page."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

import msgspec

from backend.identity.principal import Principal
from backend.kernel import feed as feeds
from backend.kernel.db import Transaction
from backend.kernel.feed import Feed, FeedEntry
from backend.offline import outboxes
from backend.offline.schemas import POLL_AFTER_MS
from backend.offline.scopes import scopes_of
from sync import clock
from sync import cursor as cursors
from sync.cursor import Cursor, Standing
from sync.digest import ScopeDigest, digest_of
from sync.protocol import (
    SCHEMA,
    ErrorCode,
    Patch,
    PullAnswer,
    PullRequest,
    Put,
    Refusal,
    Refused,
    RemovalReason,
    Remove,
)

ROW_BYTES = 200  # what a row of a patch takes beside its document
READ_AT_ONCE = 200  # changes read and rendered together: about a page's worth of jobs
OLDEST_SCHEMA = 1
NONE_HELD = str(ScopeDigest())


class Page(NamedTuple):
    """differing: scopes of which the client holds something else than it was sent; a fault of ours, worth counting."""

    answer: PullAnswer
    differing: frozenset[str]


def refuse_old(request: PullRequest, minimum_schema: int) -> None:
    """What we would send could not be read any more. Raises Refused."""
    if request.schema < minimum_schema:
        raise Refused(Refusal(code=ErrorCode.SCHEMA_TOO_OLD, minimum=minimum_schema))


async def pull(
    tx: Transaction, feed: Feed, principal: Principal, request: PullRequest, *, minimum_schema: int = OLDEST_SCHEMA
) -> PullAnswer:
    """The answer alone, see `read_page`. Raises Refused."""
    refuse_old(request, minimum_schema)
    return (await read_page(tx, feed, principal, request)).answer


async def read_page(tx: Transaction, feed: Feed, principal: Principal, request: PullRequest) -> Page:
    """One page for this caller. Raises Refused when the client must begin again or is not the outbox's user."""
    outbox = await outboxes.to_read(tx, principal, request.outbox)
    epoch = await feeds.epoch(tx)
    granted = await scopes_of(tx, principal)
    heads = await feeds.scope_states(tx, granted)
    cursor, removed = cursors.keep_only(_cursor(request, epoch, heads), granted)
    forgotten = {scope for scope in granted if cursors.is_compacted(cursor, scope, heads[scope].floor)}
    differing = await _differing(tx, cursor, heads, request.digests) - forgotten
    resync = forgotten | differing
    for scope in sorted(granted - (cursor.positions.keys() - resync)):
        cursor = cursors.begin(cursor, scope, heads[scope].floor)
    cursor, patch, more = await _page(tx, feed, cursor, heads, request.limit_bytes)
    answer = PullAnswer(
        cursor=cursors.encode(cursor),
        epoch=epoch,
        more=more,
        patch=patch,
        last_mid=outbox.last_mid if outbox else 0,
        durable_mid=outbox.durable_mid if outbox else 0,
        resync=tuple(sorted(resync)),
        scopes_removed=removed,
        time=clock.milliseconds(tx.now),
        schema=SCHEMA,
        poll_after_ms=POLL_AFTER_MS,
    )
    return Page(answer, frozenset(differing))


async def numbers(tx: Transaction, principal: Principal) -> dict[str, int]:
    """Where each of the caller's scopes stands."""
    heads = await feeds.scope_states(tx, await scopes_of(tx, principal))
    return {scope: state.seq for scope, state in heads.items()}


async def nothing_beyond(tx: Transaction, principal: Principal, request: PullRequest) -> dict[str, int] | None:
    """Where the caller stands when a pull would bring nothing, None when it would bring something. Raises as `pull`."""
    if request.cursor is None or request.digests is not None:
        return None
    heads = await feeds.scope_states(tx, await scopes_of(tx, principal))
    cursor = _cursor(request, await feeds.epoch(tx), heads)
    present = {scope: state.seq for scope, state in heads.items()}
    return present if cursor.positions == present else None


def _cursor(request: PullRequest, epoch: str, heads: Mapping[str, feeds.ScopeState]) -> Cursor:
    if request.cursor is None:
        return Cursor(epoch=epoch)
    cursor = cursors.decode(request.cursor)
    known = {scope: state.seq for scope, state in heads.items()}
    # A scope that is no longer the caller's is dropped afterwards; where it stands does not matter here.
    held, _ = cursors.keep_only(cursor, heads)
    match cursors.standing(held, epoch, known):
        case Standing.EPOCH_CHANGED:
            raise Refused(Refusal(code=ErrorCode.EPOCH_CHANGED, epoch=epoch))
        case Standing.AHEAD:
            raise Refused(Refusal(code=ErrorCode.CURSOR_AHEAD))
        case Standing.FOLLOWS:
            return cursor


async def _differing(
    tx: Transaction, cursor: Cursor, heads: Mapping[str, feeds.ScopeState], digests: Mapping[str, str] | None
) -> set[str]:
    """The scopes of which the client says that it holds something else. Only at the head do both speak of the same."""
    if digests is None:
        return set()
    at_head = [scope for scope, head in heads.items() if cursor.positions.get(scope) == head.seq]
    return {scope for scope in at_head if digests.get(scope, NONE_HELD) != await _digest(tx, scope)}


async def _digest(tx: Transaction, scope: str) -> str:
    return str(digest_of((kind, str(id_), version) for kind, id_, version in await feeds.documents_in(tx, scope)))


async def _page(
    tx: Transaction, feed: Feed, cursor: Cursor, heads: Mapping[str, feeds.ScopeState], limit_bytes: int
) -> tuple[Cursor, tuple[Patch, ...], bool]:
    """Changes scope by scope, oldest first, at least one, until the page is full."""
    patch: list[Patch] = []
    page_bytes = 0
    for scope in sorted(cursor.positions):
        while cursor.positions[scope] < heads[scope].seq:
            changes = await feeds.changes_since(tx, scope, after=cursor.positions[scope], limit=READ_AT_ONCE)
            if not changes:  # the last ones were removals, and are forgotten
                break
            bodies = await feed.bodies(tx, changes)
            for change in changes:
                body = bodies.get((change.kind, change.id), b"")
                row = _row(change, body)
                page_bytes += len(body) + ROW_BYTES
                if patch and page_bytes > limit_bytes:
                    return cursor, tuple(patch), True
                patch.append(row)
                cursor = cursors.advance(cursor, scope, change.seq)
        cursor = cursors.advance(cursor, scope, heads[scope].seq)
    return cursor, tuple(patch), False


def _row(change: FeedEntry, body: bytes) -> Patch:
    name = {"scope": change.scope, "kind": change.kind, "id": str(change.id)}
    if change.op == "remove":
        return Remove(**name, why=RemovalReason(change.why or RemovalReason.SCOPE))
    # The body goes out as it is kept: whoever encodes the answer joins bytes.
    return Put(**name, version=change.version, doc=cast(Any, msgspec.Raw(body)))
