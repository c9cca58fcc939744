"""One mutation, decided: what it does through the use cases of jobs and of vans, and the verdict on it.

Facts are recorded always, state changes only when allowed: a use case answers that it has asked a person when the
office had decided otherwise meanwhile, and raises when the work cannot stand; the mutation is kept as it came in any
case. A verdict that needs attention always has a review card, which names the mutation.
"""

import logging
from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from backend.identity.principal import Principal
from backend.inventory.schemas import LocationView
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.service import Answer, Asked, Job, Merged, Subject
from backend.kernel.db import NeedsSavepoints, Transaction
from backend.kernel.errors import Conflict, DomainError, Unavailable
from backend.workforce import service as workforce
from sync import operations
from sync.operations import Operation, OperationError, TimeEntry
from sync.protocol import MAX_TIME_MS, JsonObject, Mutation, MutationState, ReasonCode

log = logging.getLogger(__name__)

OUR_MISTAKE = "our_mistake"
LOOKS = 3  # at rows that another transaction wrote first
CARDS = {
    MutationState.CONFLICT: ReviewKind.CONFLICT,
    MutationState.REJECTED: ReviewKind.REJECTED_OPERATION,
    MutationState.QUARANTINED: ReviewKind.QUARANTINE,
}
PASSING = (OperationalError, InterfaceError, StaleDataError, Unavailable, NeedsSavepoints)


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided about one mutation. code, path: why, and where in it, with all but applied and merged.

    lost: overruled values by field, with merged.
    """

    status: MutationState
    code: str | None = None
    path: str | None = None
    lost: JsonObject = {}


async def decide(
    tx: Transaction, principal: Principal, mutation: Mutation, subject: Subject | None, at: datetime
) -> Decision:
    """Carry out one mutation; nothing of it stays when it is rejected.

    subject: what it is about, a job locked; None when the sender has none of that id; at: when it happened. Passing
    trouble of the database is not decided: it raises, and the batch is tried again.
    """
    try:
        answer = await _carried_out(tx, principal, subject, operation_of(mutation), at)
    except OperationError as error:
        return await refused(tx, principal, mutation, subject, _rejected(error.code, error.path))
    except UnknownJob:
        return await refused(tx, principal, mutation, None, _quarantined(ReasonCode.NOT_FOUND, "$.id"))
    except PASSING:
        raise
    except DomainError as error:
        status = MutationState.CONFLICT if isinstance(error, Conflict) else MutationState.REJECTED
        return await refused(tx, principal, mutation, subject, Decision(status=status, code=error.code, path="$.op"))
    except Exception:  # one of the four edges: a mistake of ours must not block the queue behind it
        log.exception("mutation %s of %s failed", mutation.uid, principal.actor)
        return await refused(tx, principal, mutation, subject, _quarantined(OUR_MISTAKE, "$"))
    match answer:
        case Asked():
            await jobs.name_on_card(tx, answer.card_id, mutation.uid)
            return Decision(status=MutationState.CONFLICT, code=answer.reason, path="$.op")
        case Merged():
            return Decision(status=MutationState.MERGED, lost=answer.lost)
    return Decision(status=MutationState.APPLIED)


def operation_of(mutation: Mutation) -> Operation:
    """What was done, with the times inside it by the server's clock. Raises OperationError."""
    operation = operations.decode(mutation.op, mutation.args, kind=mutation.kind)
    return _in_server_time(operation, mutation.off or 0) if isinstance(operation, TimeEntry) else operation


async def territory_of(tx: Transaction, principal: Principal) -> UUID | None:
    """The sender's territory; None for who is no technician any more: then it is the supervisors' to look at."""
    if principal.technician_id is None:
        return None
    found = await workforce.technicians_by_id(tx, [principal.technician_id])
    return next((technician.territory_id for technician in found.values()), None)


async def _carried_out(
    tx: Transaction, principal: Principal, subject: Subject | None, operation: Operation, at: datetime
) -> Answer:
    if subject is None:
        raise UnknownJob()
    assert principal.technician_id is not None, f"{principal.actor} pushes but is no technician"
    for left in reversed(range(LOOKS)):
        try:
            async with tx.savepoint():
                return await jobs.OPERATIONS[type(operation)](tx, subject, principal.technician_id, operation, at)
        except IntegrityError:
            # Another transaction was first: at the next look its row can be seen, and the use case says what it means.
            if left == 0:
                raise
    raise AssertionError("the last look answers or raises")


def _rejected(code: str, path: str) -> Decision:
    return Decision(status=MutationState.REJECTED, code=code, path=path)


def _quarantined(code: str, path: str) -> Decision:
    return Decision(status=MutationState.QUARANTINED, code=code, path=path)


async def refused(
    tx: Transaction, principal: Principal, mutation: Mutation, subject: Subject | None, decision: Decision
) -> Decision:
    """The verdict on work that cannot stand; a dispatcher sees it as well as the technician, also when it is lost on us.

    Work on a document that the sender has not (any more) is shown where the sender works: no job hears of a stranger.
    """
    job = subject if isinstance(subject, Job) else None
    card_id = await jobs.open_review(
        tx,
        kind=CARDS[decision.status],
        reason=str(decision.code),
        subject=_spelled(subject, mutation),
        job_id=job.id if job else None,
        territory_id=None if job else await territory_of(tx, principal),
        technician_id=principal.technician_id,
        params={"op": mutation.op, "uid": mutation.uid, "path": decision.path, "args": mutation.args},
    )
    await jobs.name_on_card(tx, card_id, mutation.uid)
    return decision


def _spelled(subject: Subject | None, mutation: Mutation) -> str:
    """What the card is about: at a job the kind of work; of a van also whose it is, as cards of vans belong to no job."""
    match subject:
        case Job():
            return mutation.op
        case LocationView():
            return f"{mutation.op}, {subject.name}"
        case None:
            return mutation.id


def _in_server_time(entry: TimeEntry, offset_ms: int) -> TimeEntry:
    start_ms, end_ms = entry.start_ms + offset_ms, entry.end_ms + offset_ms
    if start_ms < 0 or end_ms > MAX_TIME_MS:
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, "$.args.start_ms", "beyond the years that a time can have")
    return structs.replace(entry, start_ms=start_ms, end_ms=end_ms)
