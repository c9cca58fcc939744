"""Reads of dispatch: what a principal may see, runs with their moves, time that is taken."""

from collections.abc import Collection
from datetime import date, datetime
from functools import cache
from typing import NamedTuple
from uuid import UUID

import msgspec
from sqlalchemy import Select, bindparam, false, or_, select

from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.models import JobPresence, OptimisationRun, ProposalMove, RunProgress, TechnicianTime
from backend.dispatch.schemas import ProgressView, TimeView
from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.db import Transaction
from backend.kernel.statements import Question, among
from backend.kernel.tables import Id, Table

MOST_RUNS = 50  # what anybody compares, and a day has fewer


# Put together once: who books and who drags asks these all the time.
_TIMES = TechnicianTime.__table__.c
_TAKEN_THEN = (
    _TIMES.released_at.is_(None),
    _TIMES.starts_at < bindparam("end"),
    _TIMES.ends_at > bindparam("start"),
)
_OF_JOBS = Question(
    select(*(_TIMES[name] for name in TimeView.__struct_fields__))
    .where(among(_TIMES.job_id, "job_ids", Id()), *_TAKEN_THEN)
    .order_by(_TIMES.starts_at, _TIMES.id)
)


def sees_territory(principal: Principal, territory_id: UUID) -> bool:
    """Whether the plan of this territory is the principal's business: a dispatcher is bound to the own ones."""
    if principal.role is Role.DISPATCHER:
        return territory_id in principal.territory_ids
    return principal.role in SEES_ALL


def visible_runs(principal: Principal) -> Select[OptimisationRun]:
    query = select(OptimisationRun)
    if principal.role in SEES_ALL:
        return query
    if principal.role is Role.DISPATCHER:
        return query.where(OptimisationRun.territory_id.in_(principal.territory_ids))
    return query.where(false())


async def visible_run(
    tx: Transaction, principal: Principal, run_id: UUID, *, lock: bool = False
) -> OptimisationRun | None:
    query = visible_runs(principal).where(OptimisationRun.id == run_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return (await tx.session.scalars(query)).first()


async def runs_of(tx: Transaction, territory_id: UUID, day: date) -> list[OptimisationRun]:
    """The newest runs of a territory that begin on this day, newest first."""
    query = select(OptimisationRun).where(OptimisationRun.territory_id == territory_id, OptimisationRun.day == day)
    return list(await tx.session.scalars(query.order_by(OptimisationRun.id.desc()).limit(MOST_RUNS)))


async def moves_of(tx: Transaction, run_id: UUID) -> list[ProposalMove]:
    """The moves of a run in order of the proposal."""
    query = select(ProposalMove).where(ProposalMove.run_id == run_id).order_by(ProposalMove.sequence)
    return list(await tx.session.scalars(query))


async def progress_of(tx: Transaction, run_id: UUID) -> ProgressView | None:
    """How far the search of a run came; None before its first news."""
    row = (await tx.session.scalars(select(RunProgress).where(RunProgress.run_id == run_id))).first()
    return None if row is None else msgspec.convert(row, ProgressView, from_attributes=True)


async def times_between(
    tx: Transaction, technician_ids: Collection[UUID], start: datetime, end: datetime
) -> list[TechnicianTime]:
    """What is taken of these technicians' time between two instants, in order."""
    query = select(TechnicianTime).where(
        TechnicianTime.technician_id.in_(technician_ids),
        TechnicianTime.released_at.is_(None),
        TechnicianTime.starts_at < end,
        TechnicianTime.ends_at > start,
    )
    return list(await tx.session.scalars(query.order_by(TechnicianTime.starts_at, TechnicianTime.id)))


class UnseenTime(NamedTuple):
    """Taken time that a territory's feed does not tell of; another end makes it another."""

    id: UUID
    job_id: UUID
    starts_at: datetime
    ends_at: datetime


async def unseen_times(tx: Transaction, territory_id: UUID, start: datetime, end: datetime) -> list[UnseenTime]:
    """Taken time of a territory's technicians that the territory's feed does not tell of: held, or another territory's job."""
    rows = await tx.ask(_unseen(), territory_id=territory_id, start=start, end=end)
    return [UnseenTime(*row) for row in rows]


@cache
def _unseen() -> Question:
    """Put together when it is first asked: it names tables of other slices."""
    technician, job = Table.metadata.tables["technician"], Table.metadata.tables["job"]
    return Question(
        select(*(_TIMES[name] for name in UnseenTime._fields))
        .join(technician, technician.c.id == _TIMES.technician_id)
        .join(job, job.c.id == _TIMES.job_id)
        .where(
            technician.c.territory_id == bindparam("territory_id", type_=Id()),
            *_TAKEN_THEN,
            or_(_TIMES.kind == TimeKind.HOLD, job.c.territory_id != bindparam("territory_id", type_=Id())),
        )
        .order_by(_TIMES.id)
    )


async def times_of_jobs(tx: Transaction, job_ids: Collection[UUID], start: datetime, end: datetime) -> list[TimeView]:
    """What these jobs take of anybody's time between two instants, held or planned, in order."""
    rows = await tx.ask(_OF_JOBS, job_ids=list(job_ids), start=start, end=end)
    return [TimeView(**dict(zip(TimeView.__struct_fields__, row, strict=True))) for row in rows]


async def times_of(tx: Transaction, subject_ids: Collection[UUID]) -> list[TechnicianTime]:
    """The time that these holds or jobs take."""
    query = select(TechnicianTime).where(
        TechnicianTime.subject_id.in_(subject_ids), TechnicianTime.released_at.is_(None)
    )
    return list(await tx.session.scalars(query.order_by(TechnicianTime.id)))


async def lock_technician(tx: Transaction, technician_id: UUID) -> None:
    """Wait until no other transaction plans this technician (on SQLite a writer is alone anyway).

    NO KEY UPDATE: rows that only refer to the technician can be written meanwhile.
    """
    technician = Table.metadata.tables["technician"]
    query = select(technician.c.id).where(technician.c.id == technician_id).with_for_update(key_share=True)
    await tx.session.execute(query)


async def presences_by_id(tx: Transaction, ids: Collection[UUID]) -> list[JobPresence]:
    return list(await tx.session.scalars(select(JobPresence).where(JobPresence.id.in_(ids))))
