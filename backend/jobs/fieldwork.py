"""What a technician does with a job, from `acknowledge` to `complete`: the operations that move its state.

Each is `operation(tx, job, technician_id, args, occurred_at)`, with the job from `attendance.job_for_work`. What the
office decided meanwhile, or another technician did, settles what a step is to the job (`lifecycle.standing`); the
visit is recorded in any case. Of a crew the lead alone does the steps; each member acknowledges. Raises UnknownJob, NotTheLead,
IllegalMove, GuardRefused and what it names.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.customers import service as customers
from backend.jobs import fieldrecords, queries, workorders
from backend.jobs.answers import Answer, Asked, Merged
from backend.jobs.assigning import take_back
from backend.jobs.attendance import bounded, is_history, overtaken, require_attendance, require_lead
from backend.jobs.completion import missing
from backend.jobs.errors import AlreadyTakenUp, AnotherJobStarted, CompletionRefused, JobOvertaken
from backend.jobs.lifecycle import (
    ASSIGNMENT,
    AssignmentCommand,
    AssignmentState,
    JobCommand,
    JobState,
    ReviewKind,
    Standing,
    standing,
    steps,
)
from backend.jobs.models import Assignment, HazardAcknowledgement, Job, JobAnswer, JobRecovery, JobSignature, Visit
from backend.jobs.reviews import open_review
from backend.jobs.schemas import Helper
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
) -> Answer:
    """The technician takes the job; a helper's word stands beside the lead's. Raises JobOvertaken, as no work is lost yet."""
    await require_attendance(tx, job, technician_id)
    if technician_id in job.helper_ids and job.state is not JobState.CANCELLED:
        return _acknowledge_as_helper(job, technician_id, min(occurred_at, tx.now))
    if reason := overtaken(job, technician_id):
        raise JobOvertaken(job_id=str(job.id), reason=reason)
    move(tx, Assignment(job), AssignmentCommand.ACKNOWLEDGE, occurred_at=min(occurred_at, tx.now))
    return None


def _acknowledge_as_helper(job: Job, technician_id: UUID, at: datetime) -> Answer:
    if job.assignment is not AssignmentState.ACKNOWLEDGED:
        ASSIGNMENT.advance(job.assignment, AssignmentCommand.ACKNOWLEDGE)
    if all(one.acknowledged_at for one in job.helpers if one.technician_id == technician_id):
        return Merged()
    job.helpers = [
        Helper(technician_id=technician_id, acknowledged_at=at) if one.technician_id == technician_id else one
        for one in job.helpers
    ]
    return None


async def en_route(tx: Transaction, job: Job, technician_id: UUID, args: EnRoute, occurred_at: datetime) -> Answer:
    return await _perform(tx, job, technician_id, JobCommand.EN_ROUTE, occurred_at)


async def arrive(tx: Transaction, job: Job, technician_id: UUID, args: Arrive, occurred_at: datetime) -> Answer:
    return await _perform(tx, job, technician_id, JobCommand.ARRIVE, occurred_at)


async def start(tx: Transaction, job: Job, technician_id: UUID, args: Start, occurred_at: datetime) -> Answer:
    """Raises AnotherJobStarted."""
    return await _perform(tx, job, technician_id, JobCommand.START, occurred_at)


async def suspend(tx: Transaction, job: Job, technician_id: UUID, args: Suspend, occurred_at: datetime) -> Answer:
    """Stop; a new pending job goes on with it, to be planned by the office."""
    answer = await _perform(tx, job, technician_id, JobCommand.SUSPEND, occurred_at, {"reason": args.reason})
    if not isinstance(answer, Asked):
        job.reason = args.reason
        await workorders.follow_up(tx, job)
    return answer


async def resume(tx: Transaction, job: Job, technician_id: UUID, args: Resume, occurred_at: datetime) -> Answer:
    """The technician goes on after all: the job that would have is withdrawn. Raises AlreadyTakenUp."""
    answer = await _perform(tx, job, technician_id, JobCommand.RESUME, occurred_at)
    if not isinstance(answer, Asked):
        job.reason = job.ended_at = job.released_at = None
        job.finish_work()
        await _withdraw_follower(tx, job)
    return answer


async def complete(tx: Transaction, job: Job, technician_id: UUID, args: Complete, occurred_at: datetime) -> Answer:
    """The work is done, in full or but for what `args.undone` names. Raises CompletionRefused(missing=[…])."""
    await require_lead(tx, job, technician_id)
    if _standing(job, technician_id, JobCommand.COMPLETE) is not Standing.OVERTAKEN:
        await _require_nothing_missing(tx, job, args.outcome)
    detail = {"outcome": str(args.outcome), "undone": list(args.undone)}
    answer = await _perform(tx, job, technician_id, JobCommand.COMPLETE, occurred_at, detail)
    if not isinstance(answer, Asked):
        job.outcome, job.undone = args.outcome, list(args.undone)
        await workorders.settle(tx, job.work_order_id)
    return answer


async def not_done(tx: Transaction, job: Job, technician_id: UUID, args: NotDone, occurred_at: datetime) -> Answer:
    answer = await _perform(tx, job, technician_id, JobCommand.NOT_DONE, occurred_at, {"reason": args.reason})
    if args.note is not None:
        await fieldrecords.note(tx, job, technician_id, Note(text=args.note), occurred_at)
    if not isinstance(answer, Asked):
        job.reason = args.reason
        await workorders.settle(tx, job.work_order_id)
    return answer


def _standing(job: Job, technician_id: UUID, command: JobCommand) -> Standing:
    return standing(job.state, command, is_theirs=job.technician_id == technician_id)


async def _perform(
    tx: Transaction,
    job: Job,
    technician_id: UUID,
    command: JobCommand,
    occurred_at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> Answer:
    """Move the job by `command` and by what was forgotten before it, and write the visit's times."""
    await require_lead(tx, job, technician_id)
    visit = await queries.open_visit(tx, job.id, technician_id) or Visit(
        id=tx.new_id(), job_id=job.id, technician_id=technician_id, is_beside=False
    )
    stands = _standing(job, technician_id, command)
    if stands in {Standing.BESIDE, Standing.OVERTAKEN}:
        return await _keep_beside(tx, job, command, visit, occurred_at, stands)
    if stands is Standing.HOLDS and is_history(job, visit, command, occurred_at):
        return Merged()
    if stands is Standing.TAKES:
        await take_back(tx, job, technician_id)
    visit.is_beside = False
    await _step_through(tx, job, command, visit, bounded(visit, occurred_at, tx.now), detail or {})
    return Merged() if stands is Standing.TAKES else None


async def _keep_beside(
    tx: Transaction, job: Job, command: JobCommand, visit: Visit, occurred_at: datetime, stands: Standing
) -> Answer:
    """The visit of somebody whose job it is not: its times as they were, and nothing of the job's."""
    visit.is_beside = True
    _stamp(visit, command, bounded(visit, occurred_at, tx.now))
    tx.add(visit)
    await tx.flush()
    if stands is Standing.BESIDE:
        return Merged()
    reason = overtaken(job, visit.technician_id)
    assert reason is not None, f"{command} at job {job.number} is overtaken by nothing"
    card_id = await open_review(
        tx,
        kind=ReviewKind.CONFLICT,
        reason=reason,
        subject=job.number,
        job_id=job.id,
        technician_id=visit.technician_id,
    )
    return Asked(reason=reason, card_id=card_id)


async def _step_through(
    tx: Transaction, job: Job, command: JobCommand, visit: Visit, at: datetime, detail: Mapping[str, Any]
) -> None:
    """What was forgotten happened when the visit says, if it was only the job that did not hear of it."""
    detail = {"technician_id": str(visit.technician_id), **detail}
    for step in steps(job.state, command):
        if step in BEGINNINGS:
            await _require_no_other_start(tx, job, visit.technician_id)
        known_at = getattr(visit, STAMPS[step]) if step is not command and step in STAMPS else None
        await _move(tx, job, step, known_at or at, visit, detail)
        _stamp(visit, step, known_at or at)
    tx.add(visit)
    await tx.flush_if_careful()


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
    recovered = {row.serial for row in await queries.records(tx, JobRecovery, [job.id])} if job.to_recover else set()
    if lacking := missing(
        outcome,
        checklist=work.checklist,
        answers={answer.item: answer.value for answer in answers},
        hazards=[*work.hazards, *premises.hazards],
        acknowledged={row.hazard for row in acknowledged},
        lacks_signature=job.needs_signature and not signatures,
        not_recovered=[unit.serial for unit in job.to_recover if unit.serial not in recovered],
    ):
        raise CompletionRefused(job_id=str(job.id), missing=lacking)
