"""Submitting decomposes an order into services, resources and charge lines; cancelling and expiring give all back."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from backend.catalogue.schemas import PoolKind
from backend.inventory.lifecycle import SerialState
from backend.inventory.models import SerialUnit, StockReservation
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from backend.kernel.tasks import Task, run_due
from backend.orders import service, tasks
from backend.orders.errors import OrderExpired, UnknownOrder
from backend.orders.lifecycle import OrderState
from backend.orders.models import OrderFact, ProductOrder
from backend.orders.placing import RESERVED_FOR
from backend.resources.lifecycle import ResourceState, ServiceState
from backend.resources.models import Resource
from tests.factories.catalogue import make_price
from tests.factories.orders import AGENT, make_order, make_shop, make_submitted_order
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio


async def placed(database: Database) -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return (await make_order(tx)).id


async def look(database: Database) -> int:
    async def expire(row_id: UUID) -> None:
        await tasks.expire(database, row_id)

    return await run_due(database, Task(name="expire orders", model=ProductOrder, perform=expire), "test")


async def free(tx: Transaction) -> tuple[int, int]:
    """How many units and how many resources nobody holds: 30 and 40 in the shop of the tests."""
    units = select(func.count()).select_from(SerialUnit).where(SerialUnit.state == SerialState.AVAILABLE)
    pool = select(func.count()).select_from(Resource).where(Resource.state == ResourceState.AVAILABLE)
    return (await tx.session.scalars(units)).one(), (await tx.session.scalars(pool)).one()


async def events(tx: Transaction, subject_id: UUID) -> list[str]:
    query = select(OutboxRow.type).where(OutboxRow.subject_id == subject_id).order_by(OutboxRow.id)
    return list(await tx.session.scalars(query))


async def test_the_bundle_becomes_three_services_with_their_resources(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)

        order = await make_submitted_order(tx)

    assert {service.kind: service.resources for service in order.services} == {
        "access": {"port": "olt-1/1/1", "vlan": "1"},
        "internet": {"ipv4": "192.0.2.1"},
        "voice": {"number": "+358942450001"},
    }
    assert {service.state for service in order.services} == {ServiceState.INACTIVE}
    assert order.resources == []


async def test_the_bundle_becomes_five_charge_lines(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)

        order = await make_submitted_order(tx)

    lines = {line.code: line for line in order.charge_lines}
    assert {code: (line.kind, line.quantity, line.amount_minor, line.period) for code, line in lines.items()} == {
        "F1": ("fulfilment", 1, 9900, "once"),
        "F2": ("fulfilment", 2, 7900, "once"),
        "P1": ("provision", 1, 3990, "month"),
        "P2": ("provision", 1, 990, "month"),
        "L1": ("labour", 1, 4900, "once"),
    }
    kinds = {service.id: service.kind for service in order.services}
    assert {code: kinds[line.service_id] for code, line in lines.items() if line.service_id} == {
        "P1": "internet",
        "P2": "voice",
    }


async def test_two_phones_are_two_services_and_two_lines(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)

        order = await make_submitted_order(tx, ("PHONE", 2))

    assert [service.resources[PoolKind.NUMBER] for service in order.services] == ["+358942450001", "+358942450002"]
    assert {line.service_id for line in order.charge_lines} == {service.id for service in order.services}


async def test_an_order_keeps_the_prices_of_its_day(database: Database, clock: FixedClock):
    order_id = await placed(database)
    clock.advance(60)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_price(tx, "MESH", "F2", 1, valid_from=tx.now)

        order = await service.submit(tx, AGENT, order_id)

    assert next(line.amount_minor for line in order.charge_lines if line.code == "F2") == 7900


async def test_after_submission_nothing_expires(database: Database, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
    clock.advance(RESERVED_FOR.total_seconds() * 10)

    looked_at = await look(database)

    assert looked_at == 0
    assert order.expires_at is None
    assert {one.expires_at for one in order.reservations} == {None}
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await tx.session.scalar(select(func.count()).where(StockReservation.due_at.is_not(None))) == 0


async def test_submission_is_told_once_and_known_with_its_time(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)

        facts = await tx.session.scalars(select(OrderFact).where(OrderFact.subject_id == order.id))

        assert await events(tx, order.id) == ["order.placed", "order.submitted"]
        assert [(fact.from_state, fact.to_state) for fact in facts] == [("acknowledged", "inProgress")]
    assert {item.state for item in order.items} == {OrderState.IN_PROGRESS}


async def test_an_order_is_submitted_once(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)

        with pytest.raises(IllegalMove):
            await service.submit(tx, AGENT, order.id)


async def test_a_cancelled_order_gives_everything_back(database: Database):
    order_id = await placed(database)

    async with database.transaction(SYSTEM, "test") as tx:
        order = await service.cancel(tx, AGENT, order_id)

    assert order.state is OrderState.CANCELLED
    assert {item.state for item in order.items} == {OrderState.CANCELLED}
    assert (order.reservations, order.resources) == ([], [])
    async with database.snapshot(SYSTEM, "test") as tx:
        assert await free(tx) == (30, 10 * len(PoolKind))


async def test_a_cancelled_order_is_not_cancelled_again(database: Database):
    order_id = await placed(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, AGENT, order_id)

        with pytest.raises(IllegalMove):
            await service.cancel(tx, AGENT, order_id)


async def test_an_unknown_order_is_not_found(database: Database, new_id):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(UnknownOrder):
            await service.submit(tx, AGENT, new_id())


async def test_an_order_that_nobody_submits_expires_and_gives_everything_back(database: Database, clock: FixedClock):
    order_id = await placed(database)
    clock.advance(RESERVED_FOR.total_seconds())

    assert await look(database) == 1

    async with database.snapshot(SYSTEM, "test") as tx:
        order = await service.order_view(tx, order_id)
        assert order.state is OrderState.REJECTED
        assert Counter(item.state for item in order.items) == {OrderState.REJECTED: 3}
        assert await free(tx) == (30, 10 * len(PoolKind))
        assert await events(tx, order_id) == ["order.placed", "order.expired"]


async def test_an_order_does_not_expire_early(database: Database, clock: FixedClock):
    order_id = await placed(database)
    clock.advance((RESERVED_FOR - timedelta(seconds=1)).total_seconds())

    await tasks.expire(database, order_id)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await service.order_summary(tx, order_id)).state is OrderState.ACKNOWLEDGED


async def test_an_order_that_was_cancelled_is_left_alone_by_the_clock(database: Database, clock: FixedClock):
    order_id = await placed(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, AGENT, order_id)
    clock.advance(RESERVED_FOR.total_seconds())

    await tasks.expire(database, order_id)

    async with database.snapshot(SYSTEM, "test") as tx:
        assert (await service.order_summary(tx, order_id)).state is OrderState.CANCELLED


async def test_an_order_whose_time_is_over_is_not_submitted_even_before_the_clock_looked(
    database: Database, clock: FixedClock
):
    order_id = await placed(database)
    clock.advance(RESERVED_FOR.total_seconds())

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(OrderExpired):
            await service.submit(tx, AGENT, order_id)
