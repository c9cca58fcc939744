"""Use cases of billing: each business fact makes one trigger, whatever path or repeat brought it here.

Delivering is in `tasks`. All functions may be called again with the same fact, as events come at least once.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from backend.billing import queries
from backend.billing.lifecycle import (
    BILLING_TRIGGER,
    EARNED_TRIGGER,
    EarnedCommand,
    TriggerCommand,
    TriggerState,
)
from backend.billing.models import BillingTrigger, EarnedTrigger
from backend.billing.schemas import (
    Acknowledgement,
    AcknowledgementTaken,
    EarnedView,
    Evidence,
    Obligation,
    Outcome,
    TriggerView,
    UnknownTrigger,
)
from backend.catalogue.schemas import ChargeKind
from backend.kernel import inbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders import service as orders
from backend.orders.schemas import ChargeLineView
from backend.resources import service as resources
from clients.billing.messages import Callback, Kind, Trigger

ACKNOWLEDGEMENTS = "billing.acknowledgement"  # whose message ids these are, in the inbox

OBLIGATIONS = {
    ChargeKind.FULFILMENT: Obligation.GOODS,
    ChargeKind.PROVISION: Obligation.SERVICE,
    ChargeKind.LABOUR: Obligation.LABOUR,
}
COMMANDS = {"applied": TriggerCommand.APPLY, "rejected": TriggerCommand.REJECT}


@dataclass(frozen=True, kw_only=True)
class BusinessFact:
    """Something that happened once and is billed once. key: names it, the same however often we hear of it."""

    key: str
    kind: Kind
    line: ChargeLineView
    quantity: int
    effective_at: datetime
    service_id: UUID | None = None


async def trigger_handover(tx: Transaction, handover_id: UUID) -> None:
    """So much of a fulfilment or labour line was delivered: bill that much, and it is earned. Raises UnknownHandover."""
    proof = await orders.handover(tx, handover_id)
    line = await orders.charge_line(tx, proof.charge_line_id)
    fact = BusinessFact(
        key=f"fulfil:{proof.id}",
        kind=Kind.FULFIL,
        line=line,
        quantity=proof.quantity,
        effective_at=proof.occurred_at,
    )
    evidence = Evidence(
        order_id=line.order_id,
        charge_line_id=line.id,
        handover_id=proof.id,
        job_id=proof.job_id,
        serials=proof.serials,
    )
    if trigger := await _trigger(tx, fact):
        _earn(tx, trigger, OBLIGATIONS[line.kind], evidence)


async def start_billing(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service runs since `at`: its provision line is billed and earned from then on.

    A service that is not charged by itself starts nothing. One that ended before we heard of its start is stopped, too.
    """
    line = await orders.line_of_service(tx, service_id)
    if line is None:
        return
    if trigger := await _trigger(tx, _of_service(Kind.START, line, service_id, at)):
        evidence = Evidence(order_id=line.order_id, charge_line_id=line.id, service_id=service_id)
        _earn(tx, trigger, OBLIGATIONS[line.kind], evidence)
    service = await resources.service_view(tx, service_id)
    if service.terminated_at is not None:
        await stop_billing(tx, service_id, service.terminated_at)


async def stop_billing(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service ended at `at`: it is billed and earned until then. What was not started (yet) has nothing to stop."""
    line = await orders.line_of_service(tx, service_id)
    if line is None:
        return
    started = await queries.trigger_of_fact(tx, _of_service(Kind.START, line, service_id, at).key)
    if started is not None and await _trigger(tx, _of_service(Kind.STOP, line, service_id, at)):
        earned = await queries.earned_by(tx, started.id)
        assert earned is not None, f"start {started.id} earns nothing"
        earned.earned_until = at


async def acknowledge(tx: Transaction, acknowledgement: Acknowledgement, message_id: str) -> AcknowledgementTaken:
    """Billing says what became of a trigger. A message that came before is answered as then. Raises UnknownTrigger."""
    outcome = acknowledgement.data
    if await inbox.take(tx, ACKNOWLEDGEMENTS, message_id):
        _settle(tx, await tx.get(BillingTrigger, outcome.trigger_id, UnknownTrigger, lock=True), outcome)
    return AcknowledgementTaken(received=outcome.trigger_id)


async def begin_delivery(tx: Transaction, trigger_id: UUID) -> Callback | None:
    """What to tell billing now, the same at each attempt; None when it needs no telling any more."""
    trigger = await tx.get(BillingTrigger, trigger_id, UnknownTrigger, lock=True)
    if trigger.state is TriggerState.PENDING:
        move(tx, trigger, TriggerCommand.SEND)
    if trigger.state is not TriggerState.SENT:
        trigger.finish_work()
        return None
    return _callback(trigger)


async def confirm_delivery(tx: Transaction, trigger_id: UUID) -> None:
    """Billing has it. Its acknowledgement may have come before; then there is nothing left to note."""
    trigger = await tx.get(BillingTrigger, trigger_id, UnknownTrigger, lock=True)
    if trigger.state is TriggerState.SENT:
        move(tx, trigger, TriggerCommand.DELIVER)
        trigger.finish_work()


async def give_up(tx: Transaction, trigger_id: UUID, reason: str) -> None:
    """Billing refused to take it: a person has to look. Its stream waits at billing, all others go on."""
    trigger = await tx.get(BillingTrigger, trigger_id, UnknownTrigger, lock=True)
    if trigger.state is TriggerState.SENT:
        move(tx, trigger, TriggerCommand.GIVE_UP, detail={"reason": reason})
        trigger.reason = reason
        trigger.finish_work()


async def redeliver(tx: Transaction, trigger_id: UUID) -> TriggerView:
    """Deliver once more what was refused, given up or never acknowledged. Raises UnknownTrigger, IllegalMove."""
    trigger = await tx.get(BillingTrigger, trigger_id, UnknownTrigger, lock=True)
    if trigger.state is not TriggerState.PENDING:
        move(tx, trigger, TriggerCommand.REDELIVER)
    trigger.reason = None
    trigger.finish_work(again_at=tx.now)
    return _trigger_view(trigger)


async def see_triggers(
    tx: Transaction, *, order_id: UUID | None, state: TriggerState | None, page_size: int, cursor: str | None
) -> Page[TriggerView]:
    """Triggers in the order in which they were made. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.triggers_after(tx, order_id=order_id, state=state, after=after, limit=page_size + 1)
    return page_of([_trigger_view(row) for row in rows], [row.id for row in rows], page_size)


async def see_earned(tx: Transaction, *, order_id: UUID | None, page_size: int, cursor: str | None) -> Page[EarnedView]:
    """What was earned, in the order in which we learned of it. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.earned_after(tx, order_id=order_id, after=after, limit=page_size + 1)
    views = [msgspec.convert(row, EarnedView, from_attributes=True) for row in rows]
    return page_of(views, [row.id for row in rows], page_size)


async def triggers_of_services(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, list[TriggerView]]:
    """Service → its triggers in their sequence; services without any are left out."""
    found: dict[UUID, list[TriggerView]] = {}
    for row in await queries.triggers_of_services(tx, service_ids):
        found.setdefault(row.stream_id, []).append(_trigger_view(row))
    return found


async def services_under_way(tx: Transaction, *, since: datetime, asked_at: datetime) -> frozenset[UUID]:
    """Services with a trigger recorded after `since` of which billing had not said at `asked_at` what became of it."""
    return frozenset(await queries.services_under_way(tx, since=since, asked_at=asked_at))


def _of_service(kind: Kind, line: ChargeLineView, service_id: UUID, at: datetime) -> BusinessFact:
    """A line starts and stops with its service once: TMF638 ends a terminated service for good."""
    return BusinessFact(
        key=f"{kind}:{line.id}:{service_id}",
        kind=kind,
        line=line,
        quantity=line.quantity,
        effective_at=at,
        service_id=service_id,
    )


async def _trigger(tx: Transaction, fact: BusinessFact) -> BillingTrigger | None:
    """The new trigger of a fact, with the next number of its stream; None when the fact has one already."""
    stream = await queries.lock_stream(tx, fact.service_id or fact.line.id)
    # Asked under the stream's lock: a repeat that runs at the same time waited for it, and takes no number.
    if await queries.trigger_of_fact(tx, fact.key):
        return None
    stream.last += 1
    order = await orders.order_summary(tx, fact.line.order_id)
    trigger = BillingTrigger(
        id=tx.new_id(),
        fact_key=fact.key,
        kind=fact.kind,
        stream_id=stream.stream_id,
        sequence=stream.last,
        order_id=order.id,
        order_number=order.number,
        account_id=order.account_id,
        charge_line_id=fact.line.id,
        charge_code=fact.line.code,
        description=fact.line.description,
        service_id=fact.service_id,
        effective_at=fact.effective_at,
        recorded_at=tx.now,
        quantity=fact.quantity,
        amount_minor=fact.line.amount_minor * fact.quantity,
        currency=fact.line.currency,
        period=fact.line.period,
        state=BILLING_TRIGGER.initial,
        due_at=tx.now,
    )
    tx.add(trigger)
    await tx.flush()
    return trigger


def _earn(tx: Transaction, trigger: BillingTrigger, obligation: Obligation, evidence: Evidence) -> None:
    earned = EarnedTrigger(
        id=tx.new_id(),
        billing_trigger_id=trigger.id,
        obligation=obligation,
        order_id=trigger.order_id,
        charge_line_id=trigger.charge_line_id,
        earned_from=trigger.effective_at,
        recorded_at=tx.now,
        quantity=trigger.quantity,
        amount_minor=trigger.amount_minor,
        currency=trigger.currency,
        period=trigger.period,
        evidence=evidence,
        state=EARNED_TRIGGER.initial,
    )
    tx.add(earned)
    move(tx, earned, EarnedCommand.EARN, occurred_at=trigger.effective_at)


def _settle(tx: Transaction, trigger: BillingTrigger, outcome: Outcome) -> None:
    """Take billing's word, unless it only says again what we know."""
    command = COMMANDS[outcome.status]
    if (trigger.state, command) not in BILLING_TRIGGER.moves:
        return
    said = {"reason": outcome.reason, "ledger_entry_id": outcome.ledger_entry_id}
    move(tx, trigger, command, detail=said)
    if trigger.state == outcome.status:  # else a contradiction, which is kept in the facts and overwrites nothing
        trigger.acknowledged_at = tx.now
        trigger.ledger_entry_id, trigger.reason = outcome.ledger_entry_id, outcome.reason
        trigger.finish_work()


def _callback(trigger: BillingTrigger) -> Callback:
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


def _trigger_view(row: BillingTrigger) -> TriggerView:
    return msgspec.convert(row, TriggerView, from_attributes=True)
