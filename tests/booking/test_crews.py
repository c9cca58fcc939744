"""A window for work of two: offered when two can meet, held with the time of both, confirmed for both."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.booking import service
from backend.booking.errors import SlotTaken
from backend.booking.schemas import SlotsView
from backend.dispatch import service as dispatch
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.live import LiveDays
from backend.dispatch.models import TechnicianTime
from backend.jobs import service as jobs
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.booking import make_appointment, make_hold, window
from tests.factories.crews import Pair, make_day
from tests.factories.dispatch import AirLines
from tests.factories.jobs import SUPERVISOR
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio


async def make(database: Database) -> tuple[Pair, UUID, UUID]:
    async with database.transaction(SYSTEM, "test") as tx:
        pair, [first, second] = await make_day(tx, 2)
    return pair, first.id, second.id


async def keep_busy(database: Database, technician_id: UUID, job_id: UUID, first_hour: float, last_hour: float) -> None:
    """Hours from 9 in Helsinki on."""
    async with database.transaction(SYSTEM, "test") as tx:
        await dispatch.take_time(
            tx,
            technician_id=technician_id,
            job_id=job_id,
            kind=TimeKind.HOLD,
            subject_id=tx.new_id(),
            starts_at=MONDAY + timedelta(hours=first_hour),
            ends_at=MONDAY + timedelta(hours=last_hour),
        )


async def slots(database: Database, job_id: UUID) -> SlotsView:
    live = LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await service.ask(tx, SUPERVISOR, live, job_id, first=MONDAY.date(), day_count=1)
    return service.answer(question, await live.days(question.reading))


async def taken(database: Database, job_id: UUID) -> set[tuple[UUID, TimeKind]]:
    async with database.snapshot(SYSTEM, "test") as tx:
        rows = select(TechnicianTime).where(TechnicianTime.job_id == job_id, TechnicianTime.released_at.is_(None))
        return {(row.technician_id, row.kind) for row in await tx.session.scalars(rows)}


async def test_a_window_is_open_only_while_two_can_meet_in_it(database: Database):
    pair, first, second = await make(database)
    await keep_busy(database, pair.lead.id, second, 0.5, 3)
    await keep_busy(database, pair.helper.id, second, 0.5, 3)
    await keep_busy(database, pair.other.id, second, 3.5, 6.5)

    view = await slots(database, first)

    states = {slot.window.local.partition(" ")[2]: slot for slot in view.slots}
    assert states["10:00–12:00"].state == "closed"
    assert states["10:00–12:00"].reasons == {"crew": 1, "full": 2}
    assert states["12:00–14:00"].state == "open", states["12:00–14:00"].reasons
    assert states["12:00–14:00"].technician_count == 2


async def test_a_hold_keeps_the_time_of_both_and_gives_both_back(database: Database, clock: FixedClock):
    _, first, _ = await make(database)

    held = await make_hold(database, first, window(10))
    while_held = await taken(database, first)
    clock.advance(11 * 60)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.expire(tx, held.id)

    crew = (held.technician_id, *held.helper_ids)
    assert len(set(crew)) == 2
    assert while_held == {(member, TimeKind.HOLD) for member in crew}
    assert await taken(database, first) == set()


async def test_who_is_taken_by_another_crew_meanwhile_is_not_held_twice(database: Database):
    pair, first, second = await make(database)
    live = LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await service.ask_window(tx, SUPERVISOR, live, first, window(10))
    found = service.candidates(question, *await live.days(question.reading))
    for technician in (pair.helper, pair.other):
        await keep_busy(database, technician.id, second, 0, 6)

    with pytest.raises(SlotTaken):
        async with database.transaction(SYSTEM, "test") as tx:
            await service.hold(tx, SUPERVISOR, question.job, question.windows[0], found)

    assert await taken(database, first) == set()


async def test_an_appointment_gives_the_job_to_the_crew_that_was_held(database: Database):
    _, first, _ = await make(database)
    held = await make_hold(database, first, window(12))

    async with database.transaction(SYSTEM, "test") as tx:
        await service.confirm(tx, SUPERVISOR, held.id)

    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, first)
    assert job.crew == (held.technician_id, *held.helper_ids)
    assert await taken(database, first) == {(member, TimeKind.JOB) for member in job.crew}


async def test_a_promised_crew_can_be_promised_another_window(database: Database):
    _, first, _ = await make(database)
    await make_appointment(database, first, window(12))

    later = await make_appointment(database, first, window(14))

    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, first)
    assert job.window is not None
    assert (job.window.start, len(job.crew)) == (later.window.start, 2)
    assert len(await taken(database, first)) == 2
