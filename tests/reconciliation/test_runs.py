"""Runs find breaks, keep them while they are there, and close them when they are gone."""

from datetime import timedelta
from uuid import UUID, uuid4

import msgspec
import pytest
from sqlalchemy import select

from backend.billing import delivery as billing_delivery
from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.outbox import OutboxRow
from backend.orders.schemas import OrderView
from backend.ports import BillingRefused, BillingUnreachable
from backend.reconciliation import service, tasks
from backend.reconciliation.lifecycle import BreakState, RunState
from backend.reconciliation.routes import ROUTES
from backend.reconciliation.schemas import BreakKind
from backend.resources import service as resources
from clients.billing.messages import Extract
from tests.factories.billing import (
    VISIT,
    FakeBilling,
    all_triggers,
    make_acknowledgement,
    make_rejection,
    make_running_service,
    make_started_service,
)
from tests.factories.callers import calling
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY, FixedClock
from tests.reconciliation.runs import breaks, hear, item, look, reconcile

pytestmark = pytest.mark.anyio

ANALYST = Principal(actor=SYSTEM, role=Role.BILLING_ANALYST)


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx)


async def run_service(database: Database, order: OrderView, kind: ServiceKind = ServiceKind.INTERNET) -> UUID:
    async with database.transaction(SYSTEM, "test") as tx:
        return await make_running_service(tx, order, kind)


async def told(database: Database) -> list[str]:
    """The events about breaks, in order."""
    async with database.snapshot(SYSTEM, "test") as tx:
        query = select(OutboxRow.type).where(OutboxRow.type.like("service_break.%")).order_by(OutboxRow.id)
        return list(await tx.session.scalars(query))


async def test_a_service_that_runs_and_is_not_billed_is_found_with_its_price(database: Database, order: OrderView):
    service_id = await run_service(database, order)

    run = await reconcile(database, FakeBilling())

    [found] = await breaks(database)
    assert (found.kind, found.service_id, found.since) == (BreakKind.ACTIVE_NOT_BILLED, service_id, VISIT)
    assert (found.risk_minor_per_day, found.currency, found.found_at) == (131, "EUR", MONDAY)
    assert (run.state, run.services_compared, run.items_compared) == (RunState.DONE, 1, 0)
    assert (run.breaks_found, run.breaks_opened, run.breaks_closed) == (1, 1, 0)


@pytest.mark.parametrize(
    ("role", "place"), [(Role.BILLING_ANALYST, "Liisankatu 12 B 7, 00170 Helsinki"), (Role.WAREHOUSE, None)]
)
async def test_a_break_names_its_service_its_order_and_its_place_to_whoever_may_look_places_up(
    database: Database, order: OrderView, role: Role, place: str | None
):
    await run_service(database, order)
    await reconcile(database, FakeBilling())
    reader = Principal(actor=SYSTEM, role=role)

    async with database.snapshot(SYSTEM, "test") as tx:
        page = await service.see_breaks(tx, reader, state=None, kind=None, page_size=50, cursor=None)

    [found] = page.items
    assert (found.service_kind, found.order_number, found.place) == (ServiceKind.INTERNET, order.number, place)


async def test_all_in_balance_is_no_break_and_access_is_not_looked_at(database: Database, order: OrderView):
    await run_service(database, order, ServiceKind.ACCESS)
    internet = await run_service(database, order)

    run = await reconcile(database, FakeBilling(items=[item(order, internet)]))

    assert (run.services_compared, run.items_compared, run.breaks_found) == (1, 1, 0)
    assert await breaks(database) == []


async def test_a_break_that_is_found_again_stays_one_break(database: Database, order: OrderView, clock: FixedClock):
    await run_service(database, order)
    await reconcile(database, FakeBilling())
    clock.advance(3600)

    run = await reconcile(database, FakeBilling())

    [found] = await breaks(database)
    assert (found.state, found.found_at) == (BreakState.REPAIR_PROPOSED, MONDAY)
    assert (run.breaks_found, run.breaks_opened, run.breaks_closed) == (1, 0, 0)


async def test_a_break_that_is_gone_closes_by_itself(database: Database, order: OrderView, clock: FixedClock):
    service_id = await run_service(database, order)
    await reconcile(database, FakeBilling())
    clock.advance(3600)

    run = await reconcile(database, FakeBilling(items=[item(order, service_id)]))

    [found] = await breaks(database)
    assert (found.state, found.closed_at, found.closed_by) == (
        BreakState.CLOSED,
        MONDAY + timedelta(hours=1),
        run.id,
    )
    assert await told(database) == ["service_break.found", "service_break.closed"]


async def test_a_break_that_comes_back_is_a_new_one(database: Database, order: OrderView):
    service_id = await run_service(database, order)

    for items in ([], [item(order, service_id)], []):
        await reconcile(database, FakeBilling(items=items))

    assert [one.state for one in await breaks(database)] == [BreakState.CLOSED, BreakState.REPAIR_PROPOSED]


async def test_a_break_names_the_triggers_to_look_at(database: Database, order: OrderView):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_started_service(tx, order)
    [trigger] = await all_triggers(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await billing_delivery.acknowledge(tx, make_rejection(trigger.id), "message-1")

    await reconcile(database, FakeBilling())

    [found] = await breaks(database)
    assert found.root_cause.triggers == {str(trigger.id): "rejected"}


async def test_what_billing_was_told_just_now_is_given_time(database: Database, order: OrderView, clock: FixedClock):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_started_service(tx, order)

    class Later(FakeBilling):
        async def extract(self) -> Extract:
            return Extract(as_of=clock.now(), items=[])

    await reconcile(database, Later())
    at_once = await breaks(database)
    clock.advance(15 * 60)
    await reconcile(database, Later())

    assert (len(at_once), len(await breaks(database))) == (0, 1)


async def test_a_service_whose_start_is_not_delivered_yet_is_given_time(database: Database, order: OrderView):
    await run_service(database, order)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.request(tx)

    await look(database, FakeBilling())

    assert await breaks(database) == []


async def test_what_billing_learned_after_it_was_asked_is_given_time(
    database: Database, order: OrderView, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_started_service(tx, order)
    [trigger] = await all_triggers(database)

    class Meanwhile(FakeBilling):
        async def extract(self) -> Extract:
            clock.advance(1)
            async with database.transaction(SYSTEM, "test") as tx:
                await billing_delivery.acknowledge(tx, make_acknowledgement(trigger.id), "msg-1")
            return await super().extract()

    await reconcile(database, Meanwhile())

    assert await breaks(database) == []


async def test_a_service_that_ended_and_is_still_billed_is_found_since_its_end(database: Database, order: OrderView):
    service_id = await run_service(database, order)
    async with database.transaction(SYSTEM, "test") as tx:
        await resources.terminate(tx, service_id, MONDAY - timedelta(hours=1))

    await reconcile(database, FakeBilling(items=[item(order, service_id)]))

    [found] = await breaks(database)
    assert (found.kind, found.since) == (BreakKind.BILLED_NOT_ACTIVE, MONDAY - timedelta(hours=1))


async def test_a_service_that_only_billing_knows_is_found(database: Database, order: OrderView):
    [internet] = [one for one in order.services if one.kind is ServiceKind.INTERNET]
    stranger = msgspec.structs.replace(item(order, internet.id), service_id=UUID(int=5))

    await reconcile(database, FakeBilling(items=[stranger]))

    [found] = await breaks(database)
    assert (found.kind, found.service_id) == (BreakKind.BILLED_NOT_ACTIVE, UUID(int=5))


async def test_without_an_extract_the_run_is_tried_again(database: Database, order: OrderView, clock: FixedClock):
    await run_service(database, order)
    billing = FakeBilling([BillingUnreachable(reason="ConnectError")])
    waiting = await reconcile(database, billing)
    clock.advance(300)

    await look(database, billing)

    async with database.snapshot(SYSTEM, "test") as tx:
        done = await service.see_run(tx, waiting.id)
    assert (waiting.state, done.state, done.breaks_found) == (RunState.RUNNING, RunState.DONE, 1)


async def test_an_extract_that_is_refused_fails_the_run_and_leaves_the_breaks(database: Database, order: OrderView):
    await run_service(database, order)
    await reconcile(database, FakeBilling())

    failed = await reconcile(database, FakeBilling([BillingRefused(reason="extract_malformed")]))

    assert (failed.state, failed.failure) == (RunState.FAILED, "extract_malformed")
    assert [one.state for one in await breaks(database)] == [BreakState.REPAIR_PROPOSED]


async def test_a_run_that_is_done_is_not_run_again(database: Database, order: OrderView):
    run = await reconcile(database, FakeBilling())

    await tasks.run(database, FakeBilling([BillingUnreachable(reason="never asked")]), run.id)

    assert await breaks(database) == []


async def test_over_http_a_run_is_asked_for_and_its_breaks_are_read(database: Database, order: OrderView):
    await run_service(database, order)
    await hear(database)
    async with calling(database, ROUTES, ANALYST) as http:
        asked = await http.post("/api/v1/reconciliation-runs")
        await look(database, FakeBilling())
        run = await http.get(f"/api/v1/reconciliation-runs/{asked.json()['id']}")
        of_kind = await http.get("/api/v1/breaks", params={"kind": "active_not_billed", "state": "repairProposed"})
        closed = await http.get("/api/v1/breaks", params={"state": "closed"})
        unknown = await http.get(f"/api/v1/reconciliation-runs/{uuid4()}")

    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    assert (run.json()["state"], run.json()["breaks_opened"]) == ("done", 1)
    assert [one["kind"] for one in of_kind.json()["items"]] == ["active_not_billed"]
    assert closed.json()["items"] == []
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_reconciliation_run")
