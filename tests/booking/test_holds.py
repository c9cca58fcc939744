"""Holding a window: time and goods together or not at all, and given back when it comes to nothing."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.booking import service, tasks
from backend.booking.errors import HoldExpired, SlotTaken, UnknownHold
from backend.booking.holding import HELD_FOR
from backend.booking.lifecycle import HoldState
from backend.booking.models import Appointment, Hold
from backend.booking.schemas import HoldView
from backend.dispatch.lifecycle import TimeKind
from backend.dispatch.live import LiveDays
from backend.dispatch.models import TechnicianTime
from backend.identity.principal import Principal, Role
from backend.inventory import service as inventory
from backend.inventory.schemas import OutOfStock
from backend.jobs import service as jobs
from backend.jobs.lifecycle import AssignmentState
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from backend.kernel.tasks import Task, run_due
from tests.factories.booking import make_appointment, make_hold, window
from tests.factories.catalogue import MESH
from tests.factories.dispatch import AirLines, make_jobs, make_team
from tests.factories.inventory import make_stock
from tests.factories.jobs import SUPERVISOR
from tests.factories.orders import make_order, make_submitted_order
from tests.factories.resources import make_pools
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio


@pytest.fixture
async def trouble(database: Database) -> list[JobView]:
    """Two jobs without goods, and one technician for both."""
    async with database.transaction(SYSTEM, "test") as tx:
        [eero] = await make_team(tx, 1)
        return await make_jobs(tx, eero.territory_id, 2)


@pytest.fixture
async def bare_order(database: Database) -> JobView:
    """The job of an order that lost its reservations, with three units of each model left in the depot."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_team(tx, 1)
        await make_stock(tx, quantity=3)
        await make_pools(tx, size=8)
        order = await make_submitted_order(tx)
        await jobs.create_for_order(tx, order.id)
        await inventory.release_reservations(tx, order.id)
        [job] = await jobs.jobs_of_order(tx, order.id)
        return job


async def taken(tx: Transaction) -> list[TechnicianTime]:
    return list(await tx.session.scalars(select(TechnicianTime).where(TechnicianTime.released_at.is_(None))))


async def reserved(database: Database, job: JobView) -> list[str]:
    assert job.order_id is not None
    async with database.snapshot(SYSTEM, "test") as tx:
        return [one.model for one in await inventory.reserved(tx, job.order_id)]


async def count_of(tx: Transaction, model: type) -> int:
    return (await tx.session.scalars(select(func.count()).select_from(model))).one()


async def test_a_hold_takes_the_time_of_the_work_and_not_of_the_window(database: Database, trouble: list[JobView]):
    held = await make_hold(database, trouble[0].id, window(12))

    assert held.state is HoldState.HELD
    assert held.ends_at - held.starts_at == timedelta(seconds=trouble[0].duration_seconds)
    assert held.window.local == "2026-06-01 12:00–14:00"
    async with database.snapshot(SYSTEM, "test") as tx:
        [row] = await taken(tx)
        assert (row.kind, row.subject_id, row.starts_at) == (TimeKind.HOLD, held.id, held.starts_at)


async def test_a_hold_reserves_what_the_order_lost(database: Database, bare_order: JobView):
    await make_hold(database, bare_order.id, window(12))

    assert sorted(await reserved(database, bare_order)) == ["GW-W6", "MESH-W6", "MESH-W6", "ONT-G1"]


async def test_when_something_is_gone_nothing_at_all_is_held(database: Database, bare_order: JobView):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_order(tx, ("MESH", 2))

    with pytest.raises(OutOfStock) as refused:
        await make_hold(database, bare_order.id, window(12))

    assert refused.value.params == {"model": MESH.code, "wanted": 2, "available": 1}
    assert await reserved(database, bare_order) == []
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await taken(tx) == []
        assert await count_of(tx, Hold) == 0


async def test_what_the_order_has_already_is_not_reserved_twice(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_team(tx, 1)
        await make_stock(tx, quantity=2)
        await make_pools(tx, size=4)
        order = await make_submitted_order(tx)
        await jobs.create_for_order(tx, order.id)
        [job] = await jobs.jobs_of_order(tx, order.id)
    before = await reserved(database, job)

    held = await make_hold(database, job.id, window(12))
    async with database.transaction(SYSTEM, "test") as tx:
        await service.release(tx, SUPERVISOR, held.id)

    assert await reserved(database, job) == before


async def expire(database: Database) -> int:
    async def perform(hold_id: UUID) -> None:
        await tasks.expire(database, hold_id)

    return await run_due(database, Task(name="expire holds", model=Hold, perform=perform), "worker")


async def test_a_hold_that_expires_gives_everything_back(database: Database, bare_order: JobView, clock: FixedClock):
    await make_hold(database, bare_order.id, window(14))
    assert await expire(database) == 0
    clock.advance(HELD_FOR.total_seconds())

    assert await expire(database) == 1

    assert await reserved(database, bare_order) == []
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await taken(tx) == []
        [row] = await tx.session.scalars(select(Hold))
        assert row.state is HoldState.EXPIRED
    assert (await make_hold(database, bare_order.id, window(14))).state is HoldState.HELD


async def test_a_hold_whose_time_is_over_cannot_be_confirmed(
    database: Database, trouble: list[JobView], clock: FixedClock
):
    held = await make_hold(database, trouble[0].id, window(14))
    clock.advance(HELD_FOR.total_seconds())

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(HoldExpired):
            await service.confirm(tx, SUPERVISOR, held.id)


async def test_a_hold_that_is_released_gives_everything_back(database: Database, bare_order: JobView):
    held = await make_hold(database, bare_order.id, window(12))

    async with database.transaction(SYSTEM, "test") as tx:
        assert (await service.release(tx, SUPERVISOR, held.id)).state is HoldState.RELEASED
        with pytest.raises(IllegalMove):
            await service.confirm(tx, SUPERVISOR, held.id)

    assert await reserved(database, bare_order) == []
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await taken(tx) == []


async def test_another_window_takes_the_place_of_the_first(database: Database, trouble: list[JobView]):
    first = await make_hold(database, trouble[0].id, window(10))
    second = await make_hold(database, trouble[0].id, window(12))

    async with database.snapshot(SYSTEM, "test") as tx:
        assert [row.subject_id for row in await taken(tx)] == [second.id]
        assert (await tx.session.get_one(Hold, first.id)).state is HoldState.RELEASED


async def test_of_two_who_hold_the_same_time_at_once_one_is_told_that_it_is_taken(
    database: Database, trouble: list[JobView]
):
    async def try_to(job: JobView) -> HoldView | None:
        try:
            return await make_hold(database, job.id, window(14))
        except SlotTaken:
            return None

    held = await asyncio.gather(*(try_to(job) for job in trouble))

    assert [view is None for view in held].count(False) == 1
    async with database.snapshot(SYSTEM, "test") as tx:
        assert len(await taken(tx)) == 1


async def test_who_loses_one_technician_to_another_customer_gets_the_next(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        team = await make_team(tx, 2)
        first, second = await make_jobs(tx, team[0].territory_id, 2)
    live = LiveDays(AirLines())
    async with database.snapshot(SYSTEM, "test") as tx:
        question = await service.ask_window(tx, SUPERVISOR, live, second.id, window(14))
    found = service.candidates(question, *await live.days(question.reading))
    winner = await make_hold(database, first.id, window(14))

    async with database.transaction(SYSTEM, "test") as tx:
        held = await service.hold(tx, SUPERVISOR, question.job, question.windows[0], found)

    assert held.technician_id != winner.technician_id


async def test_confirming_promises_assigns_and_says_so(database: Database, bare_order: JobView):
    held = await make_hold(database, bare_order.id, window(12))

    async with database.transaction(SYSTEM, "test") as tx:
        appointment = await service.confirm(tx, SUPERVISOR, held.id)

    async with database.snapshot(SYSTEM, "test") as tx:
        job = await jobs.job_view(tx, bare_order.id)
        [row] = await taken(tx)
        events = list(await tx.session.scalars(select(OutboxRow.type).where(OutboxRow.subject_id == appointment.id)))
        assert job.order_id is not None
        expiries = {one.expires_at for one in await inventory.reserved(tx, job.order_id)}
    assert (job.technician_id, job.planned_start) == (held.technician_id, held.starts_at)
    assert job.assignment is AssignmentState.ASSIGNED
    assert job.window == held.window
    assert (row.kind, row.subject_id) == (TimeKind.JOB, job.id)
    assert events == ["appointment.confirmed"]
    assert expiries == {None}


async def test_a_job_that_is_booked_anew_keeps_one_appointment_and_one_time(database: Database, trouble: list[JobView]):
    first = await make_appointment(database, trouble[0].id, window(10))
    second = await make_appointment(database, trouble[0].id, window(14))

    async with database.snapshot(SYSTEM, "test") as tx:
        earlier = await service.see_appointment(tx, SUPERVISOR, first.id)
        assert (earlier.state, earlier.reason) == ("cancelled", "rescheduled")
        assert [row.starts_at >= second.window.start for row in await taken(tx)] == [True]
        assert await count_of(tx, Appointment) == 2


async def test_a_dispatcher_of_another_territory_finds_no_such_hold(database: Database, trouble: list[JobView]):
    held = await make_hold(database, trouble[0].id, window(12))
    stranger = Principal(actor=SYSTEM, role=Role.DISPATCHER, territory_ids=frozenset({held.id}))

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(UnknownHold):
            await service.confirm(tx, stranger, held.id)
