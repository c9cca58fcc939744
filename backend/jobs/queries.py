"""Reads of jobs: what a principal may see, jobs by day, what was recorded."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import Select, Text, and_, bindparam, cast, exists, false, literal_column, or_, select

from backend.identity.principal import SEES_ALL, TECHNICIANS, Principal, Role
from backend.jobs.lifecycle import ON_PHONE, AssignmentState, JobState
from backend.jobs.models import (
    AssignmentFact,
    FieldRecord,
    Job,
    JobFact,
    JobPhoto,
    JobSignature,
    LostValue,
    Visit,
    WorkOrder,
)
from backend.jobs.schemas import Helper
from backend.kernel.db import Transaction
from backend.kernel.facts import FactRow
from backend.kernel.statements import Question, among
from backend.kernel.tables import Id

R = TypeVar("R", bound=FieldRecord)

RECORDS: list[type[FieldRecord]] = FieldRecord.__subclasses__()

# Put together once: a push asks all of these, and to put them together costs more than to run them.
_KINDS_RECORDED = select(*(exists().where(kind.job_id.in_(bindparam("job_ids", expanding=True))) for kind in RECORDS))
_OF_THESE = bindparam("ids", expanding=True)
_BY_ID = select(Job).where(Job.id.in_(_OF_THESE)).order_by(Job.id)
_BY_ID_LOCKED = _BY_ID.with_for_update().execution_options(populate_existing=True)
_FACTS = AssignmentFact.__table__.c
_GIVEN = Question(
    select(_FACTS.subject_id, _FACTS.recorded_at, _FACTS.detail)
    .where(among(_FACTS.subject_id, "ids"))
    .order_by(_FACTS.recorded_at)
)
_OPEN_VISIT = select(Visit).where(
    Visit.job_id == bindparam("job_id", type_=Id()),
    Visit.technician_id == bindparam("technician_id", type_=Id()),
    Visit.ended_at.is_(None),
)


def visible_jobs(principal: Principal) -> Select[Any]:
    """The jobs that this principal may see.

    A technician's are those on the own phone, a contractor's manager's those of the own company, a dispatcher's those
    of the own territories, a customer's the one that the link is for.
    """
    query = select(Job)
    if principal.role in SEES_ALL:
        return query
    if principal.role in TECHNICIANS:
        leads = Job.technician_id == principal.technician_id
        return query.where(or_(leads, _helps(principal.technician_id)), Job.assignment.in_(ON_PHONE))
    if principal.role is Role.CONTRACTOR_MANAGER:
        return query.where(Job.organisation_id == principal.organisation_id)
    if principal.role is Role.DISPATCHER:
        return query.where(Job.territory_id.in_(principal.territory_ids))
    if principal.role is Role.CUSTOMER:
        return query.where(Job.id == principal.job_id)
    return query.where(false())


def _helps(technician_id: UUID | None) -> Any:
    """As one of the crew: as long as the job is on the phones, for these few jobs have an index of their own."""
    named = cast(Job.helpers, Text).contains(str(technician_id))
    # In the very words of the index: a database takes no other for the same.
    return and_(Job.crew_size > literal_column("1"), Job.released_at.is_(None), named)


async def visible_job(tx: Transaction, principal: Principal, job_id: UUID) -> Job | None:
    return (await tx.session.scalars(visible_jobs(principal).where(Job.id == job_id))).first()


async def visible_jobs_by_id(tx: Transaction, principal: Principal, job_ids: Collection[UUID]) -> list[Job]:
    """Those of these jobs that this principal may see."""
    return list(await tx.session.scalars(visible_jobs(principal).where(Job.id.in_(job_ids))))


async def jobs_after(
    tx: Transaction,
    principal: Principal,
    *,
    day: date | None,
    territory_id: UUID | None,
    state: JobState | None,
    after: UUID | None,
    limit: int,
) -> list[Job]:
    """Visible jobs in order of id, from behind `after`; a filter that is None does not count."""
    query = visible_jobs(principal)
    for column, wanted in ((Job.service_day, day), (Job.territory_id, territory_id), (Job.state, state)):
        if wanted is not None:
            query = query.where(column == wanted)
    if after is not None:
        query = query.where(Job.id > after)
    return list(await tx.session.scalars(query.order_by(Job.id).limit(limit)))


async def jobs_of_day(tx: Transaction, territory_id: UUID, day: date) -> list[Job]:
    query = select(Job).where(Job.territory_id == territory_id, Job.service_day == day)
    return list(await tx.session.scalars(query.order_by(Job.planned_start, Job.id)))


async def assigned_jobs(tx: Transaction, territory_id: UUID, day: date) -> list[Job]:
    """The jobs of a day that are assigned and not yet sent, locked, in order of id."""
    query = select(Job).where(
        Job.territory_id == territory_id,
        Job.service_day == day,
        Job.state == JobState.PENDING,
        Job.assignment == AssignmentState.ASSIGNED,
    )
    return list(await tx.session.scalars(query.order_by(Job.id).with_for_update()))


async def backlog(tx: Transaction, territory_id: UUID) -> list[Job]:
    """Pending jobs that nobody was given yet, the most urgent first."""
    query = select(Job).where(
        Job.territory_id == territory_id,
        Job.state == JobState.PENDING,
        Job.assignment.in_((AssignmentState.UNASSIGNED, AssignmentState.TENTATIVE)),
    )
    return list(await tx.session.scalars(query.order_by(Job.priority.desc(), Job.id)))


async def jobs_by_id(tx: Transaction, ids: Collection[UUID], *, lock: bool = False) -> list[Job]:
    return list(await tx.session.scalars(_BY_ID_LOCKED if lock else _BY_ID, {"ids": list(ids)}))


async def jobs_of_order(tx: Transaction, order_id: UUID) -> list[Job]:
    return list(await tx.session.scalars(select(Job).where(Job.order_id == order_id).order_by(Job.id)))


async def jobs_of_work_order(tx: Transaction, work_order_id: UUID) -> list[Job]:
    return list(await tx.session.scalars(select(Job).where(Job.work_order_id == work_order_id).order_by(Job.id)))


async def job_ids_where(tx: Transaction, column: str, values: Collection[UUID]) -> set[UUID]:
    """The ids of the jobs whose column (such as `premises_id`) has one of these values."""
    return set(await tx.session.scalars(select(Job.id).where(getattr(Job, column).in_(values))))


async def follower(tx: Transaction, job_id: UUID) -> Job | None:
    """The job that takes up a suspended one, if it was not withdrawn."""
    query = select(Job).where(Job.follows_job_id == job_id, Job.state != JobState.CANCELLED)
    return (await tx.session.scalars(query.with_for_update())).first()


async def work_orders_of(tx: Transaction, order_id: UUID) -> list[WorkOrder]:
    """The work orders of an order, the first one first: it brings the goods."""
    query = select(WorkOrder).where(WorkOrder.order_id == order_id).order_by(WorkOrder.id)
    return list(await tx.session.scalars(query))


async def open_visit(tx: Transaction, job_id: UUID, technician_id: UUID) -> Visit | None:
    return (await tx.session.scalars(_OPEN_VISIT, {"job_id": job_id, "technician_id": technician_id})).first()


async def open_visits(tx: Transaction, job_id: UUID) -> list[Visit]:
    return list(await tx.session.scalars(select(Visit).where(Visit.job_id == job_id, Visit.ended_at.is_(None))))


async def visits_beside(tx: Transaction, job_id: UUID, technician_id: UUID) -> list[Visit]:
    """The visits that this technician made when the job was not theirs, oldest first."""
    query = select(Visit).where(Visit.job_id == job_id, Visit.technician_id == technician_id, Visit.is_beside)
    return list(await tx.session.scalars(query.order_by(Visit.id)))


async def started_visit(tx: Transaction, technician_id: UUID) -> Visit | None:
    """Where the technician is working right now."""
    query = counted_visits().where(
        Visit.technician_id == technician_id, Visit.started_at.is_not(None), Visit.ended_at.is_(None)
    )
    return (await tx.session.scalars(query)).first()


async def last_visit(tx: Transaction, job_id: UUID, outcome: JobState) -> Visit | None:
    """The last visit that ended the job so."""
    query = counted_visits().where(Visit.job_id == job_id, Visit.outcome == outcome)
    return (await tx.session.scalars(query.order_by(Visit.ended_at.desc()))).first()


async def planned_jobs(tx: Transaction, technician_id: UUID, since: datetime) -> list[Job]:
    """What is planned for a technician and ends at `since` or later, in order of the plan."""
    query = select(Job).where(Job.technician_id == technician_id, Job.planned_end >= since)
    return list(await tx.session.scalars(query.order_by(Job.planned_start, Job.id)))


async def started_visits(tx: Transaction, job_ids: Collection[UUID]) -> list[Visit]:
    """The visits of these jobs in which work has begun, oldest first."""
    query = counted_visits().where(Visit.job_id.in_(job_ids), Visit.started_at.is_not(None))
    return list(await tx.session.scalars(query.order_by(Visit.started_at, Visit.id)))


async def arrived_jobs(tx: Transaction, job_ids: Collection[UUID]) -> set[UUID]:
    """Those of the jobs at which somebody has arrived."""
    query = counted_visits().where(Visit.job_id.in_(job_ids), Visit.arrived_at.is_not(None))
    return set(await tx.session.scalars(query.with_only_columns(Visit.job_id)))


async def first_given(tx: Transaction, job_ids: Collection[UUID], technician_id: UUID) -> dict[UUID, datetime]:
    """When each of the jobs was given to this technician for the first time; those that never were are left out."""
    given: dict[UUID, datetime] = {}
    for subject_id, recorded_at, detail in await tx.ask(_GIVEN, ids=list(job_ids)):
        if str(technician_id) in _crew_of(detail):
            given.setdefault(subject_id, recorded_at)
    return given


async def was_given_to(tx: Transaction, job_id: UUID, technician_id: UUID) -> bool:
    """Whether the job was ever this technician's, alone or with others."""
    facts = await tx.session.scalars(select(AssignmentFact.detail).where(AssignmentFact.subject_id == job_id))
    return any(str(technician_id) in _crew_of(detail) for detail in facts)


async def has_led(tx: Transaction, job_id: UUID, technician_id: UUID) -> bool:
    """Whether the technician ever had the job alone, or led its crew."""
    facts = await tx.session.scalars(select(AssignmentFact.detail).where(AssignmentFact.subject_id == job_id))
    return any(detail.get("technician_id") == str(technician_id) for detail in facts)


def _crew_of(detail: dict[str, Any]) -> list[str]:
    """Whom a fact of the assignment names."""
    return [detail.get("technician_id", ""), *detail.get("helper_ids", ())]


async def records(tx: Transaction, model: type[R], job_ids: Collection[UUID]) -> list[R]:
    """What was recorded at these jobs, in order of happening."""
    query = select(model).where(model.job_id.in_(job_ids))
    return list(await tx.session.scalars(query.order_by(model.occurred_at, model.id)))


async def kinds_recorded(tx: Transaction, job_ids: Collection[UUID]) -> list[type[FieldRecord]]:
    """The kinds of record that there are at any of these jobs: most jobs have few, and each kind is a table."""
    found = (await tx.session.execute(_KINDS_RECORDED, {"job_ids": list(job_ids)})).one()
    return [kind for kind, is_there in zip(RECORDS, found, strict=True) if is_there]


async def restored_by(tx: Transaction, lost_id: UUID) -> LostValue | None:
    """The value that was displaced when this lost value came back."""
    return (await tx.session.scalars(select(LostValue).where(LostValue.restores_id == lost_id))).first()


async def facts_of(tx: Transaction, job_id: UUID) -> list[tuple[str, FactRow]]:
    """(lifecycle, fact) of a job and its assignment, in order of happening."""
    found: list[tuple[str, FactRow]] = []
    for name, model in (("assignment", AssignmentFact), ("job", JobFact)):
        rows = await tx.session.scalars(select(model).where(model.subject_id == job_id))
        found += [(name, row) for row in rows]
    return sorted(found, key=lambda pair: (pair[1].occurred_at, pair[1].recorded_at, pair[1].id))


async def may_read_file(tx: Transaction, principal: Principal, sha256: str) -> bool:
    """Whether the principal may see a job that has this photo or signature. Answers `files.schemas.FileReaders`."""
    visible = visible_jobs(principal).with_only_columns(Job.id)
    named = [exists().where(model.sha256 == sha256, model.job_id.in_(visible)) for model in (JobPhoto, JobSignature)]
    return bool((await tx.session.scalars(select(or_(*named)))).one())


class Whereabouts(NamedTuple):
    """What of a job tells where its document belongs."""

    id: UUID
    territory_id: UUID
    technician_id: UUID | None
    helpers: list[Helper]
    assignment: AssignmentState
    state: JobState
    released_at: datetime | None


_JOBS = Job.__table__.c
_WHEREABOUTS = Question(
    select(*(_JOBS[name] for name in Whereabouts._fields)).where(among(_JOBS.id, "ids")).order_by(_JOBS.id)
)


async def whereabouts(tx: Transaction, ids: Collection[UUID]) -> list[Whereabouts]:
    """Of those of these jobs that exist, in order of id."""
    return [Whereabouts(*row) for row in await tx.ask(_WHEREABOUTS, ids=list(ids))]


def scopes(jobs: Sequence[Whereabouts]) -> dict[UUID, frozenset[str]]:
    """The feed's scopes of each job: its territory's boards, and the phones that it was sent to until it is released.

    A cancelled job leaves the phone at once; an ended one stays for a day, so that its technician can look back.
    """
    return {job.id: frozenset({f"territory:{job.territory_id}"} | _phone(job)) for job in jobs}


def counted_visits() -> Select[Any]:
    """The visits that say something of their jobs."""
    return select(Visit).where(~Visit.is_beside)


def _phone(job: Whereabouts) -> set[str]:
    is_there = job.assignment in ON_PHONE and job.state is not JobState.CANCELLED and job.released_at is None
    crew = (job.technician_id, *(helper.technician_id for helper in job.helpers))
    return {f"technician:{member}" for member in crew} if is_there else set()


async def coming_parts(tx: Transaction, first: date, last: date) -> list[tuple[UUID, dict[str, int]]]:
    """(technician, parts) of each job of these days that is still to be done by somebody."""
    query = select(Job.technician_id, Job.parts).where(Job.service_day >= first, Job.service_day <= last)
    waiting = query.where(Job.state.in_((JobState.PENDING, JobState.EN_ROUTE)), Job.technician_id.is_not(None))
    return [(row.technician_id, row.parts) for row in await tx.session.execute(waiting.order_by(Job.id))]
