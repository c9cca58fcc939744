"""Reserving units: all or none, one winner each, given back in time, settled by what was really installed."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.inventory import service, tasks
from backend.inventory.lifecycle import ReservationState, SerialState
from backend.inventory.models import SerialUnit, StockReservation
from backend.inventory.schemas import OutOfStock, ReservationView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.tasks import Task, run_due
from tests.factories.catalogue import ONT, make_catalogue
from tests.factories.customers import make_premises
from tests.factories.inventory import make_depot, make_units, make_van
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

ORDER = UUID("01978f6a-0000-7000-8000-00000000c001")
OTHER = UUID("01978f6a-0000-7000-8000-00000000c002")
QUARTER = timedelta(minutes=15)


@pytest.fixture
async def depot_id(database: Database) -> UUID:
    """A depot with three ONTs."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        depot = await make_depot(tx)
        await make_units(tx, depot.id, quantity=3)
        return depot.id


async def reserve(tx: Transaction, quantity: int = 1, order_id: UUID = ORDER):
    return await service.reserve(
        tx, model=ONT.code, quantity=quantity, order_id=order_id, order_item_id=order_id, expires_at=tx.now + QUARTER
    )


def serial_of(kept: ReservationView) -> str:
    assert kept.serial is not None, "a unit was reserved"
    return kept.serial


async def states(database: Database) -> tuple[list[SerialState], list[ReservationState]]:
    """Of all units and of all reservations, in the order they were made."""
    async with database.snapshot(SYSTEM, "test") as tx:
        units = await tx.session.scalars(select(SerialUnit.state).order_by(SerialUnit.id))
        kept = await tx.session.scalars(select(StockReservation.state).order_by(StockReservation.id))
        return list(units), list(kept)


async def look(database: Database) -> int:
    async def expire(row_id: UUID) -> None:
        await tasks.expire_reservation(database, row_id)

    return await run_due(database, Task(name="expire", model=StockReservation, perform=expire), "test")


async def test_a_reservation_takes_units_off_the_free_stock(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        kept = await reserve(tx, 2)

    async with database.snapshot(SYSTEM, "test") as tx:
        [stock] = (await service.stock_page(tx, location_id=depot_id, page_size=1, cursor=None)).items
    assert len(kept) == 2
    assert (stock.balances[0].quantity, stock.balances[0].free) == (3, 1)


async def test_too_few_units_reserve_none(database: Database, depot_id: UUID):
    with pytest.raises(OutOfStock) as refused:
        async with database.transaction(SYSTEM, "test") as tx:
            await reserve(tx, 4)

    assert refused.value.params == {"model": ONT.code, "wanted": 4, "available": 3}
    assert await states(database) == ([SerialState.AVAILABLE] * 3, [])


async def test_what_is_in_a_van_is_not_reserved_for_orders(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_van(tx)
        await make_units(tx, van.id, first=10)

        with pytest.raises(OutOfStock):
            await reserve(tx, 4)


async def test_a_race_for_the_last_units_has_one_winner_each(database: Database, depot_id: UUID):
    async def order(number: int) -> str:
        try:
            async with database.transaction(SYSTEM, "test") as tx:
                return serial_of((await reserve(tx, order_id=UUID(int=number)))[0])
        except OutOfStock:
            return "out of stock"

    answers = await asyncio.gather(*(order(number) for number in range(20)))

    won = [answer for answer in answers if answer != "out of stock"]
    assert (len(won), len(set(won))) == (3, 3)
    assert await states(database) == ([SerialState.RESERVED] * 3, [ReservationState.RESERVED] * 3)


async def test_released_units_are_free_again(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        await reserve(tx, 3)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.release_reservations(tx, ORDER)

    assert await states(database) == ([SerialState.AVAILABLE] * 3, [ReservationState.RELEASED] * 3)


async def test_a_reservation_expires_when_its_time_is_over(database: Database, depot_id: UUID, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await reserve(tx)

    clock.advance(14 * 60)
    early = await look(database)
    clock.advance(60)
    due = await look(database)

    assert (early, due) == (0, 1)
    assert await states(database) == ([SerialState.AVAILABLE] * 3, [ReservationState.EXPIRED])


async def test_an_extended_reservation_does_not_expire_with_the_old_time(
    database: Database, depot_id: UUID, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        [kept] = await reserve(tx)
        await service.extend_reservations(tx, ORDER, None)

    clock.advance(3600)
    await tasks.expire_reservation(database, kept.id)  # as a worker would that had claimed it before the extension

    assert await look(database) == 0
    assert (await states(database))[1] == [ReservationState.RESERVED]


async def test_a_reserved_unit_stays_reserved_in_the_van(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_van(tx)
        [kept] = await reserve(tx)

        [carried] = await service.transfer(tx, [serial_of(kept)], depot_id, van.id)

    assert carried.state is SerialState.RESERVED


async def install(database: Database, depot_id: UUID, serial: str, order_id: UUID | None) -> None:
    """Carry the unit into a van and install it for the order."""
    async with database.transaction(SYSTEM, "test") as tx:
        van = await make_van(tx)
        assert van.technician_id is not None
        await service.transfer(tx, [serial], depot_id, van.id)
        await service.install(
            tx,
            serial=serial,
            premises_id=(await make_premises(tx)).id,
            technician_id=van.technician_id,
            job_id=tx.new_id(),
            occurred_at=MONDAY,
            order_id=order_id,
        )


async def test_installing_the_reserved_unit_uses_the_reservation_up(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        [kept] = await reserve(tx)

    await install(database, depot_id, serial_of(kept), ORDER)

    assert (await states(database))[1] == [ReservationState.CONSUMED]


async def test_installing_another_unit_of_the_model_frees_the_reserved_one(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        await reserve(tx)

    await install(database, depot_id, "LWON00000003", ORDER)

    units, kept = await states(database)
    assert units == [SerialState.AVAILABLE, SerialState.AVAILABLE, SerialState.INSTALLED]
    assert kept == [ReservationState.CONSUMED]


async def test_two_orders_that_swap_their_units_both_keep_one(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        [ours], [theirs] = await reserve(tx), await reserve(tx, order_id=OTHER)

    await install(database, depot_id, serial_of(theirs), ORDER)

    async with database.snapshot(SYSTEM, "test") as tx:
        rows = (await tx.session.scalars(select(StockReservation))).all()
        ids = {rows.order_id: rows.serial_unit_id for rows in rows}
        expected = {
            ORDER: (await service.unit(tx, serial_of(theirs))).id,
            OTHER: (await service.unit(tx, serial_of(ours))).id,
        }
    assert ids == expected
    assert (await states(database))[1] == [ReservationState.CONSUMED, ReservationState.RESERVED]


async def test_a_unit_that_is_installed_for_nobodys_order_leaves_its_order_short(database: Database, depot_id: UUID):
    async with database.transaction(SYSTEM, "test") as tx:
        [kept] = await reserve(tx)

    await install(database, depot_id, serial_of(kept), None)

    assert (await states(database))[1] == [ReservationState.RELEASED]
