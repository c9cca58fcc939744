"""Goods that are paid by the month: billed from their hand-over on, and no more for each piece that comes back."""

from datetime import datetime
from uuid import UUID

from backend.billing import earning, queries, triggers
from backend.billing.schemas import Evidence
from backend.billing.triggers import BusinessFact, Terms
from backend.catalogue.schemas import Period
from backend.kernel.db import Transaction
from backend.orders import service as orders
from clients.billing.messages import Kind

GIVEN_BACK = "given_back"


async def give_back(tx: Transaction, handover_id: UUID, *, fact_id: UUID, at: datetime) -> None:
    """One piece of a hand-over came back at `at`, once for each fact_id: the rest is billed on, after the last nothing.

    What was paid once stays paid. Raises UnknownHandover.
    """
    proof = await orders.handover(tx, handover_id)
    line = await orders.charge_line(tx, proof.charge_line_id)
    if line.period is not Period.MONTH:
        return
    await queries.lock_stream(tx, line.id)
    facts = {trigger.fact_key for trigger in await queries.latest_of_stream(tx, line.id)}
    key, before = f"{GIVEN_BACK}:{fact_id}", sum(one.startswith(GIVEN_BACK) for one in facts)
    if key in facts or f"fulfil:{proof.id}" not in facts or before >= proof.quantity:
        return
    left = proof.quantity - before - 1
    order = await orders.order_summary(tx, line.order_id)
    fact = BusinessFact(
        key=key,
        kind=Kind.CHANGE if left else Kind.STOP,
        terms=Terms.of_line(line, left or proof.quantity),
        effective_at=max(at, proof.occurred_at),
        account_id=order.account_id,
        order_id=order.id,
        order_number=order.number,
    )
    stated = await triggers.state(tx, fact)
    assert stated is not None, f"{key} was not told before"
    await earning.end(tx, stated.trigger)
    if left:
        evidence = Evidence(order_id=order.id, charge_line_id=line.id, handover_id=proof.id)
        earning.earn(tx, stated.trigger, line, evidence, is_accepted=True)
