"""Billing's word on a trigger is taken once, in whatever order it comes, and what was applied stays applied."""

from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from backend.billing import delivery
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger, BillingTriggerFact
from backend.billing.routes import ROUTES
from backend.billing.schemas import (
    MAX_TOGETHER,
    Acknowledgement,
    Acknowledgements,
    AcknowledgementTaken,
    Numbered,
    UnknownTrigger,
)
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database
from backend.kernel.outbox import OutboxRow
from tests.factories.billing import all_triggers, make_acknowledgement, make_rejection, make_trigger
from tests.factories.billing_queue import fill_queue
from tests.factories.callers import calling
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

URL = "/api/v1/billing/acknowledgements"
TOGETHER_URL = "/api/v1/billing/acknowledgement-batches"
BILLING = Principal(actor=Actor(kind="service"), role=Role.BILLING_SYSTEM)


async def acknowledge(database: Database, *messages: Acknowledgement) -> None:
    """Each message under an id of its own, in this order."""
    for number, message in enumerate(messages, 1):
        async with database.transaction(SYSTEM, "test") as tx:
            await delivery.acknowledge(tx, message, f"message-{number}")


async def settled(database: Database) -> tuple[TriggerState, str | None, str | None]:
    [trigger] = await all_triggers(database)
    return trigger.state, trigger.ledger_entry_id, trigger.reason


async def told(database: Database) -> list[str]:
    """The events about triggers, in order."""
    async with database.snapshot(SYSTEM, "test") as tx:
        query = select(OutboxRow.type).where(OutboxRow.type.like("billing_trigger.%")).order_by(OutboxRow.id)
        return list(await tx.session.scalars(query))


async def test_what_was_applied_is_noted_with_its_entry_and_needs_no_more_work(database: Database):
    trigger = await make_trigger(database)

    await acknowledge(database, make_acknowledgement(trigger.id))

    assert await settled(database) == (TriggerState.APPLIED, "entry-1", None)
    [found] = await all_triggers(database)
    assert (found.acknowledged_at, found.is_due) == (MONDAY, False)


async def test_a_rejection_keeps_its_reason_and_is_told(database: Database):
    trigger = await make_trigger(database)

    await acknowledge(database, make_rejection(trigger.id))

    assert await settled(database) == (TriggerState.REJECTED, "", "sequence_taken")
    assert await told(database) == ["billing_trigger.rejected"]


async def test_a_message_that_comes_again_is_answered_as_the_first_time(database: Database):
    trigger = await make_trigger(database)
    message = make_rejection(trigger.id)

    answers = []
    for _ in range(2):
        async with database.transaction(SYSTEM, "test") as tx:
            answers.append(await delivery.acknowledge(tx, message, "the same id"))

    assert answers == [AcknowledgementTaken(received=trigger.id)] * 2
    assert await told(database) == ["billing_trigger.rejected"]


async def test_a_later_rejection_leaves_applied_as_it_is_and_is_told(database: Database):
    trigger = await make_trigger(database)

    await acknowledge(database, make_acknowledgement(trigger.id), make_rejection(trigger.id, "conflicting_body"))

    assert await settled(database) == (TriggerState.APPLIED, "entry-1", None)
    assert await told(database) == ["billing_trigger.contradicted"]
    async with database.snapshot(SYSTEM, "test") as tx:
        facts = await tx.session.scalars(select(BillingTriggerFact).order_by(BillingTriggerFact.id))
        assert [fact.detail["reason"] for fact in facts] == [None, "conflicting_body"]


async def test_two_words_in_the_other_order_end_applied_too(database: Database):
    trigger = await make_trigger(database)

    await acknowledge(database, make_rejection(trigger.id, "conflicting_body"), make_acknowledgement(trigger.id))

    assert await settled(database) == (TriggerState.APPLIED, "entry-1", None)


async def test_the_same_word_under_another_id_changes_nothing(database: Database):
    trigger = await make_trigger(database)

    await acknowledge(
        database, make_acknowledgement(trigger.id), make_acknowledgement(trigger.id, ledger_entry_id="entry-2")
    )

    assert await settled(database) == (TriggerState.APPLIED, "entry-1", None)


async def test_a_word_on_an_unknown_trigger_is_not_taken_and_may_come_again(database: Database):
    message = make_acknowledgement(UUID(int=1))

    for _ in range(2):
        with pytest.raises(UnknownTrigger):
            await acknowledge(database, message)


async def test_over_http_a_repeat_gets_the_same_answer(database: Database):
    trigger = await make_trigger(database)
    body = msgspec.json.encode(make_acknowledgement(trigger.id))
    headers = {"content-type": "application/json", "webhook-id": "message-1"}

    async with calling(database, ROUTES, BILLING) as http:
        first = await http.post(URL, content=body, headers=headers)
        second = await http.post(URL, content=body, headers=headers)

    assert (first.status_code, first.json()) == (200, {"received": str(trigger.id)})
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert await settled(database) == (TriggerState.APPLIED, "entry-1", None)


@pytest.mark.parametrize(
    ("changes", "headers", "status"),
    [
        ({}, {}, 400),
        ({}, {"webhook-id": "x" * 129}, 400),
        ({"status": "perhaps"}, {"webhook-id": "message-1"}, 400),
        ({"reason": "x" * 501}, {"webhook-id": "message-1"}, 400),
        ({"trigger_id": str(UUID(int=1))}, {"webhook-id": "message-1"}, 404),
    ],
)
async def test_over_http_what_cannot_be_meant_is_refused(
    database: Database, changes: dict[str, str], headers: dict[str, str], status: int
):
    trigger: BillingTrigger = await make_trigger(database)
    message = msgspec.to_builtins(make_acknowledgement(trigger.id))
    message["data"] |= changes

    async with calling(database, ROUTES, BILLING) as http:
        answer = await http.post(URL, json=message, headers=headers)

    assert answer.status_code == status
    assert (await settled(database))[0] is TriggerState.PENDING


async def three_triggers(database: Database) -> list[UUID]:
    async with database.transaction(SYSTEM, "test") as tx:
        await fill_queue(tx, 3)
    return [trigger.id for trigger in await all_triggers(database) if trigger.sequence == 1]


def together(*said: tuple[str, Acknowledgement]) -> list[Numbered]:
    return [Numbered(message_id=message_id, message=message) for message_id, message in said]


async def test_many_words_are_taken_together_and_each_counts_once_by_its_own_id(database: Database):
    first, second, third = await three_triggers(database)
    alone = make_acknowledgement(first)
    async with database.transaction(SYSTEM, "test") as tx:
        await delivery.acknowledge(tx, alone, "message-1")

    said = together(
        ("message-1", alone), ("message-2", make_acknowledgement(second)), ("message-3", make_rejection(third))
    )
    answers: list[list[str]] = []
    for _ in range(2):
        async with database.transaction(SYSTEM, "test") as tx:
            answers.append((await delivery.acknowledge_together(tx, said)).taken)

    assert answers == [["message-1", "message-2", "message-3"]] * 2
    states = {trigger.id: trigger.state for trigger in await all_triggers(database)}
    assert (states[first], states[second], states[third]) == ("applied", "applied", "rejected")
    assert await told(database) == ["billing_trigger.rejected"]


async def test_a_word_on_an_unknown_trigger_is_left_out_and_holds_up_no_other(database: Database):
    trigger = await make_trigger(database)
    said = together(("message-1", make_acknowledgement(UUID(int=1))), ("message-2", make_acknowledgement(trigger.id)))

    async with database.transaction(SYSTEM, "test") as tx:
        taken = await delivery.acknowledge_together(tx, said)

    assert taken.taken == ["message-2"]
    assert await settled(database) == (TriggerState.APPLIED, "entry-1", None)


async def test_over_http_many_are_answered_with_the_ids_that_were_taken(database: Database):
    trigger = await make_trigger(database)
    data = together(("message-1", make_acknowledgement(trigger.id)), ("message-2", make_rejection(UUID(int=1))))
    body = msgspec.json.encode(Acknowledgements(type="billing.acknowledgements", timestamp=MONDAY, data=data))

    async with calling(database, ROUTES, BILLING) as http:
        answer = await http.post(TOGETHER_URL, content=body, headers={"content-type": "application/json"})

    assert (answer.status_code, answer.json()) == (200, {"taken": ["message-1"]})


@pytest.mark.parametrize("count", [0, MAX_TOGETHER + 1])
async def test_over_http_none_and_too_many_are_refused(database: Database, count: int):
    one = together(("message-1", make_acknowledgement(UUID(int=1))))
    body = msgspec.json.encode(Acknowledgements(type="billing.acknowledgements", timestamp=MONDAY, data=one * count))

    async with calling(database, ROUTES, BILLING) as http:
        answer = await http.post(TOGETHER_URL, content=body, headers={"content-type": "application/json"})

    assert answer.status_code == 400
