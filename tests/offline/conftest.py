"""A technician with two jobs on the phone."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.offline.routes import ROUTES
from backend.offline.waiting import News
from backend.workforce.schemas import TechnicianView
from tests.factories.callers import calling
from tests.factories.handset import Handset, make_carrier
from tests.factories.jobs import give, make_dispatched_job, make_field
from tests.factories.workforce import make_technician
from tests.fakes import FixedClock
from tests.offline.line import Pauses, exchange


@dataclass(frozen=True, kw_only=True)
class Field:
    """Eero pulled two jobs when they were sent at 09:00; now it is 13:00."""

    technician: TechnicianView
    job: JobView
    other_job: JobView
    phone: Handset


@pytest.fixture
async def field(database: Database, clock: FixedClock) -> Field:
    async with database.transaction(SYSTEM, "test") as tx:
        technician = await make_field(tx)
        jobs = [await make_dispatched_job(tx, technician) for _ in range(2)]
        phone = Handset(database, await make_carrier(tx, technician))
    await phone.pull()
    clock.advance(4 * 3600)
    return Field(technician=technician, job=jobs[0], other_job=jobs[1], phone=phone)


async def handed_on(database: Database, field: Field) -> Handset:
    """The job was given to another technician while its first one was offline; that one's phone."""
    async with database.transaction(SYSTEM, "test") as tx:
        other = await make_technician(tx, field.technician.territory_id)
        await give(tx, field.job.id, other)
        return Handset(database, await make_carrier(tx, other), outbox="phone.other")


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def http(database: Database, field: Field, pauses: Pauses) -> AsyncIterator[httpx.AsyncClient]:
    """The protocol's routes, called by the phone's own user."""
    news = News(database, pause=pauses.pause)
    given = exchange(database, field.phone.principal, news=news)
    async with calling(database, ROUTES, field.phone.principal, exchange=given) as opened:
        yield opened
    await news.close()
