"""One mutation, decided: what it does through the jobs' own use cases, and the verdict on it.

Facts are recorded always, state changes only when allowed: a use case answers with a reason when the office had
decided otherwise meanwhile (conflict, recorded), and raises when the work cannot stand at all (rejected, kept raw).
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from msgspec import Struct, structs
from sqlalchemy.exc import DBAPIError

from backend.identity.principal import Principal
from backend.jobs import documents
from backend.jobs import service as jobs
from backend.jobs.models import ReviewKind
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.kernel.errors import DomainError, NotFound
from sync import clock, operations
from sync.operations import Operation, OperationError, TimeEntry
from sync.protocol import Mutation, MutationState, ReasonCode

log = logging.getLogger(__name__)

OUR_MISTAKE = "our_mistake"


class Decision(Struct, frozen=True, kw_only=True):
    """What was decided about one mutation. version, state: of the document afterwards, None when it is unknown."""

    status: MutationState
    code: str | None = None
    path: str | None = None
    version: int | None = None
    state: str | None = None


async def decide(
    tx: Transaction, principal: Principal, mutation: Mutation, occurred_at: datetime, *, own_version: int | None
) -> Decision:
    """Carry out one mutation in a savepoint of its own.

    own_version: what the sender's outbox itself last made of the document; a version that is neither that nor the
    mutation's base is another's work, and the verdict then is `merged`. A failing database is not decided: it raises.
    """
    before = await _version(tx, mutation.id)
    try:
        async with tx.savepoint():
            reason = await _carry_out(tx, principal, mutation, occurred_at)
    except OperationError as error:
        decision = Decision(status=MutationState.REJECTED, code=error.code, path=error.path)
    except NotFound:
        decision = Decision(status=MutationState.REJECTED, code=ReasonCode.NOT_FOUND, path="$.id")
    except DomainError as error:
        decision = Decision(status=MutationState.REJECTED, code=error.code, path="$.op")
    except DBAPIError:
        raise
    except Exception:  # one of the four edges: a mistake of ours must not block the queue behind it
        log.exception("mutation %s of %s failed", mutation.uid, principal.actor)
        decision = Decision(status=MutationState.QUARANTINED, code=OUR_MISTAKE, path="$")
    else:
        decision = _accepted(reason, is_foreign=before not in (None, mutation.base, own_version))
    if decision.status in (MutationState.REJECTED, MutationState.QUARANTINED):
        await _tell_office(tx, mutation, decision)
    return await _with_document(tx, mutation, decision)


def corrected(mutation: Mutation, *, after: datetime | None, now: datetime) -> datetime:
    """When it happened: the device's time by its measured offset, not before `after` and not after `now`.

    after: when the same outbox's work before it happened; None for its first.
    """
    occurred = clock.occurred_at(
        mutation.at,
        mutation.off,
        not_before_ms=clock.milliseconds(after) if after else 0,
        received_ms=clock.milliseconds(now),
    )
    return clock.instant(occurred.occurred_ms)


async def _carry_out(tx: Transaction, principal: Principal, mutation: Mutation, at: datetime) -> str | None:
    operation = _in_server_time(operations.decode(mutation.op, mutation.args, kind=mutation.kind), mutation)
    assert principal.technician_id is not None, f"{principal.actor} pushes but is no technician"
    job = await jobs.job_for_work(tx, _id(mutation))
    return await jobs.OPERATIONS[type(operation)](tx, job, principal.technician_id, operation, at)


def _in_server_time(operation: Operation, mutation: Mutation) -> Operation:
    """Times inside the arguments are the device's too."""
    if not isinstance(operation, TimeEntry):
        return operation
    shift = mutation.off or 0
    return structs.replace(operation, start_ms=operation.start_ms + shift, end_ms=operation.end_ms + shift)


def _accepted(reason: str | None, *, is_foreign: bool) -> Decision:
    if reason is not None:
        return Decision(status=MutationState.CONFLICT, code=reason, path="$.op")
    return Decision(status=MutationState.MERGED if is_foreign else MutationState.APPLIED)


async def _tell_office(tx: Transaction, mutation: Mutation, decision: Decision) -> None:
    """What was not accepted is seen by the dispatcher as well as by the technician."""
    job = await _job(tx, mutation.id)
    if job is None:
        return
    params: Mapping[str, str | None] = {"op": mutation.op, "uid": mutation.uid, "path": decision.path}
    await jobs.open_review(
        tx,
        kind=ReviewKind.REJECTED_OPERATION,
        reason=decision.code or OUR_MISTAKE,
        subject=mutation.op,
        job_id=job.id,
        params=params,
    )


async def _with_document(tx: Transaction, mutation: Mutation, decision: Decision) -> Decision:
    await tx.flush()
    job = await _job(tx, mutation.id)
    if job is None:
        return decision
    return structs.replace(decision, version=await _version(tx, mutation.id), state=str(job.state))


async def _version(tx: Transaction, document_id: str) -> int | None:
    placed = await documents.place_jobs(tx, _ids(document_id))
    return next((placement.version for placement in placed.values()), None)


async def _job(tx: Transaction, document_id: str) -> JobView | None:
    found = await jobs.jobs_by_id(tx, _ids(document_id))
    return next(iter(found.values()), None)


def _id(mutation: Mutation) -> UUID:
    ids = _ids(mutation.id)
    if not ids:
        raise OperationError(ReasonCode.NOT_FOUND, "$.id", "not the id of a document")
    return ids[0]


def _ids(document_id: str) -> list[UUID]:
    try:
        return [UUID(document_id)]
    except ValueError:
        return []
