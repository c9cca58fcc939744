"""Background work of reconciliation: fetch billing's extract, compare, write what was found."""

from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.ports import Billing, BillingRefused
from backend.reconciliation import service


async def run(database: Database, billing: Billing, run_id: UUID) -> None:
    """Perform one due `ReconciliationRun`. Comparing reads a snapshot, so that it holds up nobody who writes.

    Raises BillingUnreachable: try again later.
    """
    async with database.transaction(SYSTEM, "begin_reconciliation") as tx:
        asked_at = await service.begin(tx, run_id)
    if asked_at is None:
        return
    try:
        extract = await billing.extract()
    except BillingRefused as refused:
        async with database.transaction(SYSTEM, "fail_reconciliation") as tx:
            await service.fail(tx, run_id, refused.params["reason"])
        return
    async with database.snapshot(SYSTEM, "reconcile") as tx:
        comparison = await service.hold_against(tx, extract, asked_at=asked_at)
    async with database.transaction(SYSTEM, "finish_reconciliation") as tx:
        await service.finish(tx, run_id, comparison)
