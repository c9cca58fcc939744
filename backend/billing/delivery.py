"""Telling billing of triggers, stream by stream and in order, and billing's word on them.

A trigger is told when the one before it in its stream was taken. So a stream that is stuck waits whole, at a failure for a
while and at a dead letter for a person; all others go on. The calls themselves are in `tasks`.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from backend.billing import queries
from backend.billing.lifecycle import BILLING_TRIGGER, TriggerCommand, TriggerState
from backend.billing.models import BillingStream, BillingTrigger
from backend.billing.schemas import (
    Acknowledgement,
    AcknowledgementsTaken,
    AcknowledgementTaken,
    Numbered,
    Outcome,
    ReplayView,
    TriggerView,
    UnknownTrigger,
)
from backend.billing.service import trigger_view
from backend.kernel import inbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from clients.billing.messages import Callback, Trigger

ACKNOWLEDGEMENTS = "billing.acknowledgement"  # whose message ids these are, in the inbox
TOLD_AT_ONCE = 500  # triggers that one transaction takes out to be told; each is a kilobyte in memory
MAX_ATTEMPTS = 2000  # a week of trying every five minutes: then it is no outage any more, and a person looks
MAX_REPLAY = 100_000  # triggers of one request: all that an outage of three days held back
NO_ANSWER = "no_answer"

COMMANDS = {"applied": TriggerCommand.APPLY, "rejected": TriggerCommand.REJECT}


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a stream has to tell now, in order."""

    stream_id: UUID
    callbacks: tuple[Callback, ...]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What came of a run. taken: the triggers that billing has, in order. reason: why it went no further, "" if it did.

    failed: the trigger that it stopped at, None after a mistake of our own; is_refused: it is never taken as it is.
    """

    stream_id: UUID
    taken: tuple[UUID, ...] = ()
    failed: UUID | None = None
    reason: str = ""
    is_refused: bool = False


async def begin(tx: Transaction, stream_ids: Collection[UUID]) -> list[Run]:
    """What these streams have to tell, the same at each attempt; nothing of a stream beyond its dead letter."""
    runs: dict[UUID, list[Callback]] = {stream_id: [] for stream_id in stream_ids}
    dead = await queries.dead_letters(tx, stream_ids)
    for trigger in await queries.lock_due(tx, stream_ids, limit=TOLD_AT_ONCE):
        if trigger.sequence > dead.get(trigger.stream_id, trigger.sequence):
            continue
        if trigger.state is TriggerState.PENDING:
            move(tx, trigger, TriggerCommand.SEND)
            trigger.sent_at = tx.now
        runs[trigger.stream_id].append(callback_of(trigger))
    return [Run(stream_id=stream_id, callbacks=tuple(callbacks)) for stream_id, callbacks in runs.items()]


async def note(tx: Transaction, told: Sequence[Told], *, worker: str, pause: Callable[[int], timedelta]) -> None:
    """What came of some runs. worker: who holds the streams; pause: attempts in a row → how long to wait."""
    streams = await queries.lock_streams(tx, [one.stream_id for one in told])
    spoken = [trigger_id for one in told for trigger_id in (*one.taken, one.failed) if trigger_id is not None]
    triggers = {row.id: row for row in await queries.lock_triggers(tx, spoken)}
    outcomes = {one.stream_id: one for one in told}
    for stream in streams:
        outcome = outcomes[stream.id]
        for trigger_id in outcome.taken:
            _confirm(tx, triggers[trigger_id])
        is_spent = stream.attempts >= MAX_ATTEMPTS and not outcome.taken
        if outcome.failed is not None:
            _fail(tx, triggers[outcome.failed], outcome, is_final=outcome.is_refused or is_spent)
    await tx.flush()
    await _reschedule(tx, [one for one in streams if one.leased_by == worker], outcomes, pause)


async def acknowledge(tx: Transaction, acknowledgement: Acknowledgement, message_id: str) -> AcknowledgementTaken:
    """Billing says what became of a trigger. A message that came before is answered as then. Raises UnknownTrigger."""
    trigger_id = acknowledgement.data.trigger_id
    if not (await acknowledge_together(tx, [Numbered(message_id=message_id, message=acknowledgement)])).taken:
        raise UnknownTrigger(id=str(trigger_id))
    return AcknowledgementTaken(received=trigger_id)


async def acknowledge_together(tx: Transaction, said: Sequence[Numbered]) -> AcknowledgementsTaken:
    """The same for many, in their order; those that name a trigger which we do not know are not taken."""
    triggers = await _locked(tx, {one.message.data.trigger_id for one in said})
    known = {one.message_id: one.message.data for one in said if one.message.data.trigger_id in triggers}
    new = await inbox.take_together(tx, ACKNOWLEDGEMENTS, known)
    for message_id, outcome in known.items():
        if message_id in new:
            await _settle(tx, triggers[outcome.trigger_id], outcome)
    return AcknowledgementsTaken(taken=list(known))


async def redeliver(tx: Transaction, trigger_id: UUID) -> TriggerView:
    """Tell once more what was refused, given up or never acknowledged, to who is called and to who fetches.

    Raises UnknownTrigger, IllegalMove.
    """
    trigger = (await _locked(tx, {trigger_id})).get(trigger_id)
    if trigger is None:
        raise UnknownTrigger(id=str(trigger_id))
    if trigger.state is not TriggerState.PENDING:
        move(tx, trigger, TriggerCommand.REDELIVER)
    trigger.reason = None
    trigger.is_due = True
    await queries.wake_streams(tx, [trigger.stream_id])
    await queries.repeat_in_feed(tx, [trigger.id])
    return trigger_view(trigger)


async def replay(
    tx: Transaction,
    *,
    stream_id: UUID | None,
    from_sequence: int,
    until_sequence: int | None,
    since: datetime | None,
    until: datetime | None,
) -> ReplayView:
    """Tell once more, in order, all that was told in a range, whatever became of it: billing lost something.

    To who is called and to who fetches, once each, whoever knows it already: a trigger counts once by its id.

    stream_id: None for all; sequences: both included; since, until: of the recording, until excluded. At most MAX_REPLAY
    triggers, oldest first; `more_since` says where the next request goes on.
    """
    found = await queries.told_in_range(
        tx,
        stream_id=stream_id,
        from_sequence=from_sequence,
        until_sequence=until_sequence,
        since=since,
        until=until,
        limit=MAX_REPLAY + 1,
    )
    rows = found[:MAX_REPLAY]
    await queries.mark_due(tx, [row.id for row in rows])
    await queries.wake_streams(tx, {row.stream_id for row in rows})
    await queries.repeat_in_feed(tx, [row.id for row in rows])
    return ReplayView(triggers=len(rows), more_since=found[MAX_REPLAY].recorded_at if len(found) > MAX_REPLAY else None)


def callback_of(trigger: BillingTrigger) -> Callback:
    """The body: told from the row alone, so that each attempt says the same."""
    data = Trigger(
        trigger_id=trigger.id,
        kind=trigger.kind,
        service_id=trigger.service_id,
        charge_line_id=trigger.charge_line_id,
        charge_code=trigger.charge_code,
        description=trigger.description,
        order_number=trigger.order_number,
        account_id=trigger.account_id,
        sequence=trigger.sequence,
        effective_at=trigger.effective_at,
        quantity=trigger.quantity,
        amount_minor=trigger.amount_minor,
        currency=trigger.currency,
        period=trigger.period.value,
        supersedes=trigger.supersedes,
    )
    return Callback(type=f"billing.{trigger.kind}", timestamp=trigger.recorded_at, data=data)


def _confirm(tx: Transaction, trigger: BillingTrigger) -> None:
    """Billing has it. Its acknowledgement may have come before; then there is nothing left to note."""
    if trigger.state is TriggerState.SENT:
        move(tx, trigger, TriggerCommand.DELIVER)
    trigger.attempts += 1
    trigger.is_due, trigger.last_error = False, None


def _fail(tx: Transaction, trigger: BillingTrigger, outcome: Told, *, is_final: bool) -> None:
    """Try again later; or a person has to look, unless billing's word on it came meanwhile."""
    trigger.attempts += 1
    trigger.last_error = outcome.reason
    if is_final:
        trigger.is_due = False
        if trigger.state is TriggerState.SENT:
            reason = outcome.reason if outcome.is_refused else NO_ANSWER
            move(tx, trigger, TriggerCommand.GIVE_UP, detail={"reason": reason})
            trigger.reason = reason


async def _reschedule(
    tx: Transaction,
    streams: Iterable[BillingStream],
    outcomes: dict[UUID, Told],
    pause: Callable[[int], timedelta],
) -> None:
    """When to look at each stream again: after a pause, at once if more is to be told, or not until something new."""
    held = {stream.id: stream for stream in streams}
    dead = await queries.dead_letters(tx, held)
    first_due = await queries.first_due(tx, held)
    for stream in held.values():
        outcome = outcomes[stream.id]
        next_number = first_due.get(stream.id)
        if next_number is None or next_number > dead.get(stream.id, next_number):
            stream.finish_work()
        elif not outcome.reason or outcome.is_refused:
            stream.finish_work(again_at=tx.now)
        else:
            stream.attempts = 1 if outcome.taken else stream.attempts
            stream.due_at, stream.leased_until = tx.now + pause(stream.attempts), None
            stream.last_error = outcome.reason


async def _locked(tx: Transaction, trigger_ids: Collection[UUID]) -> dict[UUID, BillingTrigger]:
    """These triggers by id, under their streams' locks: who locks streams first and their triggers then waits for nobody
    for ever. Unknown ids are left out."""
    await queries.lock_streams(tx, await queries.streams_of(tx, trigger_ids))
    return {row.id: row for row in await queries.lock_triggers(tx, trigger_ids)}


async def _settle(tx: Transaction, trigger: BillingTrigger, outcome: Outcome) -> None:
    """Take billing's word, unless it only says again what we know."""
    command = COMMANDS[outcome.status]
    trigger.is_due = False
    if (trigger.state, command) not in BILLING_TRIGGER.moves:
        return
    was_dead = trigger.state is TriggerState.DEAD_LETTER
    move(tx, trigger, command, detail={"reason": outcome.reason, "ledger_entry_id": outcome.ledger_entry_id})
    if trigger.state != outcome.status:
        return  # a contradiction, which is kept in the facts and overwrites nothing
    trigger.acknowledged_at = tx.now
    trigger.ledger_entry_id, trigger.reason = outcome.ledger_entry_id, outcome.reason
    if trigger.supersedes is not None and trigger.state is TriggerState.APPLIED:
        await _supersede(tx, trigger.supersedes)
    if was_dead:
        await queries.wake_streams(tx, [trigger.stream_id])


async def _supersede(tx: Transaction, trigger_id: UUID) -> None:
    """Billing applied the correction of this trigger; it must have applied the trigger itself before."""
    await tx.flush()  # billing's word on it may have come a moment ago, in the same transaction
    old = await tx.get(BillingTrigger, trigger_id, UnknownTrigger, lock=True)
    for command in (TriggerCommand.APPLY, TriggerCommand.SUPERSEDE):
        if (old.state, command) in BILLING_TRIGGER.moves:
            move(tx, old, command)
    old.is_due = False
