"""A trigger is delivered until billing has it, the same at each attempt; one that cannot be holds up its own stream."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from backend.billing import delivery, service
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingStream
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.leases import claim
from backend.kernel.lifecycle import IllegalMove
from backend.ports import BillingRefused, BillingUnreachable
from clients.billing.messages import Callback
from tests.factories.billing import (
    FakeBilling,
    all_triggers,
    make_acknowledgement,
    make_started_service,
    make_trigger,
    tell,
    telling,
)
from tests.factories.billing_queue import LIFE, fill_queue
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY, FixedClock

pytestmark = pytest.mark.anyio

AWAY = BillingUnreachable(reason="ConnectError")
REFUSED = BillingRefused(reason="field_invalid")


async def only_stream(database: Database) -> BillingStream:
    async with database.snapshot(SYSTEM, "test") as tx:
        return (await tx.session.scalars(select(BillingStream))).one()


async def states(database: Database) -> list[TriggerState]:
    return [one.state for one in await all_triggers(database)]


async def test_a_trigger_is_told_once_with_all_that_billing_needs(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()

    assert [await tell(database, billing), await tell(database, billing)] == [1, 0]

    [callback] = billing.taken
    assert (callback.type, callback.timestamp) == ("billing.start", MONDAY)
    assert (callback.data.trigger_id, callback.data.service_id) == (trigger.id, trigger.service_id)
    assert (callback.data.sequence, callback.data.amount_minor, callback.data.period) == (1, 3990, "month")
    assert await states(database) == [TriggerState.DELIVERED]


async def test_after_a_failure_the_same_body_is_sent_again(database: Database, clock: FixedClock):
    await make_trigger(database)
    billing = FakeBilling([AWAY, AWAY])

    for _ in range(3):
        await tell(database, billing)
        clock.advance(300)

    assert billing.tried == billing.taken * 3
    assert await states(database) == [TriggerState.DELIVERED]


async def test_a_trigger_that_failed_says_why_and_waits(database: Database):
    await make_trigger(database)

    await tell(database, FakeBilling([AWAY]))

    [trigger], stream = await all_triggers(database), await only_stream(database)
    assert (trigger.state, trigger.attempts, trigger.last_error) == (TriggerState.SENT, 1, "ConnectError")
    assert stream.due_at is not None
    assert stream.due_at > MONDAY


async def test_a_worker_that_died_after_the_call_repeats_it(database: Database, clock: FixedClock):
    trigger, billing = await make_trigger(database), FakeBilling()
    await claim(database, telling(database, billing), "crashed worker")
    async with database.transaction(SYSTEM, "test") as tx:
        [run] = await delivery.begin(tx, [trigger.stream_id])
    [callback] = run.callbacks
    await billing.deliver(callback)

    clock.advance(61)
    await tell(database, billing)

    assert billing.taken == [callback, callback]
    assert await states(database) == [TriggerState.DELIVERED]


async def test_an_acknowledgement_may_overtake_our_own_note(database: Database):
    class Eager(FakeBilling):
        async def deliver(self, callback: Callback) -> None:
            await super().deliver(callback)
            async with database.transaction(SYSTEM, "test") as tx:
                await delivery.acknowledge(tx, make_acknowledgement(callback.data.trigger_id), "message-1")

    await make_trigger(database)

    await tell(database, Eager())

    [trigger] = await all_triggers(database)
    assert (trigger.state, trigger.is_due, (await only_stream(database)).due_at) == (TriggerState.APPLIED, False, None)


async def test_what_billing_acknowledged_is_not_told_again(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.acknowledge(tx, make_acknowledgement(trigger.id), "message-1")

    await tell(database, billing)

    assert billing.tried == []
    assert await states(database) == [TriggerState.APPLIED]


async def test_what_billing_refuses_is_kept_for_a_person(database: Database, clock: FixedClock):
    await make_trigger(database)
    billing = FakeBilling([REFUSED])

    await tell(database, billing)
    clock.advance(3600)

    assert await tell(database, billing) == 0
    [trigger] = await all_triggers(database)
    assert (trigger.state, trigger.reason) == (TriggerState.DEAD_LETTER, "field_invalid")


async def test_a_refused_trigger_is_told_again_when_a_person_says_so(database: Database):
    trigger = await make_trigger(database)
    billing = FakeBilling([REFUSED])
    await tell(database, billing)

    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.redeliver(tx, trigger.id)
    await tell(database, billing)

    assert billing.tried == billing.taken * 2
    assert await states(database) == [TriggerState.DELIVERED]


async def test_what_was_applied_is_not_told_again_whoever_says_so(database: Database):
    trigger = await make_trigger(database)
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.acknowledge(tx, make_acknowledgement(trigger.id), "message-1")

    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(IllegalMove):
            await delivery.redeliver(tx, trigger.id)


async def test_a_stream_that_is_stuck_does_not_hold_up_others(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        order = await make_submitted_order(tx)
        await make_started_service(tx, order)
        voice = await make_started_service(tx, order, ServiceKind.VOICE)
    billing = FakeBilling([REFUSED])

    await tell(database, billing)

    assert [callback.data.service_id for callback in billing.taken] == [voice]
    assert await states(database) == [TriggerState.DEAD_LETTER, TriggerState.DELIVERED]


async def test_what_follows_a_dead_letter_in_its_stream_waits_until_a_person_has_dealt_with_it(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling([REFUSED])
    await tell(database, billing)
    assert trigger.service_id is not None
    async with database.transaction(SYSTEM, "test") as tx:
        await service.suspend_billing(tx, trigger.service_id, MONDAY)
    waits = await tell(database, billing), len(billing.taken)

    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.redeliver(tx, trigger.id)
    await tell(database, billing)

    assert waits == (1, 0)
    assert [callback.data.sequence for callback in billing.taken] == [1, 2]
    assert (await only_stream(database)).due_at is None


async def test_the_triggers_of_a_stream_are_told_in_order_and_none_before_the_one_ahead_of_it(
    database: Database, clock: FixedClock
):
    async with database.transaction(SYSTEM, "test") as tx:
        await fill_queue(tx, 3)
    billing = FakeBilling([AWAY, AWAY])

    for _ in range(2):
        await tell(database, billing)
        clock.advance(300)

    streams = {callback.data.service_id for callback in billing.taken}
    told = [[one.data.sequence for one in billing.taken if one.data.service_id == stream] for stream in streams]
    assert told == [[1, 2, 3, 4, 5]] * 3


async def test_a_call_that_hangs_holds_up_its_own_stream_only(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await fill_queue(tx, 4)

    class Hanging(FakeBilling):
        """Hangs at the first call, until all other streams were told."""

        def __init__(self) -> None:
            super().__init__()
            self.others_are_told = asyncio.Event()

        async def deliver(self, callback: Callback) -> None:
            self.tried.append(callback)
            if len(self.tried) == 1:
                await self.others_are_told.wait()
            self.taken.append(callback)
            if len(self.taken) == 3 * len(LIFE):
                self.others_are_told.set()

    billing = Hanging()
    await tell(database, billing)

    assert len(billing.taken) == 4 * len(LIFE)
    assert billing.taken[-len(LIFE)].data.trigger_id == billing.tried[0].data.trigger_id


async def test_a_range_is_told_again_in_order_whatever_became_of_it(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await fill_queue(tx, 2)
    billing = FakeBilling()
    await tell(database, billing)
    stream = billing.taken[0].data.service_id
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.acknowledge(tx, make_acknowledgement(billing.taken[0].data.trigger_id), "message-1")
    billing.taken.clear()

    async with database.transaction(SYSTEM, "test") as tx:
        found = await delivery.replay(
            tx, stream_id=stream, from_sequence=1, until_sequence=3, since=None, until=MONDAY + timedelta(seconds=1)
        )
    await tell(database, billing)

    assert (found.triggers, found.more_since) == (3, None)
    assert [(one.data.service_id, one.data.sequence) for one in billing.taken] == [(stream, n) for n in (1, 2, 3)]
    assert sorted(await states(database)) == [TriggerState.APPLIED] + [TriggerState.DELIVERED] * 9
