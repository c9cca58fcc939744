"""A fact that turns out otherwise: in place while nobody heard of it, else corrected by name; what it earned follows."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.billing import delivery, service
from backend.billing.lifecycle import EarnedState, TriggerState
from backend.billing.models import BillingTrigger
from backend.billing.schemas import AlreadyCorrected, Numbered, TriggerView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.ports import BillingRefused
from clients.billing.messages import Kind
from tests.factories.billing import (
    VISIT,
    FakeBilling,
    all_earned,
    all_triggers,
    make_acknowledgement,
    make_rejection,
    make_trigger,
    tell,
)

pytestmark = pytest.mark.anyio

EARLIER = VISIT - timedelta(hours=3)
ASKED = UUID("01978f6a-0000-7000-8000-00000000c001")
S = TriggerState


async def started_at(database: Database, trigger: BillingTrigger, at: datetime) -> None:
    """It turns out that the service runs since `at`."""
    assert trigger.service_id is not None
    async with database.transaction(SYSTEM, "test") as tx:
        await service.start_billing(tx, trigger.service_id, at)


async def correct(database: Database, trigger_id: UUID, correction_id: UUID = ASKED, **wrong: Any) -> TriggerView:
    async with database.transaction(SYSTEM, "test") as tx:
        return await service.correct(tx, trigger_id, correction_id=correction_id, because="typed wrongly", **wrong)


async def acknowledge(database: Database, trigger_id: UUID) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.acknowledge(tx, make_acknowledgement(trigger_id), f"message-{trigger_id}")


async def test_what_nobody_heard_of_is_told_right_under_the_same_number(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()

    await started_at(database, trigger, EARLIER)
    await tell(database, billing)

    [callback] = billing.taken
    assert (callback.data.kind, callback.data.sequence, callback.data.effective_at) == (Kind.START, 1, EARLIER)
    assert [one.state for one in await all_triggers(database)] == [S.SUPERSEDED, S.DELIVERED]


async def test_what_billing_was_told_is_corrected_by_name_and_superseded_when_that_is_applied(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()
    await tell(database, billing)

    await started_at(database, trigger, EARLIER)
    await tell(database, billing)
    [_, correction] = await all_triggers(database)
    await acknowledge(database, correction.id)

    told = billing.taken[-1].data
    assert (told.kind, told.sequence, told.supersedes) == (Kind.CORRECT, 2, trigger.id)
    assert (told.effective_at, told.amount_minor) == (EARLIER, 3990)
    assert [one.state for one in await all_triggers(database)] == [S.SUPERSEDED, S.APPLIED]


async def test_a_trigger_and_its_correction_may_be_acknowledged_together(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()
    await tell(database, billing)
    await started_at(database, trigger, EARLIER)
    await tell(database, billing)
    both = [one.id for one in await all_triggers(database)]

    async with database.transaction(SYSTEM, "test") as tx:
        said = [Numbered(message_id=str(one), message=make_acknowledgement(one)) for one in both]
        await delivery.acknowledge_together(tx, said)

    first, second = await all_triggers(database)
    assert [first.state, second.state] == [S.SUPERSEDED, S.APPLIED]
    assert (first.ledger_entry_id, first.is_due) == ("entry-1", False)


async def test_a_correction_of_a_correction_names_the_correction(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()
    await tell(database, billing)
    for at in (EARLIER, VISIT):
        await started_at(database, trigger, at)
        await tell(database, billing)

    first, second, third = [callback.data for callback in billing.taken]
    assert [second.supersedes, third.supersedes] == [first.trigger_id, second.trigger_id]
    assert [one.fact_key for one in await all_triggers(database)] == [trigger.fact_key] * 3


async def test_what_billing_rejected_is_told_as_if_for_the_first_time(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling()
    await tell(database, billing)
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.acknowledge(tx, make_rejection(trigger.id), "message-1")

    await started_at(database, trigger, EARLIER)
    await tell(database, billing)

    told = billing.taken[-1].data
    assert (told.kind, told.sequence, told.supersedes) == (Kind.START, 2, None)


async def test_a_dead_letter_gives_its_number_to_what_says_it_right(database: Database):
    trigger, billing = await make_trigger(database), FakeBilling([BillingRefused(reason="field_invalid")])
    await tell(database, billing)

    await correct(database, trigger.id, amount_minor=3900)
    await tell(database, billing)

    [callback] = billing.taken
    assert (callback.data.kind, callback.data.sequence, callback.data.amount_minor) == (Kind.START, 1, 3900)


async def test_a_correction_is_made_once_however_often_it_is_asked_for(database: Database):
    trigger = await make_trigger(database)
    await tell(database, FakeBilling())

    first = await correct(database, trigger.id, effective_at=EARLIER)
    again = await correct(database, trigger.id, effective_at=EARLIER)

    assert again.id == first.id
    assert len(await all_triggers(database)) == 2


async def test_only_what_was_said_last_can_be_corrected(database: Database):
    trigger = await make_trigger(database)
    await tell(database, FakeBilling())
    latest = await correct(database, trigger.id, effective_at=EARLIER)

    with pytest.raises(AlreadyCorrected) as refused:
        await correct(database, trigger.id, UUID(int=9), quantity=0)

    assert refused.value.params["latest"] == str(latest.id)


async def test_what_a_corrected_start_earned_is_restated_from_the_right_time(database: Database):
    trigger = await make_trigger(database)
    await tell(database, FakeBilling())

    await started_at(database, trigger, EARLIER)

    old, new = await all_earned(database)
    assert (old.state, old.earned_from) == (EarnedState.RESTATED, VISIT)
    assert (new.state, new.earned_from, new.evidence) == (EarnedState.EARNED, EARLIER, old.evidence)


async def test_what_is_taken_back_is_billed_for_nothing_and_its_revenue_is_reversed(database: Database):
    trigger = await make_trigger(database)
    await tell(database, FakeBilling())

    taken_back = await correct(database, trigger.id, quantity=0)

    [earned] = await all_earned(database)
    assert (taken_back.kind, taken_back.quantity, taken_back.amount_minor) == (Kind.CORRECT, 0, 0)
    assert earned.state is EarnedState.REVERSED


async def test_a_corrected_end_moves_what_was_earned_until_then(database: Database):
    trigger = await make_trigger(database)
    assert trigger.service_id is not None
    for end in (VISIT + timedelta(days=2), VISIT + timedelta(days=1)):
        async with database.transaction(SYSTEM, "test") as tx:
            await service.stop_billing(tx, trigger.service_id, end)
        await tell(database, FakeBilling())

    _, stop, correction = await all_triggers(database)
    [earned] = await all_earned(database)
    assert (correction.kind, correction.supersedes) == (Kind.CORRECT, stop.id)
    assert (earned.state, earned.earned_until) == (EarnedState.EARNED, VISIT + timedelta(days=1))
