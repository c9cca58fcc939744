"""An operator of the benchmark's size in our database: technicians with enrolled phones, and the jobs of many days.

Rows are written as the slices' own tables, by sessions whose hooks write audit and feed as for any other change.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import msgspec

from backend.bench.sync.postgres import settle
from backend.bench.sync.workload import JOBS_PER_PHONE, Size
from backend.customers.models import Account, Premises
from backend.demo.offers import CATALOGUE, add_catalogue
from backend.identity.models import Device, DeviceToken, Organisation, User
from backend.identity.principal import Role
from backend.identity.secrets import hashed, new_token
from backend.jobs.lifecycle import ASSIGNMENT, JOB, WORK_ORDER, AssignmentCommand, AssignmentState, WorkOrderCause
from backend.jobs.models import AssignmentFact, Job, WorkOrder
from backend.kernel import statistics
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction, open_database
from backend.migrations.run import upgrade
from backend.parts import BEFORE_COMMIT, FEED
from backend.workforce.models import Technician, Territory

TERRITORIES = 20
JOBS_PER_TRANSACTION = 500
TOKEN_LIFETIME = timedelta(days=2)  # longer than any run
WORK = next(work for work in CATALOGUE.work if work.code == "REPAIR-FTTP")
NOTES = "Ring the upper bell. The riser is in the bicycle cellar; the caretaker (weekdays until 15:00) has the key."


class Carrier(msgspec.Struct, frozen=True, kw_only=True):
    """A technician's enrolled phone."""

    technician_id: UUID
    device_id: UUID
    outbox_id: UUID
    token: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One job to be made. number: counts all jobs; technician: whose phone it is on, None for the others."""

    number: int
    territory_id: UUID
    technician: Technician | None


def fill(url: str, size: Size) -> list[Carrier]:
    """Migrate the empty database at `url` and fill it; the phones, in order of their technicians' numbers."""
    upgrade(url)
    carriers = asyncio.run(_fill(url, size))
    if url.startswith("postgresql"):
        settle(url)
    return carriers


async def _fill(url: str, size: Size) -> list[Carrier]:
    database = await open_database(url, before_commit=BEFORE_COMMIT)
    try:
        async with database.transaction(SYSTEM, "bench") as tx:
            await add_catalogue(tx)
            territories = _territories(tx)
            company = Organisation(id=tx.new_id(), name="Northbank Fibre", is_contractor=False)
            tx.add(company)
            await tx.flush()
            technicians = [_technician(tx, company.id, territories, n) for n in range(size.phones)]
            await tx.flush()
            carriers = [await _carrier(tx, company.id, technician) for technician in technicians]
        await _add_jobs(database, size, territories, technicians)
        while await FEED.render_ahead(database):  # what the worker had done long before a working day begins
            pass
        await statistics.count_anew(database)  # and this
        return carriers
    finally:
        await database.close()


def _territories(tx: Transaction) -> list[Territory]:
    rows = [
        Territory(
            id=tx.new_id(),
            code=f"T{n:02d}",
            name=f"District {n}",
            zone="Europe/Helsinki",
            latitude=60.1 + n / 100,
            longitude=24.9,
        )
        for n in range(TERRITORIES)
    ]
    tx.add(*rows)
    return rows


def _technician(tx: Transaction, company_id: UUID, territories: Sequence[Territory], n: int) -> Technician:
    row = Technician(
        id=tx.new_id(),
        number=n + 1,
        name=f"Technician {n + 1}",
        organisation_id=company_id,
        territory_id=territories[n % TERRITORIES].id,
        home_latitude=60.17,
        home_longitude=24.94,
        is_contractor=False,
    )
    tx.add(row)
    return row


async def _carrier(tx: Transaction, company_id: UUID, technician: Technician) -> Carrier:
    user = User(
        id=tx.new_id(),
        email=f"technician{technician.number}@northbank.example",
        name=technician.name,
        password_hash=None,
        role=Role.TECHNICIAN,
        organisation_id=company_id,
        technician_id=technician.id,
        territory_ids=[],
    )
    tx.add(user)
    await tx.flush()
    device = Device(
        id=tx.new_id(), user_id=user.id, name="bench", public_key="", outbox_id=tx.new_id(), enrolled_at=tx.now
    )
    tx.add(device)
    await tx.flush()
    token = new_token("tra")
    expires_at = tx.now + TOKEN_LIFETIME
    tx.add(
        DeviceToken(
            token_hash=hashed(token), device_id=device.id, is_refresh=False, generation=1, expires_at=expires_at
        )
    )
    return Carrier(technician_id=technician.id, device_id=device.id, outbox_id=device.outbox_id, token=token)


async def _add_jobs(
    database: Database, size: Size, territories: Sequence[Territory], technicians: Sequence[Technician]
) -> None:
    """The phones' jobs stand among the others, as they do in a table that has grown for months."""
    every = max(1, size.jobs // size.documents)
    for start in range(0, size.jobs, JOBS_PER_TRANSACTION):
        async with database.transaction(SYSTEM, "bench") as tx:
            places: list[Place] = []
            for n in range(start, min(size.jobs, start + JOBS_PER_TRANSACTION)):
                index, rest = divmod(n, every)
                given = technicians[index // JOBS_PER_PHONE] if rest == 0 and index < size.documents else None
                territory_id = given.territory_id if given else territories[n % TERRITORIES].id
                places.append(Place(number=n, territory_id=territory_id, technician=given))
            await _add_rows(tx, places)


async def _add_rows(tx: Transaction, places: Sequence[Place]) -> None:
    """Table by table: rows that others name come first."""
    accounts = [_account(tx, place) for place in places]
    tx.add(*accounts)
    await tx.flush()
    premises = [_premises(tx, place, account.id) for place, account in zip(places, accounts, strict=True)]
    orders = [_work_order(tx, place) for place in places]
    tx.add(*premises, *orders)
    await tx.flush()
    jobs = [_job(tx, *rows) for rows in zip(places, premises, orders, strict=True)]
    tx.add(*jobs, *(_given(tx, job) for job in jobs if job.technician_id is not None))


def _account(tx: Transaction, place: Place) -> Account:
    return Account(
        id=tx.new_id(),
        name=f"Aino Laine {place.number}",
        email=f"aino{place.number}@example.org",
        phone="+358401234567",
        language="fi",
    )


def _premises(tx: Transaction, place: Place, account_id: UUID) -> Premises:
    n = place.number
    return Premises(
        id=tx.new_id(),
        account_id=account_id,
        street=f"Fredrikinkatu {n % 200 + 1} B {n % 40}",
        postcode="00120",
        city="Helsinki",
        latitude=60.16 + n % 100 / 5000,
        longitude=24.93 + n % 97 / 5000,
        access_notes=NOTES,
        hazards=["Dog in the yard", "Ladder needed: attic hatch at 3.2 m"],
        territory_id=place.territory_id,
    )


def _work_order(tx: Transaction, place: Place) -> WorkOrder:
    return WorkOrder(
        id=tx.new_id(),
        number=f"W-{place.number}",
        cause=WorkOrderCause.TROUBLE,
        order_id=None,
        external_reference=f"T-{place.number}",
        work=WORK.code,
        state=WORK_ORDER.initial,
    )


def _job(tx: Transaction, place: Place, premises: Premises, work_order: WorkOrder) -> Job:
    carrier = place.technician
    start = tx.now + timedelta(hours=place.number % 8)
    return Job(
        id=tx.new_id(),
        number=f"J-{place.number}",
        work_order_id=work_order.id,
        order_id=None,
        account_id=premises.account_id,
        premises_id=premises.id,
        territory_id=place.territory_id,
        work=WORK.code,
        duration_seconds=WORK.duration_seconds,
        skills=WORK.skills,
        parts={"ONT-G1": 1, "GW-6": 1},
        priority=1,
        needs_signature=True,
        state=JOB.initial,
        assignment=AssignmentState.DISPATCHED if carrier else ASSIGNMENT.initial,
        technician_id=carrier.id if carrier else None,
        planned_start=start if carrier else None,
        planned_end=start + timedelta(minutes=75) if carrier else None,
        window_start=start,
        window_end=start + timedelta(hours=2),
        window_zone="Europe/Helsinki",
        window_local="between ten and twelve",
    )


def _given(tx: Transaction, job: Job) -> AssignmentFact:
    """That the technician got the job: whose work counts there is told by it."""
    return AssignmentFact(
        id=tx.new_id(),
        subject_id=job.id,
        command=str(AssignmentCommand.ASSIGN),
        from_state=str(ASSIGNMENT.initial),
        to_state=str(AssignmentState.DISPATCHED),
        occurred_at=tx.now,
        recorded_at=tx.now,
        actor_kind=SYSTEM.kind,
        actor_id=None,
        detail={"technician_id": str(job.technician_id)},
    )
