"""Giving up an order: free before the point of no return, assessed behind it, and what the field did all the same."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.catalogue.authoring import withdraw_offering
from backend.catalogue.schemas import Period, PointOfNoReturn
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from backend.orders import service
from backend.orders.lifecycle import LineState, Milestone, OrderState
from backend.orders.schemas import Amend, DecideCancellation, DeliveryNotice, HandedOver, OrderedOffering, OrderView
from backend.resources import service as resources
from backend.resources.lifecycle import ServiceState
from tests.factories.catalogue import GATEWAY, MESH, ONT, PHONE, make_offering, make_price
from tests.factories.orders import AGENT, make_order_to_ship, make_shipment, make_shop, make_submitted_order
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

JOB = UUID("01978f6a-0000-7000-8000-00000000a001")
VISIT = MONDAY + timedelta(hours=2)
ONE_ONT = HandedOver(model=ONT.code, quantity=1, serials=["LWON00000001"])
GIVE_UP = DecideCancellation(accept=True, reason="The customer moves abroad.")


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx)


async def cancel_after_visit(tx: Transaction, order: OrderView) -> OrderView:
    """The technician is on the way when the customer gives up."""
    await service.reach(tx, order.id, Milestone.VISIT_BEGAN, MONDAY)
    return await service.cancel(tx, AGENT, order.id)


async def test_before_the_point_of_no_return_an_order_is_given_up_at_once(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.reach(tx, order.id, Milestone.DISPATCHED, MONDAY)

        given_up = await service.cancel(tx, AGENT, order.id)

    assert (given_up.state, {item.state for item in given_up.items}) == (OrderState.CANCELLED, {OrderState.CANCELLED})
    assert {line.state for line in given_up.charge_lines} == {LineState.CANCELLED}
    assert {one.state for one in given_up.services} == {ServiceState.TERMINATED}
    assert (given_up.reservations, given_up.resources) == ([], [])


async def test_services_end_before_those_that_they_run_on(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, AGENT, order.id)
        kinds = {one.id: one.kind for one in order.services}

        ended = await tx.session.scalars(
            select(OutboxRow.subject_id).where(OutboxRow.type == "service.cancelled").order_by(OutboxRow.id)
        )
        told = [kinds[one] for one in ended]

    assert told == ["voice", "internet", "access"]


async def test_when_the_visit_has_begun_somebody_has_to_decide(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        asked = await cancel_after_visit(tx, order)

    assert asked.state is OrderState.ASSESSING_CANCELLATION
    assert {one.reached for one in asked.cancellation} == {PointOfNoReturn.VISIT}
    assert not any(one.is_free for one in asked.cancellation)
    assert len(asked.reservations) == 4


async def test_what_giving_up_means_is_told_by_item(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.record_job(tx, order.id, job_id=JOB, goods=[ONE_ONT], occurred_at=VISIT)
        internet = next(one for one in order.services if one.kind == "internet")
        await resources.activate(tx, internet.id, VISIT)

        asked = await service.cancel(tx, AGENT, order.id)

    fibre = asked.cancellation[0]
    lines = {line.code: line.id for line in asked.charge_lines}
    assert set(fibre.stays_billed) == {lines["F1"], lines["L1"]}
    assert (fibre.at_customer, fibre.ends) == (["LWON00000001"], [internet.id])
    assert fibre.reached is PointOfNoReturn.DELIVERY


async def test_an_assessed_order_may_go_on(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await cancel_after_visit(tx, order)

        kept = await service.decide_cancellation(tx, AGENT, order.id, DecideCancellation(accept=False, reason="Stays."))

    assert (kept.state, kept.cancellation) == (OrderState.IN_PROGRESS, [])


async def test_what_was_delivered_stays_billed_and_what_runs_is_ended(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await cancel_after_visit(tx, order)
        await service.decide_cancellation(tx, AGENT, order.id, GIVE_UP)
        await service.record_job(tx, order.id, job_id=JOB, goods=[ONE_ONT], occurred_at=VISIT)
        for one in order.services:
            await resources.activate(tx, one.id, VISIT)
            await service.services_activated(tx, {one.id: VISIT})
        waiting = await service.order_view(tx, order.id)
        await service.conclude(tx, order.id)
        await service.conclude(tx, order.id)

        ended = await service.order_view(tx, order.id)

    assert waiting.state is OrderState.PENDING_CANCELLATION
    assert ended.state is OrderState.CANCELLED
    states = {line.code: line.state for line in ended.charge_lines}
    assert {code for code, state in states.items() if state is LineState.DONE} == {"F1", "L1", "P1", "P2"}
    assert states["F2"] is LineState.CANCELLED
    assert {one.state for one in ended.services} == {ServiceState.TERMINATED}


async def test_an_order_is_not_over_while_a_parcel_of_it_is_on_its_way(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_shop(tx)
        order = await make_order_to_ship(tx)
        sent = await make_shipment(tx, order, depot.id, "LWMS00000001")
        asked = await service.cancel(tx, AGENT, order.id)
        await service.decide_cancellation(tx, AGENT, order.id, GIVE_UP)
        await service.conclude(tx, order.id)
        waiting = await service.order_view(tx, order.id)
        notice = DeliveryNotice(notice="DN-1", received_by="A. Aalto", occurred_at=tx.now)
        await service.deliver(tx, AGENT, sent.id, notice)
        await service.conclude(tx, order.id)

        ended = await service.order_view(tx, order.id)

    assert (asked.state, waiting.state) == (OrderState.ASSESSING_CANCELLATION, OrderState.PENDING_CANCELLATION)
    assert ended.state is OrderState.CANCELLED
    assert {(line.state, line.quantity) for line in ended.charge_lines} == {
        (LineState.DONE, 1),
        (LineState.CANCELLED, 1),
    }


async def test_an_order_that_was_given_up_goes_on_when_the_field_had_done_it(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, AGENT, order.id)

        await service.revive(tx, order.id)

        revived = await service.order_view(tx, order.id)

    fresh = [one for one in revived.services if one.state is ServiceState.INACTIVE]
    assert revived.state is OrderState.IN_PROGRESS
    assert sorted(one.kind for one in fresh) == ["access", "internet", "voice"]
    assert {line.state for line in revived.charge_lines} == {LineState.OPEN}
    charged = {line.service_id for line in revived.charge_lines if line.service_id}
    assert charged == {one.id for one in fresh if one.kind != "access"}


async def test_what_was_added_later_is_taken_up_again_on_the_terms_of_its_day(
    database: Database, order: OrderView, clock: FixedClock
):
    clock.advance(3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await make_offering(tx, code="PHONE-2", specification=PHONE, published_from=tx.now)
        await make_price(tx, "PHONE-2", "P2", 1290, period=Period.MONTH, valid_from=tx.now)
        await service.amend(tx, AGENT, order.id, Amend(add=[OrderedOffering(offering_code="PHONE-2")]))
    clock.advance(3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await withdraw_offering(tx, "PHONE-2", tx.now)
        await service.cancel(tx, AGENT, order.id)

        await service.revive(tx, order.id)

        revived = await service.order_view(tx, order.id)

    added = next(item for item in revived.items if item.offering_code == "PHONE-2")
    [line] = [line for line in revived.charge_lines if line.order_item_id == added.id]
    [voice] = [one for one in revived.services if one.id == line.service_id]
    assert {item.state for item in revived.items} == {OrderState.IN_PROGRESS}
    assert (line.state, line.amount_minor, voice.state) == (LineState.OPEN, 1290, ServiceState.INACTIVE)


async def test_an_order_that_was_taken_up_again_is_complete_with_its_new_services(database: Database, order: OrderView):
    goods = [HandedOver(model=one.code, quantity=2, serials=["X", "Y"]) for one in (ONT, GATEWAY, MESH)]
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, AGENT, order.id)
        await service.revive(tx, order.id)
        await service.record_job(tx, order.id, job_id=JOB, goods=goods, occurred_at=VISIT)
        for one in (await service.order_view(tx, order.id)).services:
            if one.state is ServiceState.INACTIVE:
                await resources.activate(tx, one.id, VISIT)
                await service.services_activated(tx, {one.id: VISIT})

        assert (await service.order_view(tx, order.id)).state is OrderState.COMPLETED


async def test_an_order_that_is_complete_is_not_given_up(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        depot = await make_shop(tx)
        order = await make_order_to_ship(tx, quantity=1)
        sent = await make_shipment(tx, order, depot.id)
        notice = DeliveryNotice(notice="DN-1", received_by="A. Aalto", occurred_at=tx.now)
        await service.deliver(tx, AGENT, sent.id, notice)

        with pytest.raises(IllegalMove):
            await service.cancel(tx, AGENT, order.id)
