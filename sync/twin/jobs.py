"""The little that the server in memory knows of the trade: whether an operation on a job counts.

It decides as `sync.optimistic` guesses, for proving replicas; the real rules are the backend's.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Final, TypeAlias

from msgspec import Struct

from sync import operations
from sync.operations import OperationError
from sync.optimistic import APPLIERS
from sync.protocol import JsonObject, Mutation, MutationState, ReasonCode

_FORGOTTEN: Final = {
    ("pending", "started"): ("enRoute",),
    ("pending", "completed"): ("enRoute", "started"),
    ("pending", "notDone"): ("enRoute",),
    ("enRoute", "completed"): ("started",),
}
"""A technician who forgot a button did not leave out the step."""


_CLAIMS: Final = {"serial_installed": "serial", "serial_swapped": "installed"}
"""The argument whose value only one job may have, by operation."""


class Decision(Struct, frozen=True, kw_only=True):
    """What a mutation does. document: its new body, None when it stays as it is.

    claim: something that only one document may have, such as a serial; otherwise: the decision when another has it.
    """

    status: MutationState
    document: JsonObject | None = None
    code: str | None = None
    path: str | None = None
    claim: str | None = None
    otherwise: "Decision | None" = None


Decide: TypeAlias = Callable[[JsonObject | None, Mutation], Decision]
"""(document as it is now or None, mutation) -> decision."""


def decide_job(document: JsonObject | None, mutation: Mutation) -> Decision:
    """Record every fact, move the state where that is allowed."""
    try:
        operations.decode(mutation.op, mutation.args, kind=mutation.kind)
    except OperationError as error:
        return Decision(status=MutationState.REJECTED, code=error.code, path=error.path)
    if document is None:
        return Decision(status=MutationState.QUARANTINED, code=ReasonCode.NOT_FOUND)
    changed = APPLIERS[mutation.op](document, mutation.args)
    if changed == document:
        return Decision(status=MutationState.CONFLICT, code=ReasonCode.ILLEGAL_MOVE)
    applied = Decision(status=MutationState.APPLIED, document=changed)
    claimed = _CLAIMS.get(mutation.op)
    return _claiming(applied, mutation.args[claimed]) if claimed else applied


def walk(before: str | None, after: str | None) -> tuple[tuple[str, str], ...]:
    """Return the moves between two states of a job, those included that were forgotten."""
    if before is None or after is None or before == after:
        return ()
    states = (before, *_FORGOTTEN.get((before, after), ()), after)
    return tuple(pairwise(states))


def _claiming(applied: Decision, serial: str) -> Decision:
    taken = Decision(status=MutationState.CONFLICT, document=applied.document, code=ReasonCode.SERIAL_TAKEN)
    return Decision(status=applied.status, document=applied.document, claim=serial, otherwise=taken)
