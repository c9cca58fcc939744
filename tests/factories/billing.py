"""Facts that are billed, billing's word on them, and a billing system in memory."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.billing import service
from backend.billing.models import BillingStream, BillingTrigger, EarnedTrigger
from backend.billing.schemas import Acknowledgement, Outcome
from backend.billing.tasks import Courier
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.tasks import ManyTask, run_due
from backend.orders import service as orders
from backend.orders.handovers import Proof, record_goods
from backend.orders.lifecycle import FulfilmentMethod
from backend.orders.schemas import HandedOver, OrderView
from backend.ports import Billing
from backend.resources import service as resources
from clients.billing.messages import Callback, Extract, ExtractItem
from tests.factories.catalogue import MESH
from tests.factories.orders import make_shop, make_submitted_order
from tests.fakes import MONDAY

VISIT = MONDAY - timedelta(hours=2)  # the phone had no signal until now
JOB = UUID("01978f6a-0000-7000-8000-00000000a001")


class FakeBilling:
    """The port `Billing` as lists. troubles: raised by the next calls, one each; items: what it says it bills."""

    def __init__(self, troubles: Sequence[Exception] = (), items: Sequence[ExtractItem] = ()) -> None:
        self.taken: list[Callback] = []
        self.tried: list[Callback] = []
        self.items = list(items)
        self.troubles = list(troubles)

    async def deliver(self, callback: Callback) -> None:
        self.tried.append(callback)
        if self.troubles:
            raise self.troubles.pop(0)
        self.taken.append(callback)

    async def extract(self) -> Extract:
        if self.troubles:
            raise self.troubles.pop(0)
        return Extract(as_of=MONDAY, items=self.items)


def telling(database: Database, billing: Billing) -> ManyTask:
    """The worker's task that tells this billing system; it keeps in mind whether billing is away."""
    courier = Courier(database, billing, random=Random(7))
    return ManyTask(name="tell billing", model=BillingStream, drain=courier.drain)


async def tell(database: Database, billing: Billing) -> int:
    """Tell all that is due; how many streams had their turn."""
    return await run_due(database, telling(database, billing), "worker")


async def make_handover(
    tx: Transaction, order_id: UUID, *, model: str = MESH.code, quantity: int = 1, job_id: UUID = JOB
) -> UUID:
    """Pieces of one model reach the customer at VISIT; the id of the proof."""
    before = {proof.id for proof in (await orders.order_view(tx, order_id)).handovers}
    serials = [f"{model}-{number}" for number in range(1, quantity + 1)]
    goods = [HandedOver(model=model, quantity=quantity, serials=serials)]
    proof = Proof(method=FulfilmentMethod.TECHNICIAN, job_id=job_id, occurred_at=VISIT)
    await record_goods(tx, order_id, goods, proof)
    [found] = [one for one in (await orders.order_view(tx, order_id)).handovers if one.id not in before]
    return found.id


async def make_running_service(
    tx: Transaction, order: OrderView, kind: ServiceKind = ServiceKind.INTERNET, *, since: datetime = VISIT
) -> UUID:
    """The order's service of this kind is activated; billing was not told yet."""
    [found] = [one.id for one in order.services if one.kind is kind]
    await resources.activate(tx, found, since)
    return found


async def make_trigger(database: Database) -> BillingTrigger:
    """A running internet service of a new order in a new shop, whose start waits to be delivered."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_shop(tx)
        await make_started_service(tx, await make_submitted_order(tx))
    [trigger] = await all_triggers(database)
    return trigger


async def make_started_service(
    tx: Transaction, order: OrderView, kind: ServiceKind = ServiceKind.INTERNET, *, since: datetime = VISIT
) -> UUID:
    """A running service whose start waits to be delivered to billing."""
    service_id = await make_running_service(tx, order, kind, since=since)
    await service.start_billing(tx, service_id, since)
    return service_id


def make_acknowledgement(trigger_id: UUID, **changes: Any) -> Acknowledgement:
    """Billing applied it as entry-1, or what `changes` say."""
    outcome = Outcome(trigger_id=trigger_id, status="applied", ledger_entry_id="entry-1")
    return Acknowledgement(
        type="billing.acknowledgement", timestamp=MONDAY, data=msgspec.structs.replace(outcome, **changes)
    )


def make_rejection(trigger_id: UUID, reason: str = "sequence_taken") -> Acknowledgement:
    return make_acknowledgement(trigger_id, status="rejected", reason=reason, ledger_entry_id="")


async def all_triggers(database: Database) -> list[BillingTrigger]:
    """Every trigger, in the order in which they were made."""
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(BillingTrigger).order_by(BillingTrigger.id)))


async def all_earned(database: Database) -> list[EarnedTrigger]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(EarnedTrigger).order_by(EarnedTrigger.id)))
