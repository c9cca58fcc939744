"""An order under way is changed: items come in, go out, or reach the customer another way."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.orders import service
from backend.orders.errors import (
    CannotBeHad,
    NothingLeft,
    PointOfNoReturnPassed,
    UnknownItem,
    VisitHasBegun,
)
from backend.orders.lifecycle import FulfilmentMethod, LineState, Milestone, OrderState
from backend.orders.schemas import Amend, HandedOver, OrderedOffering, OrderView
from backend.resources import service as resources
from tests.factories.catalogue import GATEWAY, MESH, ONT
from tests.factories.orders import AGENT, make_shop, make_submitted_order
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

JOB = UUID("01978f6a-0000-7000-8000-00000000a001")
VISIT = MONDAY + timedelta(hours=2)


@pytest.fixture
async def order(database: Database) -> OrderView:
    """Fibre and two mesh units, which the technician brings."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx, ("FIBRE-500", 1), ("MESH", 2))


async def test_what_is_added_is_reserved_and_decomposed(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        changed = await service.amend(tx, AGENT, order.id, Amend(add=[OrderedOffering(offering_code="PHONE")]))

    assert [item.state for item in changed.items] == [OrderState.IN_PROGRESS] * 3
    assert sorted(one.kind for one in changed.services) == ["access", "internet", "voice"]
    assert {line.code for line in changed.charge_lines} == {"F1", "P1", "L1", "F2", "P2"}


async def test_what_is_taken_out_is_given_back(database: Database, order: OrderView):
    mesh = order.items[1]
    async with database.transaction(SYSTEM, "test") as tx:
        changed = await service.amend(tx, AGENT, order.id, Amend(remove=[mesh.id]))

    assert [item.state for item in changed.items] == [OrderState.IN_PROGRESS, OrderState.CANCELLED]
    assert {one.model for one in changed.reservations} == {ONT.code, GATEWAY.code}
    assert {line.code: line.state for line in changed.charge_lines}["F2"] is LineState.CANCELLED


async def test_an_item_that_was_taken_out_does_not_keep_the_order_from_being_complete(
    database: Database, order: OrderView
):
    goods = [HandedOver(model=one.code, quantity=1, serials=["X"]) for one in (ONT, GATEWAY)]
    async with database.transaction(SYSTEM, "test") as tx:
        await service.amend(tx, AGENT, order.id, Amend(remove=[order.items[1].id]))
        await service.record_job(tx, order.id, job_id=JOB, goods=goods, occurred_at=VISIT)
        for one in order.services:
            await resources.activate(tx, one.id, VISIT)
            await service.services_activated(tx, {one.id: VISIT})

        assert (await service.order_view(tx, order.id)).state is OrderState.COMPLETED


async def test_the_rest_of_a_partial_order_is_sent_after_it(database: Database, order: OrderView):
    mesh = order.items[1]
    goods = [HandedOver(model=one.code, quantity=1, serials=["X"]) for one in (ONT, GATEWAY, MESH)]
    async with database.transaction(SYSTEM, "test") as tx:
        await service.record_job(tx, order.id, job_id=JOB, goods=goods, occurred_at=VISIT)
        for one in order.services:
            await resources.activate(tx, one.id, VISIT)
            await service.services_activated(tx, {one.id: VISIT})
        partial = await service.order_view(tx, order.id)

        changed = await service.amend(tx, AGENT, order.id, Amend(redirect={mesh.id: FulfilmentMethod.SHIPMENT}))
        page = await service.to_fulfil(tx, AGENT, FulfilmentMethod.SHIPMENT, page_size=10, cursor=None)

    assert (partial.state, changed.state) == (OrderState.PARTIAL, OrderState.IN_PROGRESS)
    assert [one.model for one in changed.reservations] == [MESH.code]
    assert [one.goods for one in page.items] == [{MESH.code: 1}]
    assert {(line.state, line.fulfilment) for line in changed.charge_lines if line.code == "F2"} == {
        (LineState.DONE, FulfilmentMethod.TECHNICIAN),
        (LineState.OPEN, FulfilmentMethod.SHIPMENT),
    }


async def test_prices_of_what_is_added_are_those_of_today(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        changed = await service.amend(
            tx,
            AGENT,
            order.id,
            Amend(add=[OrderedOffering(offering_code="MESH", fulfilment=FulfilmentMethod.PICK_UP)]),
        )

    added = [line for line in changed.charge_lines if line.fulfilment is FulfilmentMethod.PICK_UP]
    assert [(line.code, line.amount_minor) for line in added] == [("F2", 7900)]


def add(code: str, quantity: int = 1) -> Callable[[OrderView], Amend]:
    return lambda order: Amend(add=[OrderedOffering(offering_code=code, quantity=quantity)])


@pytest.mark.parametrize(
    ("is_visited", "change", "refusal"),
    [
        (False, lambda order: Amend(remove=[item.id for item in order.items]), NothingLeft),
        (False, lambda order: Amend(remove=[order.id]), UnknownItem),
        (False, add("MESH", 50), CannotBeHad),
        (True, lambda order: Amend(remove=[order.items[1].id]), PointOfNoReturnPassed),
        (True, add("FIBRE-500"), VisitHasBegun),
        (True, lambda order: Amend(redirect={order.items[1].id: FulfilmentMethod.TECHNICIAN}), VisitHasBegun),
    ],
)
async def test_a_change_that_cannot_be_made_changes_nothing(
    database: Database,
    order: OrderView,
    *,
    is_visited: bool,
    change: Callable[[OrderView], Amend],
    refusal: type[Exception],
):
    async with database.transaction(SYSTEM, "test") as tx:
        if is_visited:
            await service.reach(tx, order.id, Milestone.VISIT_BEGAN, MONDAY)
        before = await service.order_view(tx, order.id)

    with pytest.raises(refusal):
        async with database.transaction(SYSTEM, "test") as tx:
            await service.amend(tx, AGENT, order.id, change(order))

    async with database.transaction(SYSTEM, "test") as tx:
        assert await service.order_view(tx, order.id) == before


async def test_an_order_that_was_given_up_is_not_changed(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await service.cancel(tx, AGENT, order.id)

        with pytest.raises(IllegalMove):
            await service.amend(tx, AGENT, order.id, Amend(remove=[order.items[1].id]))
