"""Goods that are shipped or picked up: stock, proof, lines and bill of each by itself, whatever becomes of the visit."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from backend.inventory import service as inventory
from backend.inventory.lifecycle import SerialState
from backend.inventory.models import LocationKind
from backend.inventory.schemas import NotAtLocation
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.outbox import OutboxRow
from backend.orders import service
from backend.orders.errors import BadHandoverTime, NotWanted, TrackingReferenceKnown
from backend.orders.handovers import HANDOVER_RECORDED
from backend.orders.lifecycle import ConsignmentState, FulfilmentMethod, LineState, OrderState
from backend.orders.schemas import (
    ComeBack,
    ConsignmentView,
    DeliveryNotice,
    OrderedOffering,
    OrderView,
    PickUp,
    PlaceOrder,
    Ship,
)
from tests.factories.catalogue import MESH
from tests.factories.customers import make_premises
from tests.factories.orders import AGENT, make_shop
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

LATER = MONDAY + timedelta(hours=20)
UNITS = ["LWMS00000001", "LWMS00000002"]


async def make_sold(tx: Transaction, *wanted: OrderedOffering) -> OrderView:
    """A submitted order of these, in a shop with ten of everything; two mesh units by shipment if none are named."""
    await make_shop(tx)
    place = await make_premises(tx)
    items = [*wanted] or [OrderedOffering(offering_code="MESH", quantity=2, fulfilment=FulfilmentMethod.SHIPMENT)]
    order = await service.place(tx, AGENT, PlaceOrder(account_id=place.account_id, premises_id=place.id, items=items))
    return await service.submit(tx, AGENT, order.id)


async def shelf(tx: Transaction) -> UUID:
    return (await inventory.location_page(tx, kind=LocationKind.DEPOT, page_size=1, cursor=None)).items[0].id


async def ship(tx: Transaction, order: OrderView, *serials: str, reference: str = "JJFI1") -> ConsignmentView:
    parcel = Ship(
        from_location_id=await shelf(tx), serials=list(serials), carrier="Posti", tracking_reference=reference
    )
    return await service.ship(tx, AGENT, order.id, parcel)


def notice(number: str = "DN-7", at: datetime = LATER) -> DeliveryNotice:
    return DeliveryNotice(notice=number, received_by="A. Aalto", occurred_at=at)


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_sold(tx)


async def test_what_is_shipped_is_with_the_carrier_and_not_yet_handed_over(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        sent = await ship(tx, order, *UNITS)

        unit, view = await inventory.unit(tx, UNITS[0]), await service.order_view(tx, order.id)

    assert sent.state is ConsignmentState.IN_TRANSIT
    assert (unit.state, unit.location.kind, unit.location.name) == (
        SerialState.IN_TRANSIT,
        LocationKind.CARRIER,
        "Posti",
    )
    assert (view.reservations, view.handovers, view.state) == ([], [], OrderState.IN_PROGRESS)


async def test_the_delivery_notice_hands_over_bills_and_completes(
    database: Database, order: OrderView, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        sent = await ship(tx, order, *UNITS)
    clock.advance(24 * 3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.deliver(tx, AGENT, sent.id, notice())

        view = await service.order_view(tx, order.id)
        told = list(await tx.session.scalars(select(OutboxRow).where(OutboxRow.type == HANDOVER_RECORDED)))
        installed = await inventory.installed_at(tx, order.premises_id)

    [proof] = view.handovers
    assert (proof.method, proof.reference, proof.received_by) == (FulfilmentMethod.SHIPMENT, "DN-7", "A. Aalto")
    assert (proof.serials, proof.occurred_at, proof.job_id, proof.consignment_id) == (UNITS, LATER, None, sent.id)
    assert [(event.subject_id, event.occurred_at) for event in told] == [(proof.id, LATER)]
    assert sorted(unit.serial for unit in installed) == UNITS
    assert view.state is OrderState.COMPLETED


async def test_two_parcels_split_the_line_and_each_is_billed(database: Database, order: OrderView, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        parcels = [await ship(tx, order, unit, reference=unit) for unit in UNITS]
    clock.advance(24 * 3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.deliver(tx, AGENT, parcels[0].id, notice())
        halfway = await service.order_view(tx, order.id)
        await service.deliver(tx, AGENT, parcels[1].id, notice("DN-8"))

        done = await service.order_view(tx, order.id)

    assert [line.state for line in halfway.charge_lines] == [LineState.OPEN, LineState.DONE]
    assert halfway.state is OrderState.IN_PROGRESS
    assert {proof.reference: proof.quantity for proof in done.handovers} == {"DN-7": 1, "DN-8": 1}
    assert done.state is OrderState.COMPLETED


async def test_a_customer_signs_at_the_counter(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        order = await make_sold(tx, OrderedOffering(offering_code="MESH", fulfilment=FulfilmentMethod.PICK_UP))
        given = PickUp(from_location_id=await shelf(tx), serials=UNITS[:1], receipt="R-12", received_by="A. Aalto")
        await service.hand_out(tx, AGENT, order.id, given)

        view, unit = await service.order_view(tx, order.id), await inventory.unit(tx, UNITS[0])

    [proof] = view.handovers
    assert (proof.method, proof.reference, proof.occurred_at) == (FulfilmentMethod.PICK_UP, "R-12", MONDAY)
    assert (unit.state, unit.location.premises_id) == (SerialState.INSTALLED, order.premises_id)
    assert view.state is OrderState.COMPLETED


async def test_a_visit_that_fails_leaves_the_parcel_alone(database: Database, clock: FixedClock):
    shipped = OrderedOffering(offering_code="MESH", fulfilment=FulfilmentMethod.SHIPMENT)
    async with database.transaction(SYSTEM, "test") as tx:
        order = await make_sold(tx, OrderedOffering(offering_code="FIBRE-500"), shipped)
        sent = await ship(tx, order, UNITS[0])
        await service.abandon(tx, order.id)
        meanwhile = await service.order_view(tx, order.id)
    clock.advance(24 * 3600)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.deliver(tx, AGENT, sent.id, notice())
        ended = await service.order_view(tx, order.id)

    assert [item.state for item in meanwhile.items] == [OrderState.FAILED, OrderState.IN_PROGRESS]
    assert (meanwhile.state, meanwhile.reservations) == (OrderState.IN_PROGRESS, [])
    assert [item.state for item in ended.items] == [OrderState.FAILED, OrderState.COMPLETED]
    assert ended.state is OrderState.PARTIAL


async def test_a_parcel_that_comes_back_is_free_again_and_still_wanted(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        sent = await ship(tx, order, *UNITS)
        back = ComeBack(to_location_id=sent.from_location_id, reason="addressee unknown")
        await service.bring_back(tx, AGENT, sent.id, back)

        unit = await inventory.unit(tx, UNITS[0])
        again = await ship(tx, order, *UNITS, reference="JJFI2")

    assert (unit.state, unit.location.kind) == (SerialState.AVAILABLE, LocationKind.DEPOT)
    assert again.state is ConsignmentState.IN_TRANSIT


async def test_the_depot_sees_what_it_has_to_send_until_it_is_on_its_way(database: Database, order: OrderView):
    async def seen(tx: Transaction) -> list[dict[str, int]]:
        page = await service.to_fulfil(tx, AGENT, FulfilmentMethod.SHIPMENT, page_size=10, cursor=None)
        return [one.goods for one in page.items]

    async with database.transaction(SYSTEM, "test") as tx:
        before = await seen(tx)
        await ship(tx, order, UNITS[0])
        halfway = await seen(tx)
        await ship(tx, order, UNITS[1], reference="JJFI2")

        assert (before, halfway, await seen(tx)) == ([{MESH.code: 2}], [{MESH.code: 1}], [])


async def _too_much(tx: Transaction, order: OrderView) -> None:
    await ship(tx, order, "LWMS00000001", "LWMS00000002", "LWMS00000003")


async def _other_goods(tx: Transaction, order: OrderView) -> None:
    await ship(tx, order, "LWON00000001")


async def _nothing(tx: Transaction, order: OrderView) -> None:
    await ship(tx, order)


async def _over_the_counter(tx: Transaction, order: OrderView) -> None:
    given = PickUp(from_location_id=await shelf(tx), serials=UNITS, receipt="R-1", received_by="A. Aalto")
    await service.hand_out(tx, AGENT, order.id, given)


async def _same_label(tx: Transaction, order: OrderView) -> None:
    await ship(tx, order, UNITS[0])
    await ship(tx, order, UNITS[1])


async def _gone_already(tx: Transaction, order: OrderView) -> None:
    await ship(tx, order, UNITS[0])
    await ship(tx, order, UNITS[0], reference="JJFI2")


async def _in_the_future(tx: Transaction, order: OrderView) -> None:
    await service.deliver(tx, AGENT, (await ship(tx, order, *UNITS)).id, notice())


async def _twice(tx: Transaction, order: OrderView) -> None:
    sent = await ship(tx, order, *UNITS)
    await service.deliver(tx, AGENT, sent.id, notice(at=tx.now))
    await service.deliver(tx, AGENT, sent.id, notice(at=tx.now))


@pytest.mark.parametrize(
    ("mistake", "refusal"),
    [
        (_too_much, NotWanted),
        (_other_goods, NotWanted),
        (_nothing, NotWanted),
        (_over_the_counter, NotWanted),
        (_same_label, TrackingReferenceKnown),
        (_gone_already, NotAtLocation),
        (_in_the_future, BadHandoverTime),
        (_twice, IllegalMove),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    database: Database,
    order: OrderView,
    mistake: Callable[[Transaction, OrderView], Awaitable[None]],
    refusal: type[Exception],
):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(refusal):
            await mistake(tx, order)
