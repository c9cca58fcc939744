"""From a service that came up to the bill and back: our worker, the reference receiver and its acknowledgement."""

from pathlib import Path

import pytest

from backend.billing.lifecycle import TriggerState
from backend.billing.routes import ROUTES
from backend.identity.principal import Principal, Role
from backend.kernel.audit import Actor
from backend.kernel.db import Database
from tests.factories.billing import VISIT, all_triggers, make_trigger, tell
from tests.factories.callers import calling
from tests.factories.receiver import open_receiver
from tests.fakes import FixedClock

pytestmark = pytest.mark.anyio

BILLING = Principal(actor=Actor(kind="service"), role=Role.BILLING_SYSTEM)


async def test_a_service_is_billed_from_the_time_it_came_up_and_billing_says_so(
    database: Database, clock: FixedClock, tmp_path: Path
):
    trigger = await make_trigger(database)
    async with (
        calling(database, ROUTES, BILLING) as truckroll,
        open_receiver(tmp_path / "ledger.db", clock, truckroll) as world,
    ):
        await tell(database, world.billing)
        await world.sender.send_due()
        extract = await world.billing.extract()

    [item] = extract.items
    assert (item.service_id, item.billed_since, item.amount_minor) == (trigger.service_id, VISIT, 3990)
    [settled] = await all_triggers(database)
    assert (settled.state, settled.ledger_entry_id) == (TriggerState.APPLIED, "entry-1")
