"""One business fact, one trigger, one piece of revenue: whatever path, repeat or race brought the fact here."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from backend.billing import service
from backend.billing.lifecycle import EarnedState
from backend.billing.models import BillingTrigger
from backend.billing.schemas import Evidence, Obligation
from backend.catalogue.schemas import Period, ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders import service as orders
from backend.orders.errors import UnknownHandover
from backend.orders.handovers import Proof, record_work
from backend.orders.lifecycle import FulfilmentMethod
from backend.orders.schemas import OrderView
from backend.resources import service as resources
from clients.billing.messages import Kind
from tests.factories.billing import (
    JOB,
    VISIT,
    all_earned,
    all_triggers,
    make_handover,
    make_running_service,
    make_started_service,
)
from tests.factories.catalogue import ONT
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

END = VISIT + timedelta(days=40)


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx)


def line_id(order: OrderView, code: str) -> UUID:
    return next(line.id for line in order.charge_lines if line.code == code)


async def only_trigger(database: Database) -> BillingTrigger:
    [trigger] = await all_triggers(database)
    return trigger


async def test_goods_are_billed_for_the_whole_quantity_when_they_were_handed_over(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.trigger_handover(tx, await make_handover(tx, order.id, quantity=2))

    trigger = await only_trigger(database)
    assert (trigger.kind, trigger.charge_code, trigger.service_id) == (Kind.FULFIL, "F2", None)
    assert (trigger.quantity, trigger.amount_minor, trigger.currency) == (2, 15800, "EUR")
    assert (trigger.effective_at, trigger.recorded_at) == (VISIT, MONDAY)
    assert (trigger.stream_id, trigger.sequence) == (line_id(order, "F2"), 1)
    assert (trigger.order_number, trigger.account_id) == (order.number, order.account_id)


async def test_a_line_that_is_handed_over_in_parts_is_billed_in_parts(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        for number in (1, 2):
            proof = await make_handover(tx, order.id, job_id=UUID(int=number))
            await service.trigger_handover(tx, proof)

        lines = {one.id for one in (await orders.order_view(tx, order.id)).charge_lines if one.code == "F2"}

    found = await all_triggers(database)
    assert [(one.sequence, one.amount_minor) for one in found] == [(1, 7900), (1, 7900)]
    assert {one.stream_id for one in found} == lines


async def test_work_is_billed_and_earned_when_it_was_accepted(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        proof = Proof(method=FulfilmentMethod.TECHNICIAN, job_id=JOB, occurred_at=VISIT)
        await record_work(tx, order.id, proof)
        [found] = (await orders.order_view(tx, order.id)).handovers
        await service.trigger_handover(tx, found.id)

    trigger, [earned] = await only_trigger(database), await all_earned(database)
    assert (trigger.charge_code, trigger.kind, trigger.amount_minor) == ("L1", Kind.FULFIL, 4900)
    assert (earned.obligation, earned.state, earned.earned_from) == (Obligation.LABOUR, EarnedState.EARNED, VISIT)


async def test_a_service_is_billed_from_the_time_it_came_up(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)

    trigger = await only_trigger(database)
    assert (trigger.kind, trigger.charge_code, trigger.service_id) == (Kind.START, "P1", service_id)
    assert (trigger.effective_at, trigger.amount_minor, trigger.period) == (VISIT, 3990, Period.MONTH)
    assert (trigger.stream_id, trigger.sequence) == (service_id, 1)


async def test_a_service_that_is_not_charged_by_itself_starts_nothing(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_started_service(tx, order, ServiceKind.ACCESS)

    assert await all_triggers(database) == []


async def test_a_service_that_ended_is_billed_and_earned_until_then(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)
        await resources.terminate(tx, service_id, END)
        await service.stop_billing(tx, service_id, END)

    start, stop = await all_triggers(database)
    [earned] = await all_earned(database)
    assert (stop.kind, stop.effective_at, stop.sequence) == (Kind.STOP, END, 2)
    assert (earned.billing_trigger_id, earned.earned_from, earned.earned_until) == (start.id, VISIT, END)


async def test_what_was_never_started_is_not_stopped(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.stop_billing(tx, await make_running_service(tx, order), END)

    assert await all_triggers(database) == []


async def test_a_start_that_we_hear_of_after_the_end_is_stopped_too(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_running_service(tx, order)
        await resources.terminate(tx, service_id, END)
        await service.stop_billing(tx, service_id, END)
        await service.start_billing(tx, service_id, VISIT)

    found = await all_triggers(database)
    assert [(one.kind, one.sequence, one.effective_at) for one in found] == [
        (Kind.START, 1, VISIT),
        (Kind.STOP, 2, END),
    ]


async def test_goods_are_earned_at_the_handover_with_their_proof(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        proof = await make_handover(tx, order.id, model=ONT.code)
        await service.trigger_handover(tx, proof)

    [earned] = await all_earned(database)
    assert (earned.obligation, earned.earned_from, earned.earned_until) == (Obligation.GOODS, VISIT, None)
    assert earned.evidence == Evidence(
        order_id=order.id,
        charge_line_id=line_id(order, "F1"),
        handover_id=proof,
        job_id=JOB,
        serials=["ONT-G1-1"],
    )


async def test_a_service_is_earned_over_time_from_its_activation(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_started_service(tx, order)

    [earned] = await all_earned(database)
    assert (earned.obligation, earned.earned_from, earned.earned_until) == (Obligation.SERVICE, VISIT, None)
    assert (earned.amount_minor, earned.period, earned.evidence.service_id) == (3990, Period.MONTH, service_id)


async def test_facts_that_are_heard_again_bill_and_earn_nothing_more(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        proof = await make_handover(tx, order.id)
        service_id = await make_running_service(tx, order)

    for _ in range(2):
        async with database.transaction(SYSTEM, "test") as tx:
            await service.trigger_handover(tx, proof)
            await service.start_billing(tx, service_id, VISIT)

    assert [one.kind for one in await all_triggers(database)] == [Kind.FULFIL, Kind.START]
    assert len(await all_earned(database)) == 2


async def test_one_fact_in_ten_transactions_at_once_makes_one_trigger(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        service_id = await make_running_service(tx, order)

    async def start() -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.start_billing(tx, service_id, VISIT)

    await asyncio.gather(*(start() for _ in range(10)))

    assert [one.sequence for one in await all_triggers(database)] == [1]
    assert len(await all_earned(database)) == 1


async def test_facts_that_come_at_once_and_twice_are_billed_once_each(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        many = await make_submitted_order(tx, ("MESH", 6))
        proofs = [await make_handover(tx, many.id, job_id=UUID(int=number)) for number in range(6)]

    async def bill(proof: UUID) -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.trigger_handover(tx, proof)

    await asyncio.gather(*(bill(proof) for proof in [*proofs, *proofs]))

    found = await all_triggers(database)
    assert [one.sequence for one in found] == [1] * 6
    assert len({one.stream_id for one in found}) == 6


async def test_what_is_undone_takes_its_number_back(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        first = await make_handover(tx, order.id)

    async def bill_and_fail() -> None:
        async with database.transaction(SYSTEM, "test") as tx:
            await service.trigger_handover(tx, first)
            await service.trigger_handover(tx, JOB)

    with pytest.raises(UnknownHandover):
        await bill_and_fail()

    async with database.transaction(SYSTEM, "test") as tx:
        await service.trigger_handover(tx, first)

    assert (await only_trigger(database)).sequence == 1


async def test_an_unknown_handover_is_not_found(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(UnknownHandover):
            await service.trigger_handover(tx, JOB)


async def test_services_that_start_together_are_billed_each_by_itself(database: Database):
    earlier = VISIT - timedelta(hours=1)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        placed = [await make_submitted_order(tx) for _ in range(3)]
        told, new, ended = [await make_running_service(tx, one) for one in placed]
        await service.start_billing(tx, told, VISIT)
        await resources.terminate(tx, ended, END)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.start_billing_together(tx, {told: earlier, new: VISIT, ended: VISIT})

    found = [(one.stream_id, one.kind, one.sequence, one.effective_at) for one in await all_triggers(database)]
    assert {one for one in found if one[0] == new} == {(new, Kind.START, 1, VISIT)}
    assert {one for one in found if one[0] == ended} == {(ended, Kind.START, 1, VISIT), (ended, Kind.STOP, 2, END)}
    assert [(kind, at) for stream, kind, _, at in found if stream == told] == [
        (Kind.START, VISIT),
        (Kind.START, earlier),
    ]
    assert len(await all_earned(database)) == 4
