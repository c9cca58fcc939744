"""Pools, reservations, services: nothing is used twice (invariant I8), and what comes back rests first."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel import outbox
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.tasks import Task, run_due
from backend.resources import service, tasks
from backend.resources.lifecycle import ServiceState
from backend.resources.models import Resource, ResourceAssignment
from backend.resources.schemas import NothingReserved, PoolExhausted, PoolView, UnknownService
from tests.factories.customers import make_premises
from tests.factories.resources import make_pool, make_pools, make_service
from tests.factories.workforce import make_territory
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

ITEM = UUID("01978f6a-0000-7000-8000-00000000d001")
OTHER = UUID("01978f6a-0000-7000-8000-00000000d002")
QUARTER = timedelta(minutes=15)


async def reserve(tx: Transaction, kind: PoolKind = PoolKind.NUMBER, *, quantity: int = 1, **changes):
    wanted = {"order_item_id": ITEM, "territory_id": None, "expires_at": tx.now + QUARTER} | changes
    return await service.reserve(tx, pool_kind=kind, quantity=quantity, **wanted)


async def pool(database: Database, code: str = "number") -> PoolView:
    async with database.snapshot(SYSTEM, "test") as tx:
        return next(one for one in await service.pools(tx) if one.code == code)


async def look(database: Database) -> int:
    async def finish(row_id: UUID) -> None:
        await tasks.finish_hold(database, row_id)

    return await run_due(database, Task(name="hold", model=Resource, perform=finish), "test")


async def test_values_are_handed_out_in_the_order_of_the_pool(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=3)

        kept = await reserve(tx, quantity=2)

    assert [one.value for one in kept] == ["+358942450001", "+358942450002"]


async def test_a_pool_tells_how_full_it_is(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=4)
        await make_service(tx, ServiceKind.VOICE)
        ended = await make_service(tx, ServiceKind.VOICE)
        await service.activate(tx, ended.id, MONDAY)
        await service.terminate(tx, ended.id, MONDAY)
        await reserve(tx)

    found = await pool(database)
    assert (found.size, found.used, found.reserved, found.quarantined, found.share) == (4, 1, 1, 1, 0.75)


async def test_too_few_resources_reserve_none(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=2)

        with pytest.raises(PoolExhausted) as refused:
            await reserve(tx, quantity=3)

    assert (await pool(database)).reserved == 0
    assert refused.value.params == {"pool_kind": PoolKind.NUMBER, "wanted": 3, "available": 2}


async def test_a_pool_of_another_territory_is_not_used(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        north, south = await make_territory(tx), await make_territory(tx, code="HEL-S")
        await make_pool(tx, territory_id=south.id)

        with pytest.raises(PoolExhausted):
            await reserve(tx, territory_id=north.id)
        assert len(await reserve(tx, territory_id=south.id)) == 1


async def test_a_race_for_the_last_number_has_one_winner(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=1)

    async def order(number: int) -> str:
        try:
            async with database.transaction(SYSTEM, "test") as tx:
                return (await reserve(tx, order_item_id=UUID(int=number)))[0].value
        except PoolExhausted:
            return "exhausted"

    answers = await asyncio.gather(*(order(number) for number in range(20)))

    assert sorted(answers) == ["+358942450001"] + ["exhausted"] * 19
    assert (await pool(database)).reserved == 1


async def test_the_database_refuses_a_second_live_assignment(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=2)
        first, second = await make_service(tx), await make_service(tx)

        taken = select(ResourceAssignment.resource_id).where(ResourceAssignment.service_id == first.id)
        resource_id = (await tx.session.scalars(taken)).one()

        again = ResourceAssignment(id=tx.new_id(), resource_id=resource_id, service_id=second.id, assigned_at=tx.now)
        with pytest.raises(IntegrityError):
            async with tx.savepoint():
                tx.add(again)


async def test_a_reservation_expires_when_its_time_is_over(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx)
        await reserve(tx)

    early = await look(database)
    clock.advance(15 * 60)
    due = await look(database)

    assert (early, due, (await pool(database)).reserved) == (0, 1, 0)


async def test_an_extended_reservation_stays(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx)
        [kept] = await reserve(tx)
        await service.extend(tx, [ITEM], None)

    clock.advance(3600)
    await tasks.finish_hold(database, kept.id)  # as a worker would that had claimed it before the extension

    assert (await pool(database)).reserved == 1


async def test_a_released_reservation_is_free_at_once_and_others_stay(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=2)
        await reserve(tx)
        await reserve(tx, order_item_id=OTHER)

        await service.release(tx, [ITEM])

    assert (await pool(database)).reserved == 1


async def test_a_designed_service_is_inactive_and_has_its_resources(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)

        designed = await make_service(tx, ServiceKind.ACCESS)

        assert designed.state is ServiceState.INACTIVE
        assert designed.resources == {PoolKind.PORT: "olt-1/1/1", PoolKind.VLAN: "1"}
        assert await service.service_view(tx, designed.id) == designed


async def test_each_unit_of_an_item_gets_the_next_resource(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pool(tx, size=2)
        place = await make_premises(tx)
        await reserve(tx, quantity=2)

        lines = [
            await service.design_service(
                tx, kind=ServiceKind.VOICE, account_id=place.account_id, premises_id=place.id, order_item_id=ITEM
            )
            for _ in range(2)
        ]

        assert [line.resources[PoolKind.NUMBER] for line in lines] == ["+358942450001", "+358942450002"]
        assert await service.services_of_items(tx, [ITEM]) == lines


async def test_a_service_is_not_designed_on_what_nobody_reserved(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        place = await make_premises(tx)

        with pytest.raises(NothingReserved) as refused:
            await service.design_service(
                tx,
                kind=ServiceKind.VOICE,
                account_id=place.account_id,
                premises_id=place.id,
                order_item_id=ITEM,
                resource_kinds=[PoolKind.NUMBER],
            )

    assert refused.value.params["missing"] == [PoolKind.NUMBER]


async def test_a_service_is_active_since_it_came_up_and_says_so(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        designed = await make_service(tx)

        await service.activate(tx, designed.id, MONDAY - timedelta(hours=5))

    async with database.snapshot(SYSTEM, "test") as tx:
        [told] = (
            await tx.session.scalars(select(outbox.OutboxRow).where(outbox.OutboxRow.type.like("service.%")))
        ).all()
        running = [view async for view in service.active_services(tx)]
    assert (told.type, told.subject_id, told.occurred_at) == (
        "service.activated",
        designed.id,
        MONDAY - timedelta(hours=5),
    )
    assert [(view.id, view.active_since) for view in running] == [(designed.id, MONDAY - timedelta(hours=5))]


async def test_a_service_is_activated_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        designed = await make_service(tx)
        await service.activate(tx, designed.id, MONDAY)

        with pytest.raises(IllegalMove):
            await service.activate(tx, designed.id, MONDAY)


async def test_each_turn_in_the_life_of_a_service_is_told_when_it_happened(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        line = await make_service(tx, characteristics={"downstream_kbps": "100000"})
        hours = [MONDAY + timedelta(hours=n) for n in range(5)]

        await service.activate(tx, line.id, hours[0])
        await service.change(tx, line.id, {"downstream_kbps": "500000"}, hours[1])
        await service.suspend(tx, line.id, hours[2])
        resting = await service.service_view(tx, line.id)
        await service.resume(tx, line.id, hours[3])
        running = await service.service_view(tx, line.id)
        await service.terminate(tx, line.id, hours[4])

    async with database.snapshot(SYSTEM, "test") as tx:
        query = select(outbox.OutboxRow.type, outbox.OutboxRow.occurred_at).order_by(outbox.OutboxRow.id)
        told = [(type_.removeprefix("service."), at) for type_, at in await tx.session.execute(query)]
    assert told == list(zip(("activated", "changed", "suspended", "resumed", "terminated"), hours, strict=True))
    assert (resting.state, resting.suspended_at) == (ServiceState.INACTIVE, hours[2])
    assert (running.active_since, running.suspended_at) == (hours[0], None)
    assert running.characteristics == {"downstream_kbps": "500000"}


async def test_a_service_that_never_ran_ends_without_a_word_to_billing(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx)
        designed = await make_service(tx)

        await service.terminate(tx, designed.id, MONDAY)

    async with database.snapshot(SYSTEM, "test") as tx:
        told = (await tx.session.scalars(select(outbox.OutboxRow.type))).all()
        ended = await service.service_view(tx, designed.id)
    assert (ended.state, ended.resources) == (ServiceState.TERMINATED, {})
    assert "service.terminated" not in told


@pytest.mark.parametrize(
    ("kind", "code", "rest"),
    [(ServiceKind.VOICE, "number", timedelta(days=90)), (ServiceKind.INTERNET, "ipv4", timedelta(hours=24))],
)
async def test_what_a_service_gave_back_rests_before_somebody_gets_it(
    database: Database, clock: FixedClock, kind: ServiceKind, code: str, rest: timedelta
):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx, size=1)
        ended = await make_service(tx, kind)
        await service.terminate(tx, ended.id, MONDAY)

    clock.advance(rest.total_seconds() - 1)
    early, resting = await look(database), (await pool(database, code)).quarantined
    clock.advance(1)
    due, rested = await look(database), (await pool(database, code)).quarantined

    assert (early, resting, due, rested) == (0, 1, 1, 0)


async def test_a_port_is_free_as_soon_as_its_service_ended(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_pools(tx, size=1)
        ended = await make_service(tx, ServiceKind.ACCESS)

        await service.terminate(tx, ended.id, MONDAY)

        assert (await make_service(tx, ServiceKind.ACCESS)).resources == ended.resources


async def test_an_unknown_service_is_not_found(database: Database):
    async with database.snapshot(SYSTEM, "test") as tx:
        with pytest.raises(UnknownService):
            await service.service_view(tx, ITEM)
