"""The week of `offers` as rows of a database: its technicians, its routes as planned jobs, and customers who still have no window.

Rows are written as the slices' own tables, by sessions whose hooks write audit and feed as for any other change.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from backend.bench.scheduling.offers import DAYS, week
from backend.bench.sync.postgres import settle
from backend.catalogue.schemas import SkillNeed
from backend.customers.models import Account, Premises
from backend.demo.offers import CATALOGUE, add_catalogue
from backend.demo.people import PASSWORD
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.models import TechnicianTime
from backend.identity.models import Organisation, User
from backend.identity.principal import Role
from backend.identity.secrets import hash_password
from backend.jobs.lifecycle import ASSIGNMENT, JOB, WORK_ORDER, AssignmentState, WorkOrderCause
from backend.jobs.models import Job, WorkOrder
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction, open_database
from backend.migrations.run import upgrade
from backend.parts import BEFORE_COMMIT, FEED
from backend.workforce.models import Shift, Skill, Technician, TechnicianSkill, Territory
from scheduling import Job as WantedJob
from scheduling import Problem, great_circle_matrix, to_plan
from scheduling import Technician as Worker

ZONE = ZoneInfo("Europe/Helsinki")
SUPERVISOR = "supervisor@northbank.example"
WORK = next(work for work in CATALOGUE.work if work.code == "REPAIR-FTTP")
JOBS_PER_TRANSACTION = 500
MOST_CALLERS = 400


@dataclass(frozen=True, kw_only=True)
class FullWeek:
    """first: its first local day, which is tomorrow; days: how many. callers: jobs that nobody has; planned: how many somebody has."""

    first: date
    days: int
    callers: Sequence[UUID]
    planned: int


@dataclass(frozen=True, kw_only=True)
class _Post:
    """A job of the week as it shall stand in the database; who has it and when, if anybody."""

    job: WantedJob
    technician: Technician | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class _Office:
    territory: Territory
    account: Account


def fill(url: str, technicians: int) -> FullWeek:
    """Migrate the empty PostgreSQL database at `url`, and write the week of so many technicians in one territory."""
    upgrade(url)
    filled = asyncio.run(_fill(url, technicians))
    settle(url)
    return filled


async def _fill(url: str, technicians: int) -> FullWeek:
    # With the driving times that a server without a road engine reckons with: the routes have to be sound there.
    live, left = week(technicians, roads=great_circle_matrix)
    problem, first = live.workday.problem, datetime.now(ZONE).date() + timedelta(days=1)
    midnight = datetime.combine(first, time(), ZONE).astimezone(UTC)
    database = await open_database(url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "bench") as tx:
            await add_catalogue(tx)
            office, rows = await _add_people(tx, problem, midnight)
        posts = [
            _Post(
                job=live.workday.jobs[stop.job],
                technician=rows[route.technician],
                start=midnight + timedelta(seconds=stop.start_s),
                end=midnight + timedelta(seconds=stop.end_s),
            )
            for route in to_plan(live).routes
            for stop in route.stops
        ]
        await _add_jobs(database, problem, office, posts)
        # Fewer than a territory's days keep in mind (`dispatch.situation.MOST_OPEN_JOBS`).
        waiting = [_Post(job=job) for job in left[:MOST_CALLERS]]
        callers = await _add_jobs(database, problem, office, waiting)
        while await FEED.render_ahead(database):  # what the worker had done long before a working day begins
            pass
    finally:
        await database.close()
    return FullWeek(first=first, days=DAYS, callers=callers, planned=len(posts))


async def _add_people(tx: Transaction, problem: Problem, midnight: datetime) -> tuple[_Office, dict[str, Technician]]:
    company = Organisation(id=tx.new_id(), name="Northbank Fibre", is_contractor=False)
    centre = problem.places[0]
    territory = Territory(
        id=tx.new_id(), code="T00", name="District", zone=ZONE.key, latitude=centre.lat, longitude=centre.lon
    )
    account = Account(id=tx.new_id(), name="Aino Laine", email=None, phone=None, language="fi")
    tx.add(company, territory, account)
    await tx.flush()
    supervisor = User(
        id=tx.new_id(),
        email=SUPERVISOR,
        name="Supervisor",
        password_hash=hash_password(PASSWORD),
        role=Role.SUPERVISOR,
        organisation_id=company.id,
        technician_id=None,
        territory_ids=[],
    )
    names = sorted({skill.name for worker in problem.technicians for skill in worker.skills})
    rows = {worker.id: _technician(tx, problem, worker, territory, company) for worker in problem.technicians}
    tx.add(supervisor, *(Skill(id=tx.new_id(), code=name, name=name) for name in names), *rows.values())
    await tx.flush()
    for worker in problem.technicians:
        tx.add(*_skills(tx, worker, rows[worker.id].id), *_shifts(tx, worker, rows[worker.id].id, midnight))
    return _Office(territory=territory, account=account), rows


def _technician(
    tx: Transaction, problem: Problem, worker: Worker, territory: Territory, company: Organisation
) -> Technician:
    home = problem.places[worker.shifts[0].start_place]
    return Technician(
        id=tx.new_id(),
        number=int(worker.id[1:]) + 1,
        name=f"Technician {worker.id}",
        organisation_id=company.id,
        territory_id=territory.id,
        home_latitude=home.lat,
        home_longitude=home.lon,
        is_contractor=False,
    )


def _skills(tx: Transaction, worker: Worker, technician_id: UUID) -> Iterator[TechnicianSkill]:
    for skill in worker.skills:
        yield TechnicianSkill(id=tx.new_id(), technician_id=technician_id, code=skill.name, level=skill.level)


def _shifts(tx: Transaction, worker: Worker, technician_id: UUID, midnight: datetime) -> Iterator[Shift]:
    for shift in worker.shifts:
        [pause] = shift.breaks
        begins = midnight + timedelta(seconds=shift.start_s)
        yield Shift(
            id=tx.new_id(),
            technician_id=technician_id,
            day=begins.astimezone(ZONE).date(),
            starts_at=begins,
            ends_at=midnight + timedelta(seconds=shift.end_s),
            break_from=midnight + timedelta(seconds=pause.earliest_s),
            break_until=midnight + timedelta(seconds=pause.latest_s + pause.duration_s),
            break_seconds=pause.duration_s,
        )


async def _add_jobs(database: Database, problem: Problem, office: _Office, posts: Sequence[_Post]) -> list[UUID]:
    """Table by table: rows that others name come first. The ids of the jobs, in order."""
    ids: list[UUID] = []
    for start in range(0, len(posts), JOBS_PER_TRANSACTION):
        some = posts[start : start + JOBS_PER_TRANSACTION]
        async with database.transaction(SYSTEM, "bench") as tx:
            premises = [_premises(tx, problem, office, post.job) for post in some]
            orders = [_work_order(tx, post.job) for post in some]
            tx.add(*premises, *orders)
            await tx.flush()
            jobs = [_job(tx, *rows) for rows in zip(some, premises, orders, strict=True)]
            tx.add(*jobs)
            await tx.flush()
            tx.add(*(_time(tx, post, job) for post, job in zip(some, jobs, strict=True) if post.technician))
        ids += [job.id for job in jobs]
    return ids


def _premises(tx: Transaction, problem: Problem, office: _Office, job: WantedJob) -> Premises:
    place = problem.places[job.place]
    return Premises(
        id=tx.new_id(),
        account_id=office.account.id,
        street=f"Fredrikinkatu {job.id}",
        postcode="00120",
        city="Helsinki",
        latitude=place.lat,
        longitude=place.lon,
        hazards=[],
        territory_id=office.territory.id,
    )


def _work_order(tx: Transaction, job: WantedJob) -> WorkOrder:
    return WorkOrder(
        id=tx.new_id(),
        number=f"W-{job.id}",
        cause=WorkOrderCause.TROUBLE,
        order_id=None,
        external_reference=f"T-{job.id}",
        work=WORK.code,
        state=WORK_ORDER.initial,
    )


def _job(tx: Transaction, post: _Post, premises: Premises, work_order: WorkOrder) -> Job:
    wanted = post.job
    return Job(
        id=tx.new_id(),
        number=f"J-{wanted.id}",
        work_order_id=work_order.id,
        order_id=None,
        account_id=premises.account_id,
        premises_id=premises.id,
        territory_id=premises.territory_id,
        work=WORK.code,
        duration_seconds=wanted.duration_s,
        skills=[SkillNeed(code=name, level=level) for name, level in wanted.skills.items()],
        parts={},
        priority=wanted.priority,
        needs_signature=False,
        state=JOB.initial,
        assignment=AssignmentState.ASSIGNED if post.technician else ASSIGNMENT.initial,
        technician_id=post.technician.id if post.technician else None,
        organisation_id=post.technician.organisation_id if post.technician else None,
        planned_start=post.start,
        planned_end=post.end,
        service_day=post.start.astimezone(ZONE).date() if post.start else None,
    )


def _time(tx: Transaction, post: _Post, job: Job) -> TechnicianTime:
    assert post.technician is not None, "asked for planned jobs only"
    assert post.start is not None, "what is planned has its time"
    assert post.end is not None, "what is planned has its time"
    return TechnicianTime(
        id=tx.new_id(),
        technician_number=post.technician.number,
        technician_id=post.technician.id,
        job_id=job.id,
        starts_at=post.start,
        ends_at=post.end,
        kind=TimeKind.JOB,
        subject_id=job.id,
    )
