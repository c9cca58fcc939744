"""Use cases of billing: each business fact makes one trigger, whatever path or repeat brought it here.

A fact that turns out otherwise is corrected. All functions may be called again with the same fact, as events come at
least once. How triggers are told is in `delivery`, what they earn in `earning`; corrections are in `correcting`, what an
account itself is given or owes in `accounts`, rent in `rentals`.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from backend.billing import earning, queries, triggers
from backend.billing.accounts import charge, credit, take_back_charge, take_back_credit
from backend.billing.correcting import correct, trigger_view
from backend.billing.lifecycle import TriggerState
from backend.billing.models import BillingTrigger
from backend.billing.schemas import Evidence, NotBilledYet, NotCharged, TriggerView, UnknownTrigger
from backend.billing.triggers import BusinessFact, Terms
from backend.kernel.db import Transaction
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.orders import service as orders
from backend.orders.schemas import ChargeLineView, OrderSummary
from backend.resources import service as resources
from clients.billing.messages import Kind

__all__ = [
    "change_billing",
    "charge",
    "correct",
    "credit",
    "resume_billing",
    "see_trigger",
    "see_triggers",
    "services_under_way",
    "start_billing",
    "stop_billing",
    "suspend_billing",
    "take_back_charge",
    "take_back_credit",
    "tell_again",
    "trigger_handover",
    "trigger_view",
    "triggers_of_services",
]

# A service is billed on and on: what its triggers, in order, leave it at.
RUNS_AFTER = {"start": True, "resume": True, "suspend": False, "stop": False}


async def trigger_handover(tx: Transaction, handover_id: UUID) -> None:
    """So much of a fulfilment or labour line was delivered: bill that much, and it is earned. Raises UnknownHandover.

    What came with a technician is accepted by the completion of his job; what was sent or picked up is not, by that.
    """
    proof = await orders.handover(tx, handover_id)
    line = await orders.charge_line(tx, proof.charge_line_id)
    fact = await _fact(tx, f"fulfil:{proof.id}", Kind.FULFIL, line, proof.occurred_at, quantity=proof.quantity)
    evidence = Evidence(
        order_id=line.order_id,
        charge_line_id=line.id,
        handover_id=proof.id,
        job_id=proof.job_id,
        serials=proof.serials,
    )
    await _bill(tx, fact, line, evidence, is_accepted=proof.job_id is not None)


async def start_billing(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service runs since `at`: its provision line is billed and earned from then on.

    A service that is not charged by itself starts nothing. One that ended before we heard of its start is stopped, too.
    """
    await start_billing_together(tx, {service_id: at})


async def start_billing_together(tx: Transaction, since: Mapping[UUID, datetime]) -> None:
    """The same for many: what is told for the first time is read and written together. since: service → since when."""
    lines = {line.service_id: line for line in await orders.lines_of_services(tx, since) if line.service_id}
    charged = await orders.order_summaries(tx, {line.order_id for line in lines.values()})
    facts = {
        service_id: _fact_of(
            f"{Kind.START}:{service_id}",
            Kind.START,
            line,
            charged[line.order_id],
            since[service_id],
            quantity=line.quantity,
            service_id=service_id,
        )
        for service_id, line in lines.items()
    }
    new = await triggers.state_new(tx, list(facts.values()))
    for service_id, line in lines.items():
        if (trigger := new.get(facts[service_id].key)) is not None:
            earning.earn(tx, trigger, line, _evidence(line, service_id), is_accepted=True)
        else:
            again = await _of_service(tx, Kind.START, line, service_id, since[service_id])
            await _bill(tx, again, line, _evidence(line, service_id))
    for service_id, ended_at in (await resources.terminated_since(tx, lines)).items():
        await stop_billing(tx, service_id, ended_at)


async def stop_billing(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service ended at `at`: it is billed and earned until then. What was not started (yet) has nothing to stop."""
    line = await orders.line_of_service(tx, service_id)
    if line is None or await queries.latest_of_fact(tx, f"start:{service_id}") is None:
        return
    await _end(tx, await _of_service(tx, Kind.STOP, line, service_id, at))


async def suspend_billing(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service rests since `at`: it is neither billed nor earned until it is resumed. Raises NotBilledYet."""
    line = await orders.line_of_service(tx, service_id)
    if line is None or await _is_known(tx, Kind.SUSPEND, service_id, at):
        return
    await _expect(tx, service_id, Kind.SUSPEND, runs=True)
    await _end(tx, await _of_service(tx, Kind.SUSPEND, line, service_id, at))


async def resume_billing(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service runs again since `at`, on the terms that its line has by now. Raises NotBilledYet."""
    line = await orders.line_of_service(tx, service_id)
    if line is None or await _is_known(tx, Kind.RESUME, service_id, at):
        return
    await _expect(tx, service_id, Kind.RESUME, runs=False)
    await _bill(tx, await _of_service(tx, Kind.RESUME, line, service_id, at), line, _evidence(line, service_id))


async def change_billing(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service has other terms since `at`: those of its line as it is now. Raises NotBilledYet.

    A service that rests is billed on them when it is resumed; terms that are billed already change nothing.
    """
    line = await orders.line_of_service(tx, service_id)
    if line is None or await _is_known(tx, Kind.CHANGE, service_id, at):
        return
    told = await queries.latest_of_stream(tx, service_id)
    if not told:
        raise NotBilledYet(service_id=str(service_id), kind=Kind.CHANGE)
    fact = await _of_service(tx, Kind.CHANGE, line, service_id, at)
    if not _runs(told) or Terms.of_trigger(told[-1]) == fact.terms:
        return
    if (stated := await triggers.state(tx, fact)) is not None:
        await earning.end(tx, stated.trigger)
        earning.earn(tx, stated.trigger, line, _evidence(line, service_id), is_accepted=True)


async def tell_again(tx: Transaction, service_id: UUID, kind: Kind, at: datetime, *, repair_id: UUID) -> TriggerView:
    """Bill a service from `at` on, or no more, because billing lost what it was told; once for each repair_id.

    kind: start, stop or suspend. It is a fact of its own: what billing lost, a correction could not name. What was earned
    stays as it was. Raises NotCharged.
    """
    line = await orders.line_of_service(tx, service_id)
    if line is None:
        raise NotCharged(service_id=str(service_id))
    key = f"{kind}:{service_id}:repair:{repair_id}"
    await triggers.state(tx, await _fact(tx, key, kind, line, at, quantity=line.quantity, service_id=service_id))
    told = await queries.latest_of_fact(tx, key)
    assert told is not None, f"{key} was just told"
    return trigger_view(told)


async def see_triggers(
    tx: Transaction, *, order_id: UUID | None, state: TriggerState | None, page_size: int, cursor: str | None
) -> Page[TriggerView]:
    """Triggers in the order in which they were made. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.triggers_after(tx, order_id=order_id, state=state, after=after, limit=page_size + 1)
    return page_of([trigger_view(row) for row in rows], [row.id for row in rows], page_size)


async def see_trigger(tx: Transaction, trigger_id: UUID) -> TriggerView:
    """What billing was told, and what it said. Raises UnknownTrigger."""
    return trigger_view(await tx.get(BillingTrigger, trigger_id, UnknownTrigger))


async def triggers_of_services(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, list[TriggerView]]:
    """Service → its triggers in their sequence; services without any are left out."""
    found: dict[UUID, list[TriggerView]] = {}
    for row in await queries.triggers_of_services(tx, service_ids):
        found.setdefault(row.stream_id, []).append(trigger_view(row))
    return found


async def services_under_way(tx: Transaction, *, since: datetime, asked_at: datetime) -> frozenset[UUID]:
    """Services with a trigger recorded after `since` of which billing had not said at `asked_at` what became of it."""
    return frozenset(await queries.services_under_way(tx, since=since, asked_at=asked_at))


async def _bill(
    tx: Transaction, fact: BusinessFact, line: ChargeLineView, evidence: Evidence, *, is_accepted: bool = True
) -> None:
    """Tell it, and it is earned; what was told otherwise before is corrected."""
    if (stated := await triggers.state(tx, fact)) is None:
        return
    if stated.instead_of is None:
        earning.earn(tx, stated.trigger, line, evidence, is_accepted=is_accepted)
    else:
        await earning.follow_correction(tx, stated)


async def _end(tx: Transaction, fact: BusinessFact) -> None:
    if (stated := await triggers.state(tx, fact)) is None:
        return
    if stated.instead_of is None:
        await earning.end(tx, stated.trigger)
    else:
        await earning.follow_correction(tx, stated)


async def _of_service(
    tx: Transaction, kind: Kind, line: ChargeLineView, service_id: UUID, at: datetime
) -> BusinessFact:
    """A service starts and stops once (TMF638 ends a terminated one for good), and may rest and change often.

    When it is told again that it started or stopped, only the time can have changed, not what was agreed at that time.
    """
    is_once = kind in (Kind.START, Kind.STOP)
    key = f"{kind}:{service_id}" if is_once else _key(kind, service_id, at)
    fact = await _fact(tx, key, kind, line, at, quantity=line.quantity, service_id=service_id)
    if not is_once or await queries.latest_of_fact(tx, key) is None:
        return fact
    await queries.lock_stream(tx, service_id)  # first, as whoever corrects it does
    told = await queries.lock_latest_of_fact(tx, key)
    assert told is not None, f"{key} was told a moment ago, and triggers stay"
    return replace(fact, terms=Terms.of_trigger(told))


async def _fact(
    tx: Transaction,
    key: str,
    kind: Kind,
    line: ChargeLineView,
    at: datetime,
    *,
    quantity: int,
    service_id: UUID | None = None,
) -> BusinessFact:
    order = await orders.order_summary(tx, line.order_id)
    return _fact_of(key, kind, line, order, at, quantity=quantity, service_id=service_id)


def _fact_of(
    key: str,
    kind: Kind,
    line: ChargeLineView,
    order: OrderSummary,
    at: datetime,
    *,
    quantity: int,
    service_id: UUID | None,
) -> BusinessFact:
    return BusinessFact(
        key=key,
        kind=kind,
        terms=Terms.of_line(line, quantity),
        effective_at=at,
        account_id=order.account_id,
        order_id=order.id,
        order_number=order.number,
        service_id=service_id,
    )


def _key(kind: Kind, service_id: UUID, at: datetime) -> str:
    return f"{kind}:{service_id}:{at.isoformat()}"


async def _is_known(tx: Transaction, kind: Kind, service_id: UUID, at: datetime) -> bool:
    return await queries.latest_of_fact(tx, _key(kind, service_id, at)) is not None


async def _expect(tx: Transaction, service_id: UUID, kind: Kind, *, runs: bool) -> None:
    """Events may overtake one another: one that cannot be billed yet comes again after the one before it."""
    told = await queries.latest_of_stream(tx, service_id)
    if not told or _runs(told) is not runs:
        raise NotBilledYet(service_id=str(service_id), kind=kind)


def _runs(told: list[BillingTrigger]) -> bool:
    """Whether a service is billed on and on, by the latest triggers of its facts in order."""
    moves = [one.fact_key.partition(":")[0] for one in told]
    return [RUNS_AFTER[word] for word in moves if word in RUNS_AFTER][-1]


def _evidence(line: ChargeLineView, service_id: UUID) -> Evidence:
    return Evidence(order_id=line.order_id, charge_line_id=line.id, service_id=service_id)
