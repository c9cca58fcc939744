"""One mutation, decided: what it does through the jobs' own use cases, and the verdict on it.

Facts are recorded always, state changes only when allowed: a use case answers with a reason when the office had
decided otherwise meanwhile, and raises when the work cannot stand; the mutation is kept as it came in any case.
"""

import logging
from datetime import datetime

from msgspec import Struct, structs
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.errors import UnknownJob
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.service import Job
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, DomainError, Unavailable
from sync import operations
from sync.operations import Operation, OperationError, TimeEntry
from sync.protocol import MAX_TIME_MS, Mutation, MutationState, ReasonCode

log = logging.getLogger(__name__)

OUR_MISTAKE = "our_mistake"
LOOKS = 3  # at rows that another transaction wrote first
PASSING = (OperationalError, InterfaceError, StaleDataError, Unavailable)


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided about one mutation. code, path: why, and where in it, with all but applied and merged."""

    status: MutationState
    code: str | None = None
    path: str | None = None


async def decide(tx: Transaction, principal: Principal, mutation: Mutation, job: Job | None, at: datetime) -> Decision:
    """Carry out one mutation; nothing of it stays when it is rejected.

    job: the locked job that it is about, None when the sender has none of that id; at: when it happened. Passing
    trouble of the database is not decided: it raises, and the batch is tried again.
    """
    try:
        reason = await _carried_out(tx, principal, job, _operation(mutation), at)
    except OperationError as error:
        return await _refused(tx, mutation, job, MutationState.REJECTED, error.code, error.path)
    except UnknownJob:
        return Decision(status=MutationState.REJECTED, code=ReasonCode.NOT_FOUND, path="$.id")
    except PASSING:
        raise
    except DomainError as error:
        status = MutationState.CONFLICT if isinstance(error, Conflict) else MutationState.REJECTED
        return await _refused(tx, mutation, job, status, error.code, "$.op")
    except Exception:  # one of the four edges: a mistake of ours must not block the queue behind it
        log.exception("mutation %s of %s failed", mutation.uid, principal.actor)
        return await _refused(tx, mutation, job, MutationState.QUARANTINED, OUR_MISTAKE, "$")
    if reason is not None:  # its use case has asked a person to decide
        return Decision(status=MutationState.CONFLICT, code=reason, path="$.op")
    return Decision(status=MutationState.APPLIED)


async def _carried_out(
    tx: Transaction, principal: Principal, job: Job | None, operation: Operation, at: datetime
) -> str | None:
    """None when it counts, else the reason for which it was only recorded."""
    if job is None:
        raise UnknownJob()
    assert principal.technician_id is not None, f"{principal.actor} pushes but is no technician"
    for left in reversed(range(LOOKS)):
        try:
            async with tx.savepoint():
                return await jobs.OPERATIONS[type(operation)](tx, job, principal.technician_id, operation, at)
        except IntegrityError:
            # Another transaction was first: at the next look its row can be seen, and the use case says what it means.
            if left == 0:
                raise
    raise AssertionError("the last look answers or raises")


async def _refused(
    tx: Transaction, mutation: Mutation, job: Job | None, status: MutationState, code: str, path: str
) -> Decision:
    """The verdict on work that cannot stand; the dispatcher sees it as well as the technician."""
    if job is not None:
        await jobs.open_review(
            tx,
            kind=ReviewKind.CONFLICT if status is MutationState.CONFLICT else ReviewKind.REJECTED_OPERATION,
            reason=code,
            subject=mutation.op,
            job_id=job.id,
            params={"op": mutation.op, "uid": mutation.uid, "path": path},
        )
    return Decision(status=status, code=code, path=path)


def _operation(mutation: Mutation) -> Operation:
    """What was done, with the times inside it by the server's clock. Raises OperationError."""
    operation = operations.decode(mutation.op, mutation.args, kind=mutation.kind)
    return _in_server_time(operation, mutation.off or 0) if isinstance(operation, TimeEntry) else operation


def _in_server_time(entry: TimeEntry, offset_ms: int) -> TimeEntry:
    start_ms, end_ms = entry.start_ms + offset_ms, entry.end_ms + offset_ms
    if start_ms < 0 or end_ms > MAX_TIME_MS:
        raise OperationError(ReasonCode.INVALID_ARGUMENTS, "$.args.start_ms", "beyond the years that a time can have")
    return structs.replace(entry, start_ms=start_ms, end_ms=end_ms)
