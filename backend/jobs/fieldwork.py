"""What a technician does with a job, from `acknowledge` to `complete`: the operations that move its state.

Each is `operation(tx, job, technician_id, args, occurred_at)`, with the job from `attendance.job_for_work`, and answers
None when it counts. When the office cancelled or reassigned the job meanwhile, the visit is recorded all the same, a
review card is opened, and the answer is its reason. Raises UnknownJob, IllegalMove, GuardRefused and what it names.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.jobs import fieldrecords, queries, workorders
from backend.jobs.attendance import bounded, overtaken, require_attendance
from backend.jobs.completion import missing
from backend.jobs.errors import AlreadyTakenUp, AnotherJobStarted, CompletionRefused, JobOvertaken
from backend.jobs.lifecycle import AssignmentCommand, AssignmentState, JobCommand, JobState, ReviewKind, steps
from backend.jobs.models import Assignment, HazardAcknowledgement, Job, JobAnswer, JobSignature, Visit
from backend.jobs.reviews import open_review
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from sync.operations import Acknowledge, Arrive, Complete, EnRoute, NotDone, Note, Outcome, Resume, Start, Suspend

STAYS_ON_PHONE = timedelta(hours=24)  # a technician looks back at yesterday; then the customer's data leaves the phone

STAMPS = {
    JobCommand.EN_ROUTE: "en_route_at",
    JobCommand.ARRIVE: "arrived_at",
    JobCommand.START: "started_at",
    JobCommand.RESUME: "started_at",
}
ENDINGS = {
    JobCommand.SUSPEND: JobState.SUSPENDED,
    JobCommand.COMPLETE: JobState.COMPLETED,
    JobCommand.NOT_DONE: JobState.NOT_DONE,
}
BEGINNINGS = frozenset({JobCommand.START, JobCommand.RESUME})


async def acknowledge(
    tx: Transaction, job: Job, technician_id: UUID, args: Acknowledge, occurred_at: datetime
) -> str | None:
    """The technician takes the job. Raises JobOvertaken, as no work is lost yet."""
    await require_attendance(tx, job, technician_id)
    if reason := overtaken(job, technician_id):
        raise JobOvertaken(job_id=str(job.id), reason=reason)
    move(tx, Assignment(job), AssignmentCommand.ACKNOWLEDGE, occurred_at=min(occurred_at, tx.now))
    return None


async def en_route(tx: Transaction, job: Job, technician_id: UUID, args: EnRoute, occurred_at: datetime) -> str | None:
    return await _perform(tx, job, technician_id, JobCommand.EN_ROUTE, occurred_at)


async def arrive(tx: Transaction, job: Job, technician_id: UUID, args: Arrive, occurred_at: datetime) -> str | None:
    return await _perform(tx, job, technician_id, JobCommand.ARRIVE, occurred_at)


async def start(tx: Transaction, job: Job, technician_id: UUID, args: Start, occurred_at: datetime) -> str | None:
    """Raises AnotherJobStarted."""
    return await _perform(tx, job, technician_id, JobCommand.START, occurred_at)


async def suspend(tx: Transaction, job: Job, technician_id: UUID, args: Suspend, occurred_at: datetime) -> str | None:
    """Stop; a new pending job goes on with it, to be planned by the office."""
    reason = await _perform(tx, job, technician_id, JobCommand.SUSPEND, occurred_at, {"reason": args.reason})
    if reason is None:
        job.reason = args.reason
        await workorders.follow_up(tx, job)
    return reason


async def resume(tx: Transaction, job: Job, technician_id: UUID, args: Resume, occurred_at: datetime) -> str | None:
    """The technician goes on after all: the job that would have is withdrawn. Raises AlreadyTakenUp."""
    reason = await _perform(tx, job, technician_id, JobCommand.RESUME, occurred_at)
    if reason is None:
        job.reason = job.ended_at = job.released_at = None
        job.finish_work()
        await _withdraw_follower(tx, job)
    return reason


async def complete(tx: Transaction, job: Job, technician_id: UUID, args: Complete, occurred_at: datetime) -> str | None:
    """The work is done, in full or but for what `args.undone` names. Raises CompletionRefused(missing=[…])."""
    if overtaken(job, technician_id) is None:
        await _require_nothing_missing(tx, job, args.outcome)
    detail = {"outcome": str(args.outcome), "undone": list(args.undone)}
    reason = await _perform(tx, job, technician_id, JobCommand.COMPLETE, occurred_at, detail)
    if reason is None:
        job.outcome, job.undone = args.outcome, list(args.undone)
        await workorders.settle(tx, job.work_order_id)
    return reason


async def not_done(tx: Transaction, job: Job, technician_id: UUID, args: NotDone, occurred_at: datetime) -> str | None:
    reason = await _perform(tx, job, technician_id, JobCommand.NOT_DONE, occurred_at, {"reason": args.reason})
    if args.note is not None:
        await fieldrecords.note(tx, job, technician_id, Note(text=args.note), occurred_at)
    if reason is None:
        job.reason = args.reason
        await workorders.settle(tx, job.work_order_id)
    return reason


async def _perform(
    tx: Transaction,
    job: Job,
    technician_id: UUID,
    command: JobCommand,
    occurred_at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> str | None:
    """Move the job by `command` and by what was forgotten before it, and write the visit's times."""
    await require_attendance(tx, job, technician_id)
    visit = await queries.open_visit(tx, job.id, technician_id) or Visit(
        id=tx.new_id(), job_id=job.id, technician_id=technician_id
    )
    at = bounded(visit, occurred_at, tx.now)
    reason = overtaken(job, technician_id)
    for step in (command,) if reason else steps(job.state, command):
        if step in BEGINNINGS:
            await _require_no_other_start(tx, job, technician_id)
        if reason is None:
            await _move(tx, job, step, at, visit, {"technician_id": str(technician_id), **(detail or {})})
        _stamp(visit, step, at)
    tx.add(visit)
    job.record_count += 1
    await tx.flush()
    if reason is not None:
        await open_review(tx, kind=ReviewKind.CONFLICT, reason=reason, subject=job.number, job_id=job.id)
    return reason


async def _move(
    tx: Transaction, job: Job, step: JobCommand, at: datetime, visit: Visit, detail: Mapping[str, Any]
) -> None:
    if step is JobCommand.EN_ROUTE:
        await _set_off(tx, job, at)
    move(tx, job, step, occurred_at=at, given=visit, detail=detail)
    if step in ENDINGS:
        job.ended_at = at
        job.finish_work(again_at=at + STAYS_ON_PHONE)


async def _set_off(tx: Transaction, job: Job, at: datetime) -> None:
    """Who sets off has taken the job, and the work order begins."""
    if job.assignment is not AssignmentState.ACKNOWLEDGED:
        move(tx, Assignment(job), AssignmentCommand.ACKNOWLEDGE, occurred_at=at)
    await workorders.begin(tx, job.work_order_id)


def _stamp(visit: Visit, step: JobCommand, at: datetime) -> None:
    if step in ENDINGS:
        visit.ended_at, visit.outcome = at, ENDINGS[step]
        return
    setattr(visit, STAMPS[step], at)
    if step in BEGINNINGS and visit.arrived_at is None:
        visit.arrived_at = at  # nobody works at a place without having arrived there


async def _require_no_other_start(tx: Transaction, job: Job, technician_id: UUID) -> None:
    other = await queries.started_visit(tx, technician_id)
    if other is not None and other.job_id != job.id:
        raise AnotherJobStarted(job_id=str(other.job_id))


async def _withdraw_follower(tx: Transaction, job: Job) -> None:
    follower = await queries.follower(tx, job.id)
    if follower is None:
        return
    if follower.state is not JobState.PENDING:
        raise AlreadyTakenUp(job_id=str(follower.id))
    move(tx, follower, JobCommand.CANCEL, detail={"reason": "resumed"})
    follower.reason, follower.ended_at = "resumed", tx.now


async def _require_nothing_missing(tx: Transaction, job: Job, outcome: Outcome) -> None:
    work = await catalogue.work_specification(tx, job.work)
    premises = await customers.premises(tx, job.premises_id)
    answers = await queries.records(tx, JobAnswer, [job.id])
    acknowledged = await queries.records(tx, HazardAcknowledgement, [job.id])
    signatures = await queries.records(tx, JobSignature, [job.id])
    if lacking := missing(
        outcome,
        checklist=work.checklist,
        answers={answer.item: answer.value for answer in answers},
        hazards=[*work.hazards, *premises.hazards],
        acknowledged={row.hazard for row in acknowledged},
        lacks_signature=job.needs_signature and not signatures,
    ):
        raise CompletionRefused(job_id=str(job.id), missing=lacking)
