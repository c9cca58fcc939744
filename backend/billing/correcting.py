"""What turned out otherwise: the latest trigger of a fact is corrected, by whoever asks for it, once."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import msgspec

from backend.billing import earning, queries, triggers
from backend.billing.models import BillingTrigger
from backend.billing.schemas import AlreadyCorrected, TriggerView, UnknownTrigger
from backend.billing.triggers import BusinessFact
from backend.kernel.db import Transaction


async def correct(
    tx: Transaction,
    trigger_id: UUID,
    *,
    correction_id: UUID,
    because: str,
    effective_at: datetime | None = None,
    quantity: int | None = None,
    amount_minor: int | None = None,
) -> TriggerView:
    """Correct the latest trigger of a fact, once for each correction_id; the trigger that says it now.

    effective_at, quantity, amount_minor: what was wrong; quantity 0 takes it back; with none of them billing is told once
    more what stands. amount_minor: for the whole quantity; the price of a piece stays when only the quantity is given.
    Raises UnknownTrigger, AlreadyCorrected.
    """
    asked = await tx.get(BillingTrigger, trigger_id, UnknownTrigger)
    await queries.lock_stream(tx, asked.stream_id)
    if (known := await queries.correction(tx, correction_id)) is not None:
        return trigger_view(known)
    latest = await queries.lock_latest_of_fact(tx, asked.fact_key)
    assert latest is not None, f"{asked.fact_key} has {trigger_id}"
    if latest.id != trigger_id:
        raise AlreadyCorrected(trigger_id=str(trigger_id), latest=str(latest.id))
    fact = _corrected(BusinessFact.of_trigger(latest), effective_at, quantity, amount_minor)
    stated = await triggers.restate(tx, fact, latest)
    stated.trigger.correction_id, stated.trigger.because = correction_id, because
    await earning.follow_correction(tx, stated)
    return trigger_view(stated.trigger)


def trigger_view(row: BillingTrigger) -> TriggerView:
    return msgspec.convert(row, TriggerView, from_attributes=True)


def _corrected(
    fact: BusinessFact, effective_at: datetime | None, quantity: int | None, amount_minor: int | None
) -> BusinessFact:
    terms = fact.terms
    if quantity is not None:
        piece_minor = terms.amount_minor // terms.quantity if terms.quantity else 0
        terms = replace(terms, quantity=quantity, amount_minor=piece_minor * quantity)
    if amount_minor is not None:
        terms = replace(terms, amount_minor=amount_minor)
    return replace(fact, terms=terms, effective_at=effective_at or fact.effective_at)
