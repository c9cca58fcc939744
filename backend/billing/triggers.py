"""How a business fact becomes a trigger: once, in the sequence of its stream, and corrected when it turns out otherwise.

A fact that is stated again with the same terms changes nothing. With other terms it is corrected: in place while billing
cannot have heard of it, else by a `correct` trigger that names the one it supersedes. What is earned is not here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from backend.billing import queries
from backend.billing.lifecycle import BILLING_TRIGGER, NEVER_TAKEN, TriggerCommand, TriggerState
from backend.billing.models import BillingStream, BillingTrigger
from backend.catalogue.schemas import Period
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders.schemas import ChargeLineView
from clients.billing.messages import Kind


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is billed. amount_minor: for the whole quantity; 0 pieces: nothing is billed after all."""

    charge_line_id: UUID | None
    charge_code: str
    description: str
    quantity: int
    amount_minor: int
    currency: str
    period: Period

    @classmethod
    def of_line(cls, line: ChargeLineView, quantity: int) -> Self:
        """So many pieces of an order's charge line, at its price."""
        return cls(
            charge_line_id=line.id,
            charge_code=line.code,
            description=line.description,
            quantity=quantity,
            amount_minor=line.amount_minor * quantity,
            currency=line.currency,
            period=line.period,
        )

    @classmethod
    def of_trigger(cls, trigger: BillingTrigger) -> Self:
        return cls(**{name: getattr(trigger, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class BusinessFact:
    """Something that happened once and is billed once. key: names it, the same however often we hear of it."""

    key: str
    kind: Kind
    terms: Terms
    effective_at: datetime
    account_id: UUID
    order_id: UUID | None
    order_number: str | None
    service_id: UUID | None = None

    @property
    def stream_id(self) -> UUID:
        return self.service_id or self.terms.charge_line_id or self.account_id

    @classmethod
    def of_trigger(cls, trigger: BillingTrigger) -> Self:
        """The fact that this trigger tells of."""
        return cls(
            key=trigger.fact_key,
            kind=trigger.kind,
            terms=Terms.of_trigger(trigger),
            effective_at=trigger.effective_at,
            account_id=trigger.account_id,
            order_id=trigger.order_id,
            order_number=trigger.order_number,
            service_id=trigger.service_id,
        )


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A new trigger. instead_of: the one that it corrects, None for a fact that is told for the first time."""

    trigger: BillingTrigger
    instead_of: BillingTrigger | None = None


async def state(tx: Transaction, fact: BusinessFact) -> Stated | None:
    """The new trigger that this fact makes; None when its latest trigger says the same already."""
    stream = await queries.lock_stream(tx, fact.stream_id)
    # Asked under the stream's lock: a repeat that runs at the same time waited for it, and takes no number.
    latest = await queries.lock_latest_of_fact(tx, fact.key)
    if latest is None:
        return Stated(trigger=await _add(tx, stream, fact))
    if latest.effective_at == fact.effective_at and Terms.of_trigger(latest) == fact.terms:
        return None
    return await _replace(tx, stream, fact, latest)


async def state_new(tx: Transaction, facts: Sequence[BusinessFact]) -> dict[str, BillingTrigger]:
    """Key → the new trigger of each of these facts that was not told before. Each is of another stream."""
    if not facts:
        return {}
    streams = {stream.id: stream for stream in await queries.open_streams(tx, [fact.stream_id for fact in facts])}
    known = await queries.known_facts(tx, [fact.key for fact in facts])  # under the streams' locks, as above
    new = {fact.key: _make(tx, streams[fact.stream_id], fact) for fact in facts if fact.key not in known}
    await tx.flush()
    return new


async def restate(tx: Transaction, fact: BusinessFact, corrected: BillingTrigger) -> Stated:
    """Correct this trigger, the latest of the fact, also by what it says itself. Its stream is locked."""
    stream = await queries.lock_stream(tx, fact.stream_id)
    return await _replace(tx, stream, fact, corrected)


async def _replace(tx: Transaction, stream: BillingStream, fact: BusinessFact, latest: BillingTrigger) -> Stated:
    """The next revision of a fact: how it is told depends on how much billing can know of the one before."""
    revision = latest.revision + 1
    if latest.state in NEVER_TAKEN:
        move(tx, latest, TriggerCommand.SUPERSEDE)
        latest.is_due = False
        await tx.flush()  # its number must be free before it is given on
        number, told_as, supersedes = latest.sequence, latest.kind, latest.supersedes
        trigger = await _add(tx, stream, fact, number, kind=told_as, supersedes=supersedes, revision=revision)
    elif latest.state is TriggerState.REJECTED:  # nothing of it stands at billing: tell it as if for the first time
        told_as, supersedes = latest.kind, latest.supersedes
        trigger = await _add(tx, stream, fact, kind=told_as, supersedes=supersedes, revision=revision)
    else:
        trigger = await _add(tx, stream, fact, kind=Kind.CORRECT, supersedes=latest.id, revision=revision)
    return Stated(trigger=trigger, instead_of=latest)


async def _add(
    tx: Transaction,
    stream: BillingStream,
    fact: BusinessFact,
    number: int | None = None,
    *,
    kind: Kind | None = None,
    supersedes: UUID | None = None,
    revision: int = 0,
) -> BillingTrigger:
    """A trigger under this number, or under the next of its stream."""
    trigger = _make(tx, stream, fact, number, kind=kind, supersedes=supersedes, revision=revision)
    await tx.flush()
    return trigger


def _make(
    tx: Transaction,
    stream: BillingStream,
    fact: BusinessFact,
    number: int | None = None,
    *,
    kind: Kind | None = None,
    supersedes: UUID | None = None,
    revision: int = 0,
) -> BillingTrigger:
    if number is None:
        stream.last += 1
        number = stream.last
    trigger = BillingTrigger(
        id=tx.new_id(),
        fact_key=fact.key,
        revision=revision,
        kind=kind or fact.kind,
        stream_id=stream.id,
        sequence=number,
        order_id=fact.order_id,
        order_number=fact.order_number,
        account_id=fact.account_id,
        service_id=fact.service_id,
        effective_at=fact.effective_at,
        recorded_at=tx.now,
        supersedes=supersedes,
        state=BILLING_TRIGGER.initial,
        is_due=True,
        **{name: getattr(fact.terms, name) for name in Terms.__dataclass_fields__},
    )
    tx.add(trigger)
    stream.due_at = min(stream.due_at or tx.now, tx.now)
    return trigger
