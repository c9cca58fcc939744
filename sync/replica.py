"""What a device holds and shows: the server's documents, with its own unconfirmed work laid over them.

base + pending = shown. Every step is a pure function from replica to replica, so that a client stores the result of a
step in one transaction. A pull's patch, cursor and `last_mid` are one step: the overlay of a mutation goes exactly
when its effect arrives (the rebase of Replicache, doc.replicache.dev, "How Replicache works").
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from msgspec import Struct, field
from msgspec.structs import replace

from sync import outbox as queue
from sync import wire
from sync.digest import digest_of
from sync.outbox import Entry, Outbox
from sync.protocol import (
    DEFAULT_LIMIT_BYTES,
    REVIEW_CARD,
    SCHEMA,
    Draft,
    ErrorCode,
    JsonObject,
    Mutation,
    MutationState,
    Patch,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    Put,
    Refusal,
)

Applier: TypeAlias = Callable[[Mapping[str, Any], Mapping[str, Any]], JsonObject]
"""(document, arguments) -> document as it will probably be; total: it never raises and never changes its arguments."""

_NOT_SHOWN: Final = frozenset({MutationState.REJECTED, MutationState.QUARANTINED})


class Document(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A document of the server. scopes: where it is held; stale: those of them that are being sent again."""

    kind: str
    id: str
    version: int
    doc: JsonObject
    scopes: tuple[str, ...]
    stale: tuple[str, ...] = ()


class Replica(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """documents: by `key(kind, id)`; last_mid: mutations up to here have had their effect on `documents`."""

    outbox: Outbox
    cursor: str | None = None
    epoch: str | None = None
    last_mid: int = 0
    documents: dict[str, Document] = field(default_factory=dict[str, Document])


def key(kind: str, id: str) -> str:
    """Name one document."""
    return f"{kind}/{id}"


def record(replica: Replica, draft: Draft) -> tuple[Replica, Mutation]:
    """Put what the technician did into the outbox, on the version that was shown. Raises as `outbox.enqueue`."""
    held = replica.documents.get(key(draft.kind, draft.id))
    outbox, mutation = queue.enqueue(replica.outbox, draft, base=held.version if held else None)
    return replace(replica, outbox=outbox), mutation


def push_request(replica: Replica, *, device: str, schema: int = SCHEMA) -> PushRequest | None:
    """Return the next push, None when nothing is waiting. Call `mark_sent` with it before it leaves."""
    batch = queue.next_batch(replica.outbox)
    if not batch:
        return None
    request = PushRequest(
        outbox=replica.outbox.id, device=device, schema=schema, epoch=replica.epoch, batch=batch, digest=""
    )
    return wire.sealed(request)


def mark_sent(replica: Replica, request: PushRequest) -> Replica:
    """Note that a push is leaving. It may be sent any number of times."""
    return replace(replica, outbox=queue.mark_sent(replica.outbox, request.batch))


def apply_push(replica: Replica, request: PushRequest, answer: PushAnswer) -> Replica:
    """Book the verdicts on a push; the documents wait for the pull. An answer of another epoch or outbox is void."""
    if request.outbox != replica.outbox.id or answer.epoch != (replica.epoch or answer.epoch):
        return replica
    return replace(replica, outbox=queue.settle(replica.outbox, answer), epoch=answer.epoch)


def pull_request(
    replica: Replica,
    *,
    device: str,
    schema: int = SCHEMA,
    limit_bytes: int = DEFAULT_LIMIT_BYTES,
    with_digests: bool = False,
    wait_s: int = 0,
) -> PullRequest:
    """Return the next pull; with_digests lets the server find a scope in which we differ."""
    return PullRequest(
        outbox=replica.outbox.id,
        device=device,
        schema=schema,
        cursor=replica.cursor,
        limit_bytes=limit_bytes,
        digests=scope_digests(replica) if with_digests else None,
        wait_s=wait_s,
    )


def apply_pull(replica: Replica, request: PullRequest, answer: PullAnswer) -> Replica:
    """Take over one page of changes, in one step. An answer to anything but our present cursor is void.

    While more pages follow, `last_mid` stays: a mutation's effect may be on a later page, and work seen twice for a
    moment is better than work that vanishes.
    """
    if request.outbox != replica.outbox.id or request.cursor != replica.cursor:
        return replica
    held = _in_epoch(replica, answer.epoch)
    if answer.last_mid < held.outbox.durable_mid:  # an older backup came back than the last, of which we were told
        held = _sent_again(held, answer.last_mid + 1)
    documents = _without_scopes(replica.documents, answer.scopes_removed)
    documents = _mark_stale(documents, answer.resync)
    for patch in answer.patch:
        _patch(documents, patch)
    if not answer.more:
        documents = _sweep(documents)
    return Replica(
        outbox=queue.forget_durable(queue.resolve(held.outbox, _decided(answer.patch)), answer.durable_mid),
        cursor=answer.cursor,
        epoch=answer.epoch,
        last_mid=held.last_mid if answer.more else answer.last_mid,
        documents=documents,
    )


def restart(replica: Replica, refusal: Refusal) -> Replica:
    """Begin again after one of RESTART_CODES: everything is pulled anew, nothing that was done is forgotten.

    The documents stay to be worked with until the new ones are complete. If the server has lost something (another
    epoch, or a cursor ahead of it), what no backup is known to hold is sent again.
    """
    scopes = {scope for document in replica.documents.values() for scope in document.scopes}
    epoch = refusal.epoch or replica.epoch
    held = _undone(replica) if refusal.code is ErrorCode.CURSOR_AHEAD else _in_epoch(replica, epoch)
    return replace(held, cursor=None, epoch=epoch, documents=_mark_stale(replica.documents, scopes))


def resume_at(replica: Replica, expected: int, *, new_outbox: str) -> Replica:
    """Go on after a mid_gap: from the number the server expects, or in a new outbox when that is no longer held."""
    if queue.can_continue(replica.outbox, expected):
        return _sent_again(replica, expected)
    return renumber(replica, new_outbox=new_outbox)


def renumber(replica: Replica, *, new_outbox: str) -> Replica:
    """Move all held work to a new outbox, also when `outbox.is_cloned`. Push before the next pull."""
    covered = sum(1 for entry in replica.outbox.entries if entry.mutation.mid <= replica.last_mid)
    return replace(replica, outbox=queue.renumber(replica.outbox, new_outbox), last_mid=covered)


def wipe(replica: Replica) -> Replica:
    """Let go of everything the server gave, after device_revoked.

    Work stays, and the epoch in which it was answered: what a restore loses meanwhile must be sent again.
    """
    return replace(replica, documents={}, cursor=None)


def shown(replica: Replica, appliers: Mapping[str, Applier]) -> dict[str, JsonObject]:
    """Return every document by key as the technician sees it: the server's, with pending work applied in order.

    Work on a document that is not here any more is not shown; it stays in the outbox all the same.
    """
    documents = {name: document.doc for name, document in replica.documents.items()}
    for entry in pending(replica):
        mutation = entry.mutation
        name, applier = key(mutation.kind, mutation.id), appliers.get(mutation.op)
        if name in documents and applier is not None:
            documents[name] = applier(documents[name], mutation.args)
    return documents


def pending(replica: Replica) -> tuple[Entry, ...]:
    """Return the work that is laid over the documents: not yet in them, and not refused."""
    return tuple(
        entry
        for entry in replica.outbox.entries
        if entry.mutation.mid > replica.last_mid and entry.state not in _NOT_SHOWN
    )


def scope_digests(replica: Replica) -> dict[str, str]:
    """Digest what is held of each scope, for the server to compare."""
    held = dict[str, list[tuple[str, str, int]]]()
    for document in replica.documents.values():
        for scope in document.scopes:
            held.setdefault(scope, []).append((document.kind, document.id, document.version))
    return {scope: str(digest_of(documents)) for scope, documents in sorted(held.items())}


def _in_epoch(replica: Replica, epoch: str | None) -> Replica:
    """Return outbox and last_mid as they are in an epoch: a new one may have lost whatever no backup is known to hold."""
    return replica if replica.epoch in (None, epoch) else _undone(replica)


def _undone(replica: Replica) -> Replica:
    return _sent_again(replica, replica.outbox.durable_mid + 1)


def _sent_again(replica: Replica, from_mid: int) -> Replica:
    """Send again what the server has lost, and show it until then: the documents come back without it."""
    outbox = queue.requeue(replica.outbox, from_mid)
    return replace(replica, outbox=outbox, last_mid=min(replica.last_mid, from_mid - 1))


def _decided(patches: Iterable[Patch]) -> frozenset[str]:
    """Uids of the work about which these patches tell that a person has decided."""
    cards = (patch.doc for patch in patches if isinstance(patch, Put) and patch.kind == REVIEW_CARD)
    return frozenset(uid for card in cards if card.get("state") == "resolved" for uid in card.get("mutations", ()))


def _patch(documents: dict[str, Document], patch: Patch) -> None:
    name = key(patch.kind, patch.id)
    held = documents.pop(name, None)
    changed = _put(held, patch) if isinstance(patch, Put) else _left(held, (patch.scope,)) if held else None
    if changed is not None:
        documents[name] = changed


def _put(held: Document | None, put: Put) -> Document:
    if held is None:
        return Document(kind=put.kind, id=put.id, version=put.version, doc=put.doc, scopes=(put.scope,))
    # A restored server counts versions from where it was: what is stale yields even to a smaller one.
    is_newer = put.version >= held.version or bool(held.stale)
    return replace(
        held,
        version=put.version if is_newer else held.version,
        doc=put.doc if is_newer else held.doc,
        scopes=tuple(sorted({*held.scopes, put.scope})),
        stale=tuple(scope for scope in held.stale if scope != put.scope),
    )


def _left(held: Document, scopes: Iterable[str]) -> Document | None:
    """Take a document out of scopes; None when it was in no other."""
    left = frozenset(scopes)
    remaining = tuple(scope for scope in held.scopes if scope not in left)
    stale = tuple(scope for scope in held.stale if scope not in left)
    return replace(held, scopes=remaining, stale=stale) if remaining else None


def _without_scopes(documents: Mapping[str, Document], scopes: Iterable[str]) -> dict[str, Document]:
    kept = {name: _left(document, scopes) for name, document in documents.items()}
    return {name: document for name, document in kept.items() if document is not None}


def _mark_stale(documents: Mapping[str, Document], scopes: Iterable[str]) -> dict[str, Document]:
    again = frozenset(scopes)
    return {
        name: replace(document, stale=tuple(s for s in document.scopes if s in again or s in document.stale))
        for name, document in documents.items()
    }


def _sweep(documents: Mapping[str, Document]) -> dict[str, Document]:
    """Let go of what was to be sent again and was not."""
    kept = {name: _left(document, document.stale) for name, document in documents.items()}
    return {name: document for name, document in kept.items() if document is not None}
