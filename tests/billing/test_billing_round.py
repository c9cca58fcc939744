"""From a service that came up to the bill and back: our worker, the reference receiver and its acknowledgement."""

from pathlib import Path
from uuid import UUID

import pytest

from backend.billing import tasks
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger
from backend.billing.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.kernel.audit import Actor
from backend.kernel.db import Database
from backend.kernel.tasks import Task, run_due
from tests.factories.billing import VISIT, all_triggers, make_trigger
from tests.factories.callers import calling
from tests.factories.receiver import World, open_receiver
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

BILLING = Principal(actor=Actor(kind="service"), role=Role.BILLING_SYSTEM)


async def deliver_due(database: Database, world: World) -> None:
    async def perform(trigger_id: UUID) -> None:
        await tasks.deliver(database, world.billing, trigger_id)

    await run_due(database, Task(name="deliver", model=BillingTrigger, perform=perform), "worker")


async def test_a_service_is_billed_from_the_time_it_came_up_and_billing_says_so(
    database: Database, clock: FixedClock, tmp_path: Path
):
    trigger = await make_trigger(database)
    async with (
        calling(database, ROUTES, BILLING) as truckroll,
        open_receiver(tmp_path / "ledger.db", clock, truckroll) as world,
    ):
        await deliver_due(database, world)
        await world.sender.send_due()
        extract = await world.billing.extract()

    [item] = extract.items
    assert (item.service_id, item.billed_since, item.amount_minor) == (trigger.service_id, VISIT, 3990)
    [settled] = await all_triggers(database)
    assert (settled.state, settled.ledger_entry_id) == (TriggerState.APPLIED, "entry-1")
