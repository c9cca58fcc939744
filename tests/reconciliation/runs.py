"""Runs of a comparison, as the worker performs them, and what they left behind."""

from uuid import UUID

from sqlalchemy import select

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.outbox import OutboxRow
from backend.kernel.tasks import Task, run_due
from backend.orders.schemas import OrderView
from backend.reconciliation import service, tasks
from backend.reconciliation.models import ReconciliationRun, ServiceBreak
from backend.reconciliation.schemas import RunView
from clients.billing.messages import ExtractItem
from tests.factories.billing import VISIT, FakeBilling


def item(order: OrderView, service_id: UUID) -> ExtractItem:
    """What billing has to bill for this service of the order."""
    [line] = [line for line in order.charge_lines if line.service_id == service_id]
    return ExtractItem(
        service_id=service_id,
        charge_line_id=line.id,
        charge_code=line.code,
        account_id=order.account_id,
        kind="subscription",
        billed_since=VISIT,
        billed_until=None,
        quantity=line.quantity,
        amount_minor=line.amount_minor,
        currency=line.currency,
    )


async def reconcile(database: Database, billing: FakeBilling) -> RunView:
    """Ask for a run and let the worker look once."""
    async with database.transaction(SYSTEM, "test") as tx:
        run = await service.request(tx)
    await hear(database)
    await look(database, billing)
    async with database.snapshot(SYSTEM, "test") as tx:
        return await service.see_run(tx, run.id)


async def hear(database: Database) -> None:
    """Whoever had to hear of the events so far has heard of them."""
    async with database.transaction(SYSTEM, "test") as tx:
        for event in await tx.session.scalars(select(OutboxRow)):
            event.finish_work()


async def look(database: Database, billing: FakeBilling) -> int:
    async def perform(run_id: UUID) -> None:
        await tasks.run(database, billing, run_id)

    return await run_due(database, Task(name="reconcile", model=ReconciliationRun, perform=perform), "worker")


async def breaks(database: Database) -> list[ServiceBreak]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return list(await tx.session.scalars(select(ServiceBreak).order_by(ServiceBreak.id)))
