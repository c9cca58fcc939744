"""A service rests, runs again and changes: billed and earned on its terms of the time, in the order it happened."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import update

from backend.billing import service
from backend.billing.schemas import NotBilledYet
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.money import Money
from backend.orders.models import ChargeLine
from backend.orders.schemas import OrderView
from clients.billing.messages import Kind
from tests.factories.billing import (
    VISIT,
    FakeBilling,
    all_earned,
    all_triggers,
    make_running_service,
    make_started_service,
    tell,
)
from tests.factories.orders import make_shop, make_submitted_order

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx)


async def reprice(tx: Transaction, service_id: UUID, amount_minor: int) -> None:
    changed = update(ChargeLine).where(ChargeLine.service_id == service_id).values(amount_minor=amount_minor)
    await tx.session.execute(changed, execution_options={"synchronize_session": "fetch"})


async def told(database: Database) -> list[tuple[Kind, int, datetime, int]]:
    return [(one.kind, one.sequence, one.effective_at, one.amount_minor) for one in await all_triggers(database)]


async def earned(database: Database) -> list[tuple[datetime, datetime | None, int]]:
    return [(one.earned_from, one.earned_until, one.amount_minor) for one in await all_earned(database)]


async def test_a_service_that_rests_is_neither_billed_nor_earned_until_it_runs_again(
    database: Database, order: OrderView
):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)
        for _ in range(2):
            await service.suspend_billing(tx, service_id, VISIT + DAY)
            await service.resume_billing(tx, service_id, VISIT + 3 * DAY)

    assert await told(database) == [
        (Kind.START, 1, VISIT, 3990),
        (Kind.SUSPEND, 2, VISIT + DAY, 3990),
        (Kind.RESUME, 3, VISIT + 3 * DAY, 3990),
    ]
    assert await earned(database) == [(VISIT, VISIT + DAY, 3990), (VISIT + 3 * DAY, None, 3990)]


async def test_a_changed_service_is_billed_and_earned_on_its_new_terms(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)
        await reprice(tx, service_id, 4990)
        for _ in range(2):
            await service.change_billing(tx, service_id, VISIT + DAY)

    assert (await told(database))[1:] == [(Kind.CHANGE, 2, VISIT + DAY, 4990)]
    assert await earned(database) == [(VISIT, VISIT + DAY, 3990), (VISIT + DAY, None, 4990)]


async def test_a_change_that_changes_no_terms_is_not_told(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)
        await service.change_billing(tx, service_id, VISIT + DAY)

    assert [kind for kind, *_ in await told(database)] == [Kind.START]


async def test_a_service_that_changed_while_it_rested_is_resumed_on_the_new_terms(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)
        await service.suspend_billing(tx, service_id, VISIT + DAY)
        await reprice(tx, service_id, 4990)
        await service.change_billing(tx, service_id, VISIT + 2 * DAY)
        await service.resume_billing(tx, service_id, VISIT + 3 * DAY)

    assert (await told(database))[2:] == [(Kind.RESUME, 3, VISIT + 3 * DAY, 4990)]


async def test_a_start_that_is_heard_again_after_a_change_corrects_nothing(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)
        await reprice(tx, service_id, 4990)
        await service.start_billing(tx, service_id, VISIT)

    assert len(await told(database)) == 1


@pytest.mark.parametrize("follow", [service.suspend_billing, service.resume_billing, service.change_billing])
async def test_what_follows_a_start_that_billing_has_not_heard_of_comes_again(
    database: Database, order: OrderView, follow
):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_running_service(tx, order)
        with pytest.raises(NotBilledYet):
            await follow(tx, service_id, VISIT + DAY)

    assert await told(database) == []


async def test_what_overtook_its_suspension_comes_again(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)
        with pytest.raises(NotBilledYet):
            await service.resume_billing(tx, service_id, VISIT + DAY)


async def test_a_service_that_is_not_charged_has_no_pauses(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_running_service(tx, order, ServiceKind.ACCESS)
        for follow in (service.suspend_billing, service.resume_billing, service.change_billing):
            await follow(tx, service_id, VISIT + DAY)

    assert await told(database) == []


async def test_a_credit_is_given_once_and_needs_no_order(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        for order_id in (order.id, order.id, None):
            await service.credit(
                tx,
                fact_id=order_id or order.premises_id,
                account_id=order.account_id,
                order_id=order_id,
                amount_minor=1500,
                currency="EUR",
                reason="technician_late",
                occurred_at=VISIT,
            )

    first, second = await all_triggers(database)
    assert (first.kind, first.amount_minor, first.description) == (Kind.CREDIT, 1500, "technician_late")
    assert (first.stream_id, first.order_number, first.charge_line_id) == (order.account_id, order.number, None)
    assert (second.sequence, second.order_number) == (2, None)


async def test_a_charge_to_an_account_is_made_once_taken_back_and_made_again(database: Database, order: OrderView):
    async def charge() -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.charge(
                tx,
                fact_id=order.id,
                account_id=order.account_id,
                order_id=order.id,
                price=Money(amount_minor=6000, currency="EUR"),
                reason="late",
                occurred_at=VISIT,
            )

    async def take_back() -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.take_back_charge(tx, fact_id=order.id, because="it came back")

    for step in (charge, charge, take_back, take_back, charge):
        await step()
        await tell(database, FakeBilling())

    made = await all_triggers(database)
    assert [(one.kind, one.quantity, one.amount_minor, one.supersedes) for one in made] == [
        (Kind.CHARGE, 1, 6000, None),
        (Kind.CORRECT, 0, 0, made[0].id),
        (Kind.CORRECT, 1, 6000, made[1].id),
    ]
    assert {one.stream_id for one in made} == {order.account_id}
