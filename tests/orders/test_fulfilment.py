"""Goods handed over, work done, services active: each line by itself, and what they make of the order."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.inventory.lifecycle import SerialState
from backend.inventory.models import SerialUnit
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.outbox import OutboxRow
from backend.orders import service
from backend.orders.handovers import HANDOVER_RECORDED, Proof, record_goods
from backend.orders.lifecycle import FulfilmentMethod, LineState, OrderState
from backend.orders.schemas import HandedOver, OrderView
from backend.resources import service as resources
from backend.resources.lifecycle import ResourceState, ServiceState
from backend.resources.models import Resource
from tests.factories.catalogue import GATEWAY, MESH, ONT
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

JOB = UUID("01978f6a-0000-7000-8000-00000000a001")
SECOND_JOB = UUID("01978f6a-0000-7000-8000-00000000a002")
VISIT = MONDAY + timedelta(hours=2)

ONE_ONT = HandedOver(model=ONT.code, quantity=1, serials=["LWON00000001"])
ONE_GATEWAY = HandedOver(model=GATEWAY.code, quantity=1, serials=["LWGW00000001"])
ONE_MESH = HandedOver(model=MESH.code, quantity=1, serials=["LWMS00000001"])
OTHER_MESH = HandedOver(model=MESH.code, quantity=1, serials=["LWMS00000002"])
TWO_MESH = HandedOver(model=MESH.code, quantity=2, serials=["LWMS00000001", "LWMS00000002"])


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx)


async def complete_job(tx: Transaction, order: OrderView, *goods: HandedOver, job_id: UUID = JOB) -> OrderView:
    await service.record_job(tx, order.id, job_id=job_id, goods=goods, occurred_at=VISIT)
    return await service.order_view(tx, order.id)


async def activate_all(tx: Transaction, order: OrderView) -> OrderView:
    for one in order.services:
        await resources.activate(tx, one.id, VISIT)
        await service.services_activated(tx, {one.id: VISIT})
    return await service.order_view(tx, order.id)


async def test_a_full_job_and_active_services_complete_the_order(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await complete_job(tx, order, ONE_ONT, ONE_GATEWAY, TWO_MESH)

        done = await activate_all(tx, order)

    assert done.state is OrderState.COMPLETED
    assert {item.state for item in done.items} == {OrderState.COMPLETED}
    assert {line.state for line in done.charge_lines} == {LineState.DONE}


async def test_goods_work_and_services_are_earned_each_by_itself(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        after_the_job = await complete_job(tx, order, ONE_ONT, ONE_MESH)

    assert {(line.code, line.state) for line in after_the_job.charge_lines} == {
        ("F1", LineState.DONE),
        ("F2", LineState.DONE),
        ("F2", LineState.OPEN),
        ("P1", LineState.OPEN),
        ("P2", LineState.OPEN),
        ("L1", LineState.DONE),
    }


async def test_a_line_that_is_delivered_in_part_is_split(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        after_the_job = await complete_job(tx, order, ONE_MESH)

    rest, part = (line for line in after_the_job.charge_lines if line.code == "F2")
    assert (rest.state, rest.quantity, rest.split_from) == (LineState.OPEN, 1, None)
    assert (part.state, part.quantity, part.split_from) == (LineState.DONE, 1, rest.id)
    assert (part.amount_minor, part.earned, part.model) == (rest.amount_minor, rest.earned, rest.model)


async def test_while_services_are_on_the_way_the_order_goes_on(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        after_the_job = await complete_job(tx, order, ONE_ONT, ONE_MESH)

    assert after_the_job.state is OrderState.IN_PROGRESS


async def test_what_is_left_when_the_job_ended_makes_the_order_partial(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await complete_job(tx, order, ONE_ONT, ONE_MESH)

        ended = await activate_all(tx, order)

    assert ended.state is OrderState.PARTIAL
    assert [item.state for item in ended.items] == [OrderState.COMPLETED, OrderState.COMPLETED, OrderState.PARTIAL]


async def test_an_order_that_ended_gives_back_what_it_did_not_use(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await complete_job(tx, order, ONE_ONT, ONE_MESH)

        ended = await activate_all(tx, order)

        reserved = select(SerialUnit.serial).where(SerialUnit.state == SerialState.RESERVED)
        assert ended.reservations == []
        assert list(await tx.session.scalars(reserved)) == []


async def test_the_second_visit_completes_a_partial_order(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await complete_job(tx, order, ONE_ONT, ONE_MESH)
        await activate_all(tx, order)

        done = await complete_job(tx, order, OTHER_MESH, job_id=SECOND_JOB)

    assert done.state is OrderState.COMPLETED
    assert [(line.state, line.quantity) for line in done.charge_lines if line.code == "F2"] == [(LineState.DONE, 1)] * 2


async def test_each_handover_keeps_its_serials_its_job_and_when_it_happened(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        done = await complete_job(tx, order, ONE_ONT, TWO_MESH)

    codes = {line.id: line.code for line in done.charge_lines}
    proofs = {codes[proof.charge_line_id]: proof for proof in done.handovers}
    assert {code: (proof.quantity, proof.serials) for code, proof in proofs.items()} == {
        "F1": (1, ["LWON00000001"]),
        "F2": (2, ["LWMS00000001", "LWMS00000002"]),
        "L1": (1, []),
    }
    assert {(proof.job_id, proof.occurred_at) for proof in done.handovers} == {(JOB, VISIT)}


async def test_billing_hears_of_each_handover_once_also_when_the_event_comes_twice(
    database: Database, order: OrderView
):
    async with database.transaction(SYSTEM, "test") as tx:
        first = await complete_job(tx, order, ONE_ONT, ONE_MESH)
        again = await complete_job(tx, order, ONE_ONT, ONE_MESH)

        told = await tx.session.scalars(select(OutboxRow).where(OutboxRow.type == HANDOVER_RECORDED))

        assert again == first
        assert {(event.subject_id, event.occurred_at) for event in told} == {
            (proof.id, VISIT) for proof in first.handovers
        }
    assert len(first.handovers) == 3


async def test_an_activation_that_is_told_twice_counts_once(database: Database, order: OrderView):
    voice = next(one for one in order.services if one.kind == "voice")
    async with database.transaction(SYSTEM, "test") as tx:
        await resources.activate(tx, voice.id, VISIT)
        await service.services_activated(tx, {voice.id: VISIT})
        await service.services_activated(tx, {voice.id: VISIT})

        line = await service.line_of_service(tx, voice.id)

    assert line is not None
    assert (line.code, line.state) == ("P2", LineState.DONE)


async def test_a_service_without_a_charge_of_its_own_is_no_trouble(database: Database, order: OrderView):
    access = next(one for one in order.services if one.kind == "access")
    async with database.transaction(SYSTEM, "test") as tx:
        await resources.activate(tx, access.id, VISIT)

        await service.services_activated(tx, {access.id: VISIT})

        assert await service.line_of_service(tx, access.id) is None


async def test_more_than_was_ordered_is_not_charged(database: Database, order: OrderView):
    three = HandedOver(model=MESH.code, quantity=3, serials=["LWMS00000001", "LWMS00000002", "LWMS00000003"])
    async with database.transaction(SYSTEM, "test") as tx:
        done = await complete_job(tx, order, three)

    assert [(line.state, line.quantity) for line in done.charge_lines if line.code == "F2"] == [(LineState.DONE, 2)]


async def test_goods_of_a_model_go_to_the_oldest_line_first(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx, ("FIBRE-500", 1), ("MESH", 1), ("MESH", 2))

        done = await complete_job(tx, order, TWO_MESH)

    first, second = [item.id for item in done.items if item.offering_code == "MESH"]
    meshes = [(line.order_item_id, line.state, line.quantity) for line in done.charge_lines if line.code == "F2"]
    assert meshes == [(first, LineState.DONE, 1), (second, LineState.OPEN, 1), (second, LineState.DONE, 1)]


async def test_an_order_that_nobody_works_on_fails_and_gives_everything_back(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.abandon(tx, order.id)

        ended = await service.order_view(tx, order.id)
        units = await tx.session.scalars(select(SerialUnit.state).distinct())
        assigned = select(Resource.value).where(Resource.state.in_([ResourceState.ASSIGNED, ResourceState.RESERVED]))
        assert list(units) == [SerialState.AVAILABLE]
        assert list(await tx.session.scalars(assigned)) == []
    assert ended.state is OrderState.FAILED
    assert {one.state for one in ended.services} == {ServiceState.TERMINATED}


async def test_an_order_that_is_abandoned_after_a_handover_ends_in_part(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        proof = Proof(method=FulfilmentMethod.TECHNICIAN, job_id=JOB, occurred_at=VISIT)
        await record_goods(tx, order.id, [TWO_MESH], proof)
        await service.abandon(tx, order.id)

        ended = await service.order_view(tx, order.id)

    assert ended.state is OrderState.PARTIAL
    assert [item.state for item in ended.items] == [OrderState.FAILED, OrderState.FAILED, OrderState.COMPLETED]


async def test_billing_reads_a_handover_and_its_line(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        done = await complete_job(tx, order, ONE_ONT)
        proof = await service.handover(tx, done.handovers[0].id)

        line = await service.charge_line(tx, proof.charge_line_id)

    assert (line.code, line.amount_minor, line.currency, proof.quantity) == ("F1", 9900, "EUR", 1)
