"""Customers as the holders of their links, and their technician."""

from typing import NamedTuple
from uuid import UUID

from msgspec import structs

from backend.booking.schemas import AppointmentView
from backend.identity.principal import Principal, Role
from backend.jobs.schemas import JobView
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database
from backend.kernel.tasks import run_due
from backend.subscriptions import subscriptions
from backend.workforce.schemas import TechnicianView
from tests.factories.booking import make_appointment, window
from tests.factories.dispatch import make_jobs, make_team


class Agreed(NamedTuple):
    """Eero comes between 14 and 16; it is nine o'clock."""

    eero: TechnicianView
    job: JobView
    appointment: AppointmentView
    customer: Principal
    territory_id: UUID


def of_customer(job_id: UUID) -> Principal:
    """Whoever has the link, and nothing else."""
    return Principal(actor=Actor(kind="customer", id=job_id), role=Role.CUSTOMER, job_id=job_id)


def proved(customer: Principal) -> Principal:
    """The same, after the second proof."""
    return structs.replace(customer, is_proved=True)


async def make_agreed(database: Database) -> Agreed:
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1, days=3)
        [job] = await make_jobs(tx, eero.territory_id, 1)
    appointment = await make_appointment(database, job.id, window(14))
    return Agreed(eero, job, appointment, of_customer(job.id), eero.territory_id)


async def deliver(database: Database) -> None:
    """Deliver every event, also those that reactions cause."""
    reactions = subscriptions("http://test", "northbank")
    while await run_due(database, outbox.delivering(database, reactions), "worker"):
        pass
