"""The queue of what was done on a device and is not yet surely the server's.

A mutation stays here until its verdict is known, the server says that a backup holds it (`durable_mid`), and, if the
verdict needs a person, that person has seen it. Nothing blocks the queue: refused work keeps its place in the record,
not in the line. An outbox belongs to one user on one device; its id is made with the storage it lives in.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from typing import Final

from msgspec import Struct
from msgspec.structs import asdict, replace

from sync import wire
from sync.protocol import (
    MAX_MUTATION_BYTES,
    MAX_MUTATION_DEPTH,
    MAX_MUTATIONS,
    MAX_REQUEST_BYTES,
    MOVES,
    NEEDS_ATTENTION,
    VERDICTS,
    Draft,
    ErrorCode,
    Mutation,
    MutationState,
    PushAnswer,
    ReasonCode,
    Result,
)

_ENVELOPE_BYTES: Final = 4096
"""Room in a request for everything but the batch, a SyncRequest's digests left out."""

_SENDABLE: Final = frozenset({MutationState.QUEUED, MutationState.SENT, MutationState.RETRY})


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One mutation with its state, its verdict once known, and whether a person has seen a verdict that needs one."""

    mutation: Mutation
    state: MutationState = MutationState.QUEUED
    result: Result | None = None
    seen: bool = False

    @property
    def needs_attention(self) -> bool:
        """Whether the technician has still to be told why this was not simply applied."""
        return self.state in NEEDS_ATTENTION and not self.seen


class Outbox(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """entries: by mid, ascending; next_mid: of the next mutation; durable_mid: the server's, as last heard."""

    id: str
    next_mid: int = 1
    durable_mid: int = 0
    entries: tuple[Entry, ...] = ()


def enqueue(outbox: Outbox, draft: Draft, *, base: int | None) -> tuple[Outbox, Mutation]:
    """Give a draft its number and its seal, and put it last.

    base: version of the document that the technician saw, None when there was none. Raises Refused when the server
    would have to refuse the mutation whole: too_large, too_deep, nul_character, malformed, number_out_of_range.
    """
    digest = wire.mutation_digest(draft, base)
    mutation = Mutation(**asdict(draft), mid=outbox.next_mid, base=base, digest=digest)
    raw = wire.encode(mutation)
    wire.check_bounds(raw, limit_bytes=MAX_MUTATION_BYTES, limit_depth=MAX_MUTATION_DEPTH)
    wire.decode(raw, Mutation)
    entries = (*outbox.entries, Entry(mutation=mutation))
    return replace(outbox, entries=entries, next_mid=outbox.next_mid + 1), mutation


def next_batch(outbox: Outbox) -> tuple[Mutation, ...]:
    """Return what to send now: the first sendable run of consecutive numbers, within the limits of one push."""
    batch, batch_bytes = list[Mutation](), _ENVELOPE_BYTES
    for mutation in _sendable(outbox):
        batch_bytes += len(wire.encode(mutation)) + 1
        is_gap = batch and mutation.mid != batch[-1].mid + 1
        if is_gap or len(batch) == MAX_MUTATIONS or batch_bytes > MAX_REQUEST_BYTES:
            break
        batch.append(mutation)
    return tuple(batch)


def unsent_count(outbox: Outbox) -> int:
    """Count the mutations whose verdict is not known yet: the "n to send" of a client."""
    return sum(1 for _ in _sendable(outbox))


def mark_sent(outbox: Outbox, batch: Sequence[Mutation]) -> Outbox:
    """Note that a batch is on its way; it is sent again until an answer comes, in full."""
    mids = {mutation.mid for mutation in batch}
    return _move_all(outbox, lambda entry: entry.mutation.mid in mids and entry.state in _SENDABLE, MutationState.SENT)


def settle(outbox: Outbox, answer: PushAnswer) -> Outbox:
    """Book the verdicts of an answer. Repeated and late answers change nothing.

    A duplicate is booked as the verdict that it repeats, so that the reason of a lost answer is not lost.
    """
    results = {result.mid: result for result in answer.results}
    entries = tuple(_settled(entry, results.get(entry.mutation.mid)) for entry in outbox.entries)
    return forget_durable(replace(outbox, entries=entries), answer.durable_mid)


def forget_durable(outbox: Outbox, durable_mid: int) -> Outbox:
    """Let go of what a backup of the server holds and nobody needs to look at any more.

    durable_mid: as last heard, even when it is less than before, for an older backup may have come back.
    """
    entries = tuple(entry for entry in outbox.entries if _is_needed(entry, durable_mid))
    return replace(outbox, entries=entries, durable_mid=durable_mid)


def acknowledge(outbox: Outbox, uid: str) -> Outbox:
    """Note that the technician has seen the verdict on a mutation."""
    entries = tuple(
        replace(entry, seen=True) if entry.mutation.uid == uid and entry.needs_attention else entry
        for entry in outbox.entries
    )
    return forget_durable(replace(outbox, entries=entries), outbox.durable_mid)


def resolve(outbox: Outbox, uids: Set[str]) -> Outbox:
    """Note that a person has decided about work that needed one; there is nothing more to tell about it."""
    return _move_all(
        outbox,
        lambda entry: entry.mutation.uid in uids and entry.state in NEEDS_ATTENTION,
        MutationState.RESOLVED,
    )


def attention(outbox: Outbox) -> tuple[Entry, ...]:
    """Return what was refused, conflicts or waits in quarantine, and has not been seen."""
    return tuple(entry for entry in outbox.entries if entry.needs_attention)


def requeue(outbox: Outbox, from_mid: int) -> Outbox:
    """Send everything from a number on again: a restored server, or one that answered mid_gap, has lost it.

    With it goes what was said of its backups.
    """
    outbox = replace(outbox, durable_mid=min(outbox.durable_mid, from_mid - 1))
    return _move_all(outbox, lambda entry: entry.mutation.mid >= from_mid, MutationState.QUEUED)


def can_continue(outbox: Outbox, expected: int) -> bool:
    """Tell whether all from the number that the server expects next is still held; else it must be renumbered."""
    held_count = sum(1 for entry in outbox.entries if entry.mutation.mid >= expected)
    return held_count == outbox.next_mid - expected


def is_cloned(outbox: Outbox) -> bool:
    """Tell whether another copy of this storage used our numbers, so that they must be changed."""
    return any(
        entry.state is MutationState.REJECTED and entry.result is not None and entry.result.code == ReasonCode.MID_REUSE
        for entry in outbox.entries
    )


def renumber(outbox: Outbox, new_id: str) -> Outbox:
    """Move everything held to a new outbox, numbered from 1 and queued.

    The uids and seals stay, by which the server recognises what it already has. For a cloned device, and for one
    whose server was restored to before what the device still holds.
    """
    entries = tuple(
        replace(entry, mutation=replace(entry.mutation, mid=mid), state=MutationState.QUEUED)
        for mid, entry in enumerate(outbox.entries, start=1)
    )
    return Outbox(id=new_id, next_mid=len(entries) + 1, entries=entries)


def adopt(outbox: Outbox, mutations: Sequence[Mutation]) -> Outbox:
    """Put work that another device of the same user exported behind our own; what is held already stays as it is.

    The uids and seals stay, by which the server recognises what that device has sent itself.
    """
    held = {entry.mutation.uid for entry in outbox.entries}
    new = [mutation for mutation in mutations if mutation.uid not in held]
    entries = [Entry(mutation=replace(mutation, mid=mid)) for mid, mutation in enumerate(new, start=outbox.next_mid)]
    return replace(outbox, entries=(*outbox.entries, *entries), next_mid=outbox.next_mid + len(entries))


def _sendable(outbox: Outbox) -> Iterator[Mutation]:
    return (entry.mutation for entry in outbox.entries if entry.state in _SENDABLE)


def _is_needed(entry: Entry, durable_mid: int) -> bool:
    return entry.mutation.mid > durable_mid or entry.state in _SENDABLE or entry.needs_attention


def _settled(entry: Entry, result: Result | None) -> Entry:
    # Only what is on its way can be answered: what a restored server lost is queued, and a late answer is void.
    if result is None or entry.state is not MutationState.SENT:
        return entry
    verdict = result.first or result
    if verdict.status not in VERDICTS:
        raise wire.WireError(ErrorCode.MALFORMED, "$.results", f"{verdict.status} is not a verdict")
    before = entry.result
    is_old_news = before is not None and (before.status, before.code) == (verdict.status, verdict.code)
    return replace(_moved(entry, verdict.status), result=verdict, seen=entry.seen and is_old_news)


def _move_all(outbox: Outbox, applies: Callable[[Entry], bool], state: MutationState) -> Outbox:
    entries = tuple(_moved(entry, state) if applies(entry) else entry for entry in outbox.entries)
    return replace(outbox, entries=entries)


def _moved(entry: Entry, state: MutationState) -> Entry:
    if entry.state is state:
        return entry
    assert state in MOVES[entry.state], f"mutation {entry.mutation.mid} cannot go from {entry.state} to {state}"
    return replace(entry, state=state)
