"""Handing over: the proof that goods or work reached the customer, the line that is billed for it, the event for billing.

Facts are recorded whatever the order's state is. More than was ordered is not charged.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.catalogue.schemas import ChargeKind
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.orders import queries
from backend.orders.errors import UnknownOrder
from backend.orders.lifecycle import CHARGE_LINE, FulfilmentMethod, LineCommand, LineState
from backend.orders.models import ChargeLine, Handover, ProductOrder
from backend.orders.schemas import HandedOver

HANDOVER_RECORDED = "handover.recorded"


@dataclass(frozen=True, kw_only=True)
class Proof:
    """How something reached the customer: by a job (method technician), or by a consignment with its paper."""

    method: FulfilmentMethod
    occurred_at: datetime
    job_id: UUID | None = None
    consignment_id: UUID | None = None
    reference: str | None = None
    received_by: str | None = None


async def record_goods(tx: Transaction, order_id: UUID, goods: Sequence[HandedOver], proof: Proof) -> None:
    """Goods reached the customer. Event `handover.recorded` for each line; told again, nothing is added.

    The pieces of a model go to the order's open lines of that model: those that were to come in this way first, and
    of these the oldest.
    """
    lines = await _locked_lines(tx, order_id, ChargeKind.FULFILMENT)
    if await _is_recorded(tx, lines, proof):
        return
    for given in goods:
        fitting = [line for line in lines if line.model == given.model and line.state is LineState.OPEN]
        _hand_over(tx, sorted(fitting, key=lambda line: line.fulfilment is not proof.method), given, proof)
    await tx.flush()


async def record_work(tx: Transaction, order_id: UUID, proof: Proof) -> None:
    """The work of the order was done and accepted. Event `handover.recorded` for each labour line."""
    for line in await _locked_lines(tx, order_id, ChargeKind.LABOUR):
        if line.state is LineState.OPEN:
            _deliver(tx, line, [], proof)
    await tx.flush()


async def _locked_lines(tx: Transaction, order_id: UUID, kind: ChargeKind) -> list[ChargeLine]:
    """The lines of one kind; the order is locked first, so that two hand-overs of it come one after the other."""
    await tx.get(ProductOrder, order_id, UnknownOrder, lock=True)
    return [line for line in await queries.lines_of(tx, order_id) if line.kind is kind]


async def _is_recorded(tx: Transaction, lines: Sequence[ChargeLine], proof: Proof) -> bool:
    source = (proof.job_id, proof.consignment_id)
    known = await queries.handovers_of(tx, [line.id for line in lines])
    return any((one.job_id, one.consignment_id) == source for one in known)


def _hand_over(tx: Transaction, lines: Iterable[ChargeLine], given: HandedOver, proof: Proof) -> None:
    left, serials = given.quantity, list(given.serials)
    for line in lines:
        quantity = min(left, line.quantity)
        if quantity > 0:
            part = line if quantity == line.quantity else _split(tx, line, quantity, proof.occurred_at)
            _deliver(tx, part, serials[:quantity], proof)
            left, serials = left - quantity, serials[quantity:]


def _split(tx: Transaction, line: ChargeLine, quantity: int, occurred_at: datetime) -> ChargeLine:
    """The part of a line that was delivered, as a line of its own; the rest stays open and may come another way."""
    line.quantity -= quantity
    move(tx, line, LineCommand.SPLIT, occurred_at=occurred_at, detail={"quantity": quantity})
    part = ChargeLine(
        id=tx.new_id(),
        order_id=line.order_id,
        order_item_id=line.order_item_id,
        code=line.code,
        kind=line.kind,
        description=line.description,
        model=line.model,
        service_kind=line.service_kind,
        fulfilment=line.fulfilment,
        quantity=quantity,
        split_from=line.id,
        amount_minor=line.amount_minor,
        currency=line.currency,
        period=line.period,
        earned=line.earned,
        state=CHARGE_LINE.initial,
    )
    tx.add(part)
    return part


def _deliver(tx: Transaction, line: ChargeLine, serials: list[str], proof: Proof) -> None:
    """Write the proof, close the line, tell billing."""
    if line.fulfilment is not None:
        line.fulfilment = proof.method
    handover = Handover(
        id=tx.new_id(),
        charge_line_id=line.id,
        method=proof.method,
        quantity=line.quantity,
        serials=serials,
        job_id=proof.job_id,
        consignment_id=proof.consignment_id,
        reference=proof.reference,
        received_by=proof.received_by,
        occurred_at=proof.occurred_at,
    )
    tx.add(handover)
    move(tx, line, LineCommand.FULFIL, occurred_at=proof.occurred_at)
    outbox.record(tx, HANDOVER_RECORDED, handover.id, occurred_at=proof.occurred_at)
