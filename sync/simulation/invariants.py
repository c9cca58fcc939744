"""What must hold, by the numbers of the domain's invariants (I1 to I14), and how a breach is told.

Checked by looking at phones and server from outside: nothing here is asked of the code that is being proven.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from sync import cursor as cursors
from sync.outbox import Entry
from sync.protocol import NEEDS_ATTENTION, JsonObject, MutationState, Result

_LEGAL: Final = frozenset(
    {
        ("pending", "enRoute"),
        ("pending", "cancelled"),
        ("enRoute", "started"),
        ("enRoute", "notDone"),
        ("enRoute", "cancelled"),
        ("started", "completed"),
        ("started", "notDone"),
        ("started", "suspended"),
        ("suspended", "started"),
    }
)
"""Every move that a job may make."""

DONE: Final = frozenset({MutationState.APPLIED, MutationState.MERGED})
REFUSED: Final = frozenset({MutationState.REJECTED, MutationState.QUARANTINED})
_STILL_SHOWN: Final = frozenset({MutationState.QUEUED, MutationState.SENT, MutationState.RETRY}) | DONE
CLOCK_TOLERANCE_MS: Final = 2
"""A clean trip takes no time here; halving it rounds."""


class Violation(Exception):
    """An invariant does not hold. invariant: its number; detail: how that shows."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant
        self.detail = detail

    @classmethod
    def of(cls, fault: str) -> "Violation":
        """Return what a site tells as `I6: what is wrong`."""
        invariant, _, detail = fault.partition(": ")
        return cls(invariant, detail)


def require(holds: bool, invariant: str, detail: str) -> None:  # noqa: FBT001 (reads as a sentence)
    """Raise Violation unless it holds."""
    if not holds:
        raise Violation(invariant, detail)


def require_forward(before: str | None, after: str | None, resync: Collection[str]) -> None:
    """I10: within an epoch a cursor never goes back, but for a scope that is said to be sent from its beginning."""
    if before is None or after is None or before == after:
        return
    was, now = cursors.decode(before), cursors.decode(after)
    kept, _ = cursors.keep_only(was, was.positions.keys() - set(resync))
    require(now.epoch != was.epoch or cursors.covers(now, kept), "I10", f"cursor went from {was} to {now}")


def require_once(effects: Iterable[str], known: Collection[str]) -> None:
    """I2: no mutation takes effect twice, and none that nobody did."""
    seen = set[str]()
    for uid in effects:
        require(uid not in seen, "I2", f"{uid} took effect twice")
        require(uid in known, "I2", f"{uid} took effect, and nobody did it")
        seen.add(uid)


def require_reasons(results: Iterable[Result]) -> None:
    """I14: whoever is not simply believed is told why."""
    for result in results:
        is_told = result.status not in NEEDS_ATTENTION or result.code is not None
        require(is_told, "I14", f"mutation {result.mid} was {result.status} without a reason")


def require_own_work(
    entries: Iterable[Entry],
    shown: Mapping[str, JsonObject],
    verdict: Callable[[str], Result | None],
    *,
    is_settling: bool,
) -> None:
    """I3: own notes on a job that is held are seen, and seen once; twice only while something is on the way.

    verdict: the server's, by uid: of work that was refused the phone may have heard that it was decided, and not how.
    """
    for entry in entries:
        mutation = entry.mutation
        job = shown.get(f"{mutation.kind}/{mutation.id}")
        if job is None or mutation.op != "note" or entry.state not in _STILL_SHOWN or _is_refused(entry.result):
            continue
        count = _texts(job).count(mutation.args["text"])
        is_there = count > 0 or _is_refused(verdict(mutation.uid))
        require(is_there, "I3", f"{mutation.args['text']!r} of {mutation.id} vanished from the phone")
        require(count <= 1 or is_settling, "I3", f"{mutation.args['text']!r} of {mutation.id} is shown {count} times")


def _is_refused(result: Result | None) -> bool:
    return result is not None and result.status in NEEDS_ATTENTION


def require_equal(held: Mapping[str, JsonObject], view: Mapping[str, JsonObject], whose: str) -> None:
    """I3 and I4: a phone holds what the server has for it, no less and no more."""
    if held == view:
        return
    lacks, keeps = sorted(view.keys() - held.keys()), sorted(held.keys() - view.keys())
    differ = sorted(name for name in held.keys() & view.keys() if held[name] != view[name])
    invariant = "I4" if keeps and not lacks and not differ else "I3"
    raise Violation(invariant, f"{whose} lacks {lacks[:3]}, keeps {keeps[:3]}, differs in {differ[:3]}")


def require_time(occurred_ms: int, *, true_ms: int, received_ms: int, is_exact: bool, uid: str) -> None:
    """I9: what happened did not happen after it was heard of, nor, by a clock that was measured, before it did."""
    require(occurred_ms <= received_ms, "I9", f"{uid} is said to have happened after it was received")
    early_ms = true_ms - occurred_ms
    require(not is_exact or early_ms <= CLOCK_TOLERANCE_MS, "I9", f"{uid} is dated {early_ms} ms before it happened")


def illegal_moves(moves: Iterable[tuple[str, str]]) -> Iterator[str]:
    """I6: name every move of a job that is none."""
    return (f"I6: a job went from {before} to {after}" for before, after in moves if (before, after) not in _LEGAL)


def require_order(works: Iterable[tuple[str, str]], where: str) -> None:
    """I2: what was recorded on one storage took effect in the order of recording. works: (storage, uid) as they stand."""
    last = dict[str, str]()
    for storage, uid in works:
        require(last.get(storage, "") <= uid, "I2", f"{uid} at {where} took effect after later work")
        last[storage] = uid


def notes_of(documents: Mapping[str, JsonObject]) -> Iterator[tuple[str, list[str]]]:
    """Return (document, texts of its notes in order)."""
    return ((name, _texts(document)) for name, document in documents.items())


def _texts(job: Mapping[str, Any]) -> list[str]:
    notes: list[Mapping[str, Any]] = job.get("notes") or []
    return [str(note["text"]) for note in notes]
