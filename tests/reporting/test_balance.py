"""Services active against services billed: the one figure that says whether all is well."""

from datetime import timedelta
from uuid import UUID

import pytest

from backend.billing import delivery as billing_delivery
from backend.billing import service as billing
from backend.catalogue.schemas import ServiceKind
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders.schemas import OrderView
from backend.reporting import service
from backend.reporting.routes import ROUTES
from backend.reporting.schemas import Balance
from backend.resources import service as resources
from tests.factories.billing import (
    VISIT,
    FakeBilling,
    all_triggers,
    make_acknowledgement,
    make_rejection,
    make_started_service,
)
from tests.factories.callers import calling
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY
from tests.reconciliation.runs import reconcile

pytestmark = pytest.mark.anyio

AUDITOR = Principal(actor=SYSTEM, role=Role.AUDITOR)
END = MONDAY + timedelta(hours=1)


@pytest.fixture
async def order(database: Database) -> OrderView:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        return await make_submitted_order(tx)


async def start(database: Database, order: OrderView, *kinds: ServiceKind) -> list[UUID]:
    async with database.transaction(SYSTEM, "test") as tx:
        return [await make_started_service(tx, order, kind) for kind in kinds]


async def acknowledge_all(database: Database) -> None:
    for trigger in await all_triggers(database):
        async with database.transaction(SYSTEM, "test") as tx:
            await billing_delivery.acknowledge(tx, make_acknowledgement(trigger.id), f"applied-{trigger.id}")


async def figures(database: Database) -> tuple[int, int, int]:
    """Active, billed, difference."""
    async with database.snapshot(SYSTEM, "test") as tx:
        now: Balance = await service.balance(tx)
    return now.services_active, now.services_billed, now.difference


async def test_a_service_counts_as_billed_when_billing_said_so(database: Database, order: OrderView):
    await start(database, order, ServiceKind.INTERNET, ServiceKind.VOICE)
    before = await figures(database)
    await acknowledge_all(database)

    assert (before, await figures(database)) == ((2, 0, 2), (2, 2, 0))


async def test_a_service_that_is_not_charged_by_itself_does_not_count(database: Database, order: OrderView):
    await start(database, order, ServiceKind.ACCESS)

    assert await figures(database) == (0, 0, 0)


async def test_a_rejected_start_is_a_difference(database: Database, order: OrderView):
    await start(database, order, ServiceKind.INTERNET)
    [trigger] = await all_triggers(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await billing_delivery.acknowledge(tx, make_rejection(trigger.id), "rejected")

    assert await figures(database) == (1, 0, 1)


async def test_a_service_that_ended_is_billed_until_billing_acknowledged_the_stop(database: Database, order: OrderView):
    [service_id] = await start(database, order, ServiceKind.INTERNET)
    await acknowledge_all(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await resources.terminate(tx, service_id, END)
        await billing.stop_billing(tx, service_id, END)
    told = await figures(database)
    await acknowledge_all(database)

    assert (told, await figures(database)) == ((0, 1, -1), (0, 0, 0))


async def test_over_http_the_balance_says_when_it_was_taken(database: Database, order: OrderView):
    await start(database, order, ServiceKind.INTERNET)
    async with calling(database, ROUTES, AUDITOR) as http:
        answer = await http.get("/api/v1/reports/balance")

    assert answer.json() == {
        "as_of": "2026-06-01T06:00:00Z",
        "services_active": 1,
        "services_billed": 0,
        "difference": 1,
        "open_breaks": 0,
        "breaks": [],
    }


async def test_what_billing_acknowledged_and_lost_stands_beside_equal_numbers(database: Database, order: OrderView):
    await start(database, order, ServiceKind.INTERNET)
    await acknowledge_all(database)
    await reconcile(database, FakeBilling())

    async with calling(database, ROUTES, AUDITOR) as http:
        told = (await http.get("/api/v1/reports/balance")).json()

    assert (told["services_active"], told["services_billed"], told["open_breaks"]) == (1, 1, 1)
    assert told["breaks"] == [
        {
            "kind": "active_not_billed",
            "state": "repairProposed",
            "currency": "EUR",
            "break_count": 1,
            "risk_minor_per_day": 131,
            "oldest_since": f"{VISIT:%Y-%m-%dT%H:%M:%SZ}",
        }
    ]
