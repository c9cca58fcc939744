"""A trigger is delivered until billing has it, the same at each attempt; one that cannot be holds up its own stream."""

from uuid import UUID

import pytest

from backend.billing import service, tasks
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.lifecycle import IllegalMove
from backend.kernel.tasks import Task, claim, run_due
from backend.ports import BillingRefused, BillingUnreachable
from clients.billing.messages import Callback
from tests.factories.billing import (
    FakeBilling,
    all_triggers,
    make_acknowledgement,
    make_started_service,
    make_trigger,
)
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

AWAY = BillingUnreachable(reason="ConnectError")
REFUSED = BillingRefused(reason="field_invalid")


def delivering(database: Database, billing: FakeBilling) -> Task:
    async def perform(trigger_id: UUID) -> None:
        await tasks.deliver(database, billing, trigger_id)

    return Task(name="deliver", model=BillingTrigger, perform=perform)


async def look(database: Database, billing: FakeBilling) -> int:
    return await run_due(database, delivering(database, billing), "worker")


async def states(database: Database) -> list[TriggerState]:
    return [one.state for one in await all_triggers(database)]


async def test_a_trigger_is_told_once_with_all_that_billing_needs(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()

    assert [await look(database, billing), await look(database, billing)] == [1, 0]

    [callback] = billing.taken
    assert (callback.type, callback.timestamp) == ("billing.start", MONDAY)
    assert (callback.data.trigger_id, callback.data.service_id) == (trigger.id, trigger.service_id)
    assert (callback.data.sequence, callback.data.amount_minor, callback.data.period) == (1, 3990, "month")
    assert await states(database) == [TriggerState.DELIVERED]


async def test_after_a_failure_the_same_body_is_sent_again(database: Database, clock: FixedClock):
    await make_trigger(database)
    billing = FakeBilling([AWAY, AWAY])

    for _ in range(3):
        await look(database, billing)
        clock.advance(300)

    assert billing.tried == billing.taken * 3
    assert await states(database) == [TriggerState.DELIVERED]


async def test_a_trigger_that_failed_says_why_and_waits(database: Database):
    await make_trigger(database)

    await look(database, FakeBilling([AWAY]))

    [trigger] = await all_triggers(database)
    assert (trigger.state, trigger.attempts) == (TriggerState.SENT, 1)
    assert "ConnectError" in (trigger.last_error or "")
    assert trigger.due_at is not None
    assert trigger.due_at > MONDAY


async def test_a_worker_that_died_after_the_call_repeats_it(database: Database, clock: FixedClock):
    trigger, billing = await make_trigger(database), FakeBilling()
    await claim(database, delivering(database, billing), "crashed worker")
    async with database.transaction(SYSTEM, "test") as tx:
        callback = await service.begin_delivery(tx, trigger.id)
    assert isinstance(callback, Callback)
    await billing.deliver(callback)

    clock.advance(61)
    await look(database, billing)

    assert billing.taken == [callback, callback]
    assert await states(database) == [TriggerState.DELIVERED]


async def test_an_acknowledgement_may_overtake_our_own_note(database: Database):
    class Eager(FakeBilling):
        async def deliver(self, callback: Callback) -> None:
            await super().deliver(callback)
            async with database.transaction(SYSTEM, "test") as tx:
                await service.acknowledge(tx, make_acknowledgement(callback.data.trigger_id), "message-1")

    await make_trigger(database)

    await look(database, Eager())

    [trigger] = await all_triggers(database)
    assert (trigger.state, trigger.due_at) == (TriggerState.APPLIED, None)


async def test_what_billing_acknowledged_is_not_told_again(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()
    async with database.transaction(SYSTEM, "test") as tx:
        await service.acknowledge(tx, make_acknowledgement(trigger.id), "message-1")

    await tasks.deliver(database, billing, trigger.id)  # as a worker would that had claimed it before

    assert billing.tried == []
    assert await states(database) == [TriggerState.APPLIED]


async def test_what_billing_refuses_is_kept_for_a_person(database: Database, clock: FixedClock):
    await make_trigger(database)
    billing = FakeBilling([REFUSED])

    await look(database, billing)
    clock.advance(3600)

    assert await look(database, billing) == 0
    [trigger] = await all_triggers(database)
    assert (trigger.state, trigger.reason) == (TriggerState.DEAD_LETTER, "field_invalid")


async def test_a_refused_trigger_is_told_again_when_a_person_says_so(database: Database):
    trigger = await make_trigger(database)
    billing = FakeBilling([REFUSED])
    await look(database, billing)

    async with database.transaction(SYSTEM, "test") as tx:
        await service.redeliver(tx, trigger.id)
    await look(database, billing)

    assert billing.tried == billing.taken * 2
    assert await states(database) == [TriggerState.DELIVERED]


async def test_what_was_applied_is_not_told_again_whoever_says_so(database: Database):
    trigger = await make_trigger(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await service.acknowledge(tx, make_acknowledgement(trigger.id), "message-1")

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(IllegalMove):
            await service.redeliver(tx, trigger.id)


async def test_a_stream_that_is_stuck_does_not_hold_up_others(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await make_started_service(tx, order)
        voice = await make_started_service(tx, order, ServiceKind.VOICE)
    billing = FakeBilling([REFUSED])

    await look(database, billing)

    assert [callback.data.service_id for callback in billing.taken] == [voice]
    assert await states(database) == [TriggerState.DEAD_LETTER, TriggerState.DELIVERED]
