"""A dispatcher's own steps, each of which can be taken back and done again.

A step is what it found and what it left of one job. It is undone only while the job is still as the step left it, and
redone only while it is as the step found it; otherwise the day has gone on, and the answer says how. So the order of undoing
is the dispatcher's own: steps on different jobs do not wait for one another.
"""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import select

from backend.dispatch import times
from backend.dispatch.errors import DayWentOn, OutOfOrder, UnknownStep
from backend.dispatch.lifecycle import STEP, StepCommand, StepKind
from backend.dispatch.models import ManualStep, SecondVisit, Standing
from backend.dispatch.ordering import require_order
from backend.dispatch.proposals import CANCELLED, CHANGED, OUT_OF_ORDER, UNDERWAY
from backend.dispatch.schemas import StepsView, StepView
from backend.identity.principal import Principal
from backend.identity.queries import user_names
from backend.jobs import service as jobs
from backend.jobs.errors import JobUnderway, UnknownJob
from backend.jobs.lifecycle import JobLock, JobState
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.kernel.facts import move

PAST = "start_in_the_past"
MOST_STEPS = 100  # the newest: nobody goes further back than the day


async def note(
    tx: Transaction, principal: Principal, kind: StepKind, before: JobView, *, second: SecondVisit | None = None
) -> JobView:
    """Remember what was just done to a job by hand; the job as it is now. second: the visit that was split off."""
    after = (await jobs.jobs_by_id(tx, [before.id]))[before.id]
    step = ManualStep(
        id=tx.new_id(),
        user_id=principal.user_id,
        job_id=before.id,
        kind=kind,
        before=standing(before),
        after=replace(standing(after), second=second),
        made_at=tx.now,
        state=STEP.initial,
    )
    tx.add(step)
    return after


async def own_steps(tx: Transaction, principal: Principal) -> StepsView:
    """The newest steps of the caller, newest first."""
    query = select(ManualStep).where(ManualStep.user_id == principal.user_id)
    rows = await tx.session.scalars(query.order_by(ManualStep.id.desc()).limit(MOST_STEPS))
    return StepsView(items=[_view(row) for row in rows])


async def undo(tx: Transaction, principal: Principal, step_id: UUID) -> StepView:
    """Put the job back to how the step found it. Raises UnknownStep, IllegalMove, DayWentOn, TechnicianBusy.

    What was on a phone before the step is only assigned again: it has to be sent anew.
    """
    step = await _own(tx, principal, step_id)
    move(tx, step, StepCommand.UNDO)
    await _restore(tx, step.job_id, expected=step.after, wanted=step.before)
    return _view(step)


async def redo(tx: Transaction, principal: Principal, step_id: UUID) -> StepView:
    """Do again what was undone. Raises UnknownStep, IllegalMove, DayWentOn, TechnicianBusy."""
    step = await _own(tx, principal, step_id)
    move(tx, step, StepCommand.REDO)
    step.after = await _restore(tx, step.job_id, expected=step.before, wanted=step.after)
    return _view(step)


async def made_by(tx: Transaction, job: JobView) -> str | None:
    """The name of whoever left the job by hand as it is now; None when its newest step was undone or overtaken."""
    newest = select(ManualStep).where(ManualStep.job_id == job.id).order_by(ManualStep.id.desc()).limit(1)
    step = (await tx.session.scalars(newest)).first()
    if step is None or step.user_id is None or not _stands(job, step.after):
        return None
    return (await user_names(tx, {step.user_id})).get(step.user_id)


def standing(job: JobView) -> Standing:
    return Standing(
        technician_id=job.technician_id,
        helper_ids=job.helper_ids,
        start=job.planned_start,
        end=job.planned_end,
        lock=JobLock(job.lock),
        duration_seconds=job.duration_seconds,
    )


def _stands(job: JobView, as_left: Standing) -> bool:
    """Whether a job is as a step left it; steps of older versions did not say how long it takes."""
    now = standing(job)
    return replace(as_left, second=None) in (now, replace(now, duration_seconds=None))


def _place(of: Standing) -> tuple[UUID | None, list[UUID], datetime | None, datetime | None]:
    return of.technician_id, of.helper_ids, of.start, of.end


async def _own(tx: Transaction, principal: Principal, step_id: UUID) -> ManualStep:
    step = await tx.get(ManualStep, step_id, UnknownStep, lock=True)
    try:
        await jobs.see_job_view(tx, principal, step.job_id)
    except UnknownJob:
        raise UnknownStep(id=str(step_id)) from None
    if step.user_id != principal.user_id:
        raise UnknownStep(id=str(step_id))
    return step


async def _restore(tx: Transaction, job_id: UUID, *, expected: Standing, wanted: Standing) -> Standing:
    """The job as it is wanted, with the visit that is split off anew."""
    job = (await jobs.jobs_by_id(tx, [job_id], lock=True))[job_id]
    if reason := _obstacle(job, expected, wanted, tx.now):
        raise DayWentOn(job_id=str(job_id), reason=reason)
    wanted = await _divide(tx, job_id, expected, wanted)
    if wanted.duration_seconds is not None:
        await jobs.set_duration(tx, job_id, wanted.duration_seconds)
    if (wanted.start, wanted.end) != (expected.start, expected.end):
        await _require_order(tx, job_id, wanted)
    if _place(wanted) != _place(expected):
        await _put(tx, job_id, wanted)
    if wanted.lock is not expected.lock:
        await jobs.set_lock(tx, job_id, wanted.lock)
    return wanted


async def _divide(tx: Transaction, job_id: UUID, expected: Standing, wanted: Standing) -> Standing:
    """Join two visits again, or split the second one off; it is another job than the last time."""
    if expected.second is not None and wanted.second is None:
        try:
            await jobs.join(tx, job_id, expected.second.job_id)
        except JobUnderway:
            raise DayWentOn(job_id=str(job_id), reason=UNDERWAY) from None
        await times.release_time(tx, expected.second.job_id)
    if wanted.second is not None and expected.second is None:
        second, seconds = wanted.second, wanted.second.duration_seconds
        second_id = await jobs.split(tx, job_id, seconds=seconds, parts=second.parts)
        return replace(wanted, second=replace(second, job_id=second_id))
    return wanted


async def _put(tx: Transaction, job_id: UUID, wanted: Standing) -> None:
    if wanted.technician_id is None:
        await times.release_time(tx, job_id)
        await jobs.unassign(tx, job_id)
        return
    assert wanted.start is not None, "who has a job has it at a time"
    assert wanted.end is not None, "and until a time"
    crew = (wanted.technician_id, *wanted.helper_ids)
    await times.move_time(tx, job_id, crew, starts_at=wanted.start, ends_at=wanted.end)
    await jobs.assign(
        tx,
        job_id,
        technician_id=wanted.technician_id,
        helper_ids=wanted.helper_ids,
        planned_start=wanted.start,
        planned_end=wanted.end,
    )


async def _require_order(tx: Transaction, job_id: UUID, wanted: Standing) -> None:
    """Where others went on meanwhile, the job cannot go back to before them."""
    span = (wanted.start, wanted.end) if wanted.start and wanted.end else None
    try:
        await require_order(tx, job_id, span)
    except OutOfOrder:
        raise DayWentOn(job_id=str(job_id), reason=OUT_OF_ORDER) from None


def _obstacle(job: JobView, expected: Standing, wanted: Standing, now: datetime) -> str | None:
    """How the day has gone on past a step; None when it has not."""
    if job.state is JobState.CANCELLED:
        return CANCELLED
    if job.state is not JobState.PENDING:
        return UNDERWAY
    if not _stands(job, expected):
        return CHANGED
    if wanted.start is not None and wanted.start != expected.start and wanted.start < now:
        return PAST
    return None


def _view(row: ManualStep) -> StepView:
    return msgspec.convert(row, StepView, from_attributes=True)
