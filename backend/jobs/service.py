"""The door to jobs for routes and other slices: what they show, cancelling, what a completed job leaves.

Making them is in `workorders`, planning them in `assigning`, the field's own operations in `fieldwork`,
`fieldrecords`, `equipment` and `observing`, cards in `reviews`; what other slices call is named here, too.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Literal, cast
from uuid import UUID

import msgspec

from backend.identity.naming import names_of_actors
from backend.identity.principal import Principal
from backend.jobs import attended, documents, queries, workorders
from backend.jobs.answers import Answer, Asked, Merged
from backend.jobs.assigning import (
    AssignBy,
    assign,
    dispatch,
    dispatch_day,
    promise_window,
    require_crew,
    set_duration,
    set_lock,
    unassign,
    withdraw_window,
)
from backend.jobs.attendance import job_for_work, jobs_for_work
from backend.jobs.errors import UnknownJob, UnknownReviewCard
from backend.jobs.lastseen import last_seen
from backend.jobs.lifecycle import ENDED, JobState
from backend.jobs.models import Job, JobRecovery, JobSerial, PartConsumption, ReviewCard, WorkOrder
from backend.jobs.observing import see_restored
from backend.jobs.operations import MOVES_JOB, OPERATIONS, Subject
from backend.jobs.phones import carried_by
from backend.jobs.precedence import Wait, see_waits, set_waits, waits
from backend.jobs.queries import first_given
from backend.jobs.readmission import job_to_readmit, place_asked_for, readmit
from backend.jobs.reviews import card_to_decide, name_on_card, open_review, resolve_review, see_reviews
from backend.jobs.schemas import (
    CompletedJob,
    JobDocument,
    JobFactView,
    JobView,
    PlaceWorkOrder,
    UnitPart,
    VisitView,
    WorkOrderView,
)
from backend.jobs.splitting import join, split
from backend.jobs.vanwork import ask_about_stock, send_parts_asked_for
from backend.jobs.workorders import create_for_order, is_open, leave_there
from backend.kernel.audit import Actor
from backend.kernel.db import Transaction
from backend.kernel.paging import Page, decode_cursor, page_of
from sync.operations import Operation

__all__ = [
    "MOVES_JOB",
    "OPERATIONS",
    "Subject",
    "Answer",
    "AssignBy",
    "Asked",
    "Job",
    "Merged",
    "Wait",
    "ask_about_stock",
    "assign",
    "require_crew",
    "backlog",
    "cancel",
    "card_to_decide",
    "carried_by",
    "completed_job",
    "create_for_order",
    "durations",
    "dispatch",
    "dispatch_day",
    "first_given",
    "have_ended",
    "is_given_up",
    "is_open",
    "join",
    "job_for_work",
    "job_of_card",
    "job_to_readmit",
    "job_view",
    "jobs_by_id",
    "jobs_for_work",
    "jobs_of_day",
    "jobs_of_order",
    "last_completed",
    "last_seen",
    "leave_there",
    "name_on_card",
    "open_review",
    "perform",
    "place_asked_for",
    "place_recovery",
    "place_work_order",
    "promise_window",
    "readmit",
    "resolve_review",
    "see_facts",
    "see_job",
    "see_job_view",
    "see_jobs",
    "see_restored",
    "see_reviews",
    "see_waits",
    "send_parts_asked_for",
    "set_duration",
    "set_lock",
    "set_waits",
    "split",
    "unassign",
    "waits",
    "withdraw_window",
    "work_began",
]


MOST_DURATIONS = 5_000  # of the newest: more of them change no figure that anybody sees


async def place_work_order(tx: Transaction, principal: Principal, wanted: PlaceWorkOrder) -> WorkOrderView:
    """Work for a trouble or for the plant. Events `job.created`. Raises UnknownPremises, UnknownWork."""
    return await _work_order_view(tx, await workorders.place(tx, principal, wanted))


async def place_recovery(
    tx: Transaction, premises_id: UUID, units: Sequence[UnitPart], *, work: str, order_id: UUID | None
) -> WorkOrderView:
    """Fetch units of ours from premises (see `workorders.place_recovery`)."""
    return await _work_order_view(
        tx, await workorders.place_recovery(tx, premises_id, units, work=work, order_id=order_id)
    )


async def cancel(tx: Transaction, principal: Principal, job_id: UUID, reason: str) -> JobView:
    """Call a job off that has not started. Event `job.cancelled`. Raises UnknownJob, IllegalMove."""
    if await queries.visible_job(tx, principal, job_id) is None:
        raise UnknownJob(id=str(job_id))
    job = await job_for_work(tx, job_id)
    await workorders.call_off(tx, job, reason)
    return _view(job)


async def perform(
    tx: Transaction, job_id: UUID, technician_id: UUID, operation: Operation, occurred_at: datetime
) -> Answer:
    """Carry out one named operation of a technician, as it happened on site at `occurred_at` (see `answers`).

    Raises UnknownJob for a technician who never had the job, and what the operation names where it is; then the caller
    undoes it by a savepoint.
    """
    job = await job_for_work(tx, job_id)
    return await OPERATIONS[type(operation)](tx, job, technician_id, operation, occurred_at)


async def completed_job(tx: Transaction, job_id: UUID) -> CompletedJob:
    """What a completed job leaves to the slices that go on from it. Raises UnknownJob, also for one not completed."""
    job = await tx.get(Job, job_id, UnknownJob)
    visit = await queries.last_visit(tx, job_id, JobState.COMPLETED)
    if job.state is not JobState.COMPLETED or visit is None:
        raise UnknownJob(id=str(job_id))
    assert job.outcome is not None, f"job {job.number} is completed, hence with an outcome"
    assert visit.arrived_at is not None, f"the visit that completed job {job.number} has begun, hence arrived"
    assert visit.ended_at is not None, f"the visit that completed job {job.number} has ended"
    return CompletedJob(
        job_id=job.id,
        order_id=job.order_id,
        account_id=job.account_id,
        premises_id=job.premises_id,
        technician_id=visit.technician_id,
        arrived_at=visit.arrived_at,
        occurred_at=visit.ended_at,
        outcome=job.outcome,
        installed=await _installed(tx, job_id),
        swapped=await _swapped(tx, job_id),
        parts_consumed=await _parts_consumed(tx, job_id),
        undone=job.undone,
    )


async def job_view(tx: Transaction, job_id: UUID) -> JobView:
    """Raises UnknownJob."""
    return _view(await tx.get(Job, job_id, UnknownJob))


async def job_of_card(tx: Transaction, card_id: UUID) -> JobView | None:
    """The job that a review card is about, if it is about one. Raises UnknownReviewCard."""
    card = await tx.get(ReviewCard, card_id, UnknownReviewCard)
    return None if card.job_id is None else await job_view(tx, card.job_id)


async def see_job_view(tx: Transaction, principal: Principal, job_id: UUID) -> JobView:
    """Raises UnknownJob, also for one that the principal may not see."""
    job = await queries.visible_job(tx, principal, job_id)
    if job is None:
        raise UnknownJob(id=str(job_id))
    return _view(job)


async def see_job_views(tx: Transaction, principal: Principal, job_ids: Sequence[UUID]) -> dict[UUID, JobView]:
    """These jobs in this order. Raises UnknownJob, also for one that the principal may not see."""
    found = {job.id: _view(job) for job in await queries.visible_jobs_by_id(tx, principal, job_ids)}
    if unknown := [job_id for job_id in job_ids if job_id not in found]:
        raise UnknownJob(id=str(unknown[0]))
    return {job_id: found[job_id] for job_id in job_ids}


async def work_began(tx: Transaction, job_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When work on these jobs began, in the last visit of each; jobs at which nobody started are left out."""
    visits = await queries.started_visits(tx, job_ids) if job_ids else []
    return {visit.job_id: visit.started_at for visit in visits if visit.started_at is not None}


async def set_out(tx: Transaction, territory_id: UUID) -> dict[UUID, datetime]:
    """Job → when its technician set out, for those of a territory to which somebody is on the way."""
    return await attended.set_out(tx, territory_id)


async def durations(tx: Transaction, territory_id: UUID, *, since: datetime) -> list[tuple[str, float, float]]:
    """(work, planned seconds, real seconds) of what a territory completed since then, the newest MOST_DURATIONS."""
    rows = await attended.durations(tx, territory_id, since=since, limit=MOST_DURATIONS)
    return [(work, float(planned), (end - start).total_seconds()) for work, planned, start, end in rows]


async def first_arrival(tx: Transaction, job_id: UUID, since: datetime) -> tuple[datetime | None, bool]:
    """When somebody first came to a job, at `since` or later, and whether work began in that visit."""
    visit = await attended.first_arrival(tx, job_id, since)
    return (None, False) if visit is None else (visit.arrived_at, visit.started_at is not None)


async def jobs_by_id(tx: Transaction, ids: Collection[UUID], *, lock: bool = False) -> dict[UUID, JobView]:
    """Those that exist. lock: nobody else changes them until this transaction ends."""
    return {job.id: _view(job) for job in await queries.jobs_by_id(tx, ids, lock=lock)}


async def jobs_of_day(tx: Transaction, territory_id: UUID, day: date) -> list[JobView]:
    """The jobs of a territory's local day, planned or promised, in order of the plan."""
    return [_view(job) for job in await queries.jobs_of_day(tx, territory_id, day)]


async def backlog(tx: Transaction, territory_id: UUID) -> list[JobView]:
    """Pending jobs that nobody was given yet, the most urgent first."""
    return [_view(job) for job in await queries.backlog(tx, territory_id)]


async def jobs_of_order(tx: Transaction, order_id: UUID) -> list[JobView]:
    """The jobs of an order, oldest first."""
    return [_view(job) for job in await queries.jobs_of_order(tx, order_id)]


async def is_given_up(tx: Transaction, order_id: UUID) -> bool:
    """Whether nobody will bring this order about: all its jobs have ended, and none was completed.

    A completed job counts although it is no longer open: the event that a job which was to follow it is withdrawn may
    be delivered after its own.
    """
    states = {job.state for job in await queries.jobs_of_order(tx, order_id)}
    return states <= ENDED - {JobState.COMPLETED}


async def last_completed(tx: Transaction, order_id: UUID) -> JobView | None:
    """The job of an order that was completed last; None while none was."""
    done = [job for job in await queries.jobs_of_order(tx, order_id) if job.state is JobState.COMPLETED]
    return _view(max(done, key=lambda job: str(job.ended_at))) if done else None


async def have_ended(tx: Transaction, order_id: UUID) -> bool:
    """Whether nobody is at a job of this order, or has one still to do."""
    return all(job.state in ENDED for job in await queries.jobs_of_order(tx, order_id))


async def see_job(tx: Transaction, principal: Principal, job_id: UUID) -> JobDocument:
    """Everything of one job. Raises UnknownJob, also for one that the principal may not see."""
    if await queries.visible_job(tx, principal, job_id) is None:
        raise UnknownJob(id=str(job_id))
    return (await documents.render_jobs(tx, [job_id]))[job_id]


async def job_document(tx: Transaction, job_id: UUID) -> JobDocument:
    """Everything of one job, for whoever may know it. Raises UnknownJob."""
    found = await documents.render_jobs(tx, [job_id])
    if job_id not in found:
        raise UnknownJob(id=str(job_id))
    return found[job_id]


async def latest_visit(tx: Transaction, job_id: UUID) -> VisitView | None:
    """The last attendance of a technician whose job it was."""
    visit = await attended.latest_visit(tx, job_id)
    return visit and msgspec.convert(visit, VisitView, from_attributes=True)


async def planned_jobs(tx: Transaction, technician_id: UUID, *, since: datetime) -> list[JobView]:
    """What is planned for a technician and ends at `since` or later, in order of the plan."""
    return [_view(job) for job in await queries.planned_jobs(tx, technician_id, since)]


async def see_jobs(
    tx: Transaction,
    principal: Principal,
    *,
    day: date | None = None,
    territory_id: UUID | None = None,
    state: JobState | None = None,
    page_size: int,
    cursor: str | None,
) -> Page[JobView]:
    """The jobs that the principal may see, oldest first. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.jobs_after(
        tx, principal, day=day, territory_id=territory_id, state=state, after=after, limit=page_size + 1
    )
    return page_of([_view(row) for row in rows], [row.id for row in rows], page_size)


async def see_facts(tx: Transaction, principal: Principal, job_id: UUID) -> list[JobFactView]:
    """Every move of a job and of its assignment, in order of happening. Raises UnknownJob."""
    if await queries.visible_job(tx, principal, job_id) is None:
        raise UnknownJob(id=str(job_id))
    facts = await queries.facts_of(tx, job_id)
    actors = [Actor(kind=fact.actor_kind, id=fact.actor_id) for _, fact in facts]
    names = await names_of_actors(tx, principal, actors)
    return [
        JobFactView(
            lifecycle=cast(Literal["job", "assignment"], name),
            command=fact.command,
            from_state=fact.from_state,
            to_state=fact.to_state,
            occurred_at=fact.occurred_at,
            recorded_at=fact.recorded_at,
            actor_kind=fact.actor_kind,
            actor_name=names.get(fact.actor_id) if fact.actor_id else None,
            detail=fact.detail,
        )
        for name, fact in facts
    ]


async def _installed(tx: Transaction, job_id: UUID) -> dict[str, list[str]]:
    serials: defaultdict[str, list[str]] = defaultdict(list)
    for row in await queries.records(tx, JobSerial, [job_id]):
        if row.is_verified and row.model is not None:
            serials[row.model].append(row.serial)
    return dict(serials)


async def _swapped(tx: Transaction, job_id: UUID) -> dict[str, str]:
    """Only where inventory agreed to both: what went out is gone, and what came in is there."""
    put_in = {row.serial for row in await queries.records(tx, JobSerial, [job_id]) if row.is_verified}
    taken_out = [row for row in await queries.records(tx, JobRecovery, [job_id]) if row.is_verified]
    return {row.serial: row.replaced_by for row in taken_out if row.replaced_by in put_in and row.replaced_by}


async def _parts_consumed(tx: Transaction, job_id: UUID) -> dict[str, int]:
    quantities: defaultdict[str, int] = defaultdict(int)
    for row in await queries.records(tx, PartConsumption, [job_id]):
        quantities[row.part] += row.quantity
    return dict(quantities)


async def _work_order_view(tx: Transaction, row: WorkOrder) -> WorkOrderView:
    return WorkOrderView(
        id=row.id,
        number=row.number,
        cause=row.cause,
        external_reference=row.external_reference,
        recovers_order_id=row.recovers_order_id,
        work=row.work,
        state=row.state,
        jobs=[_view(job) for job in await queries.jobs_of_work_order(tx, row.id)],
    )


def _view(job: Job) -> JobView:
    fields = {name: getattr(job, name) for name in JobView.__struct_fields__ if name != "window"}
    return JobView(**fields, window=documents.window(job))
