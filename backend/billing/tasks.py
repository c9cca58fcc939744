"""Background work of billing: deliver what billing was not told yet.

Nothing waits for an earlier trigger of the same stream: each carries its number, and the receiver puts them in order.
So a trigger that cannot be delivered holds up its own stream only.
"""

from uuid import UUID

from backend.billing import service
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.drills import kill_point
from backend.ports import Billing, BillingRefused


async def deliver(database: Database, billing: Billing, trigger_id: UUID) -> None:
    """Perform one due `BillingTrigger`. At least once: billing tells repeats by the trigger's id.

    Raises BillingUnreachable: try again later.
    """
    async with database.transaction(SYSTEM, "begin_delivery") as tx:
        callback = await service.begin_delivery(tx, trigger_id)
    if callback is None:
        return
    try:
        await billing.deliver(callback)
    except BillingRefused as refused:
        async with database.transaction(SYSTEM, "give_up_delivery") as tx:
            await service.give_up(tx, trigger_id, refused.params["reason"])
        return
    kill_point("billing.called")
    async with database.transaction(SYSTEM, "confirm_delivery") as tx:
        await service.confirm_delivery(tx, trigger_id)
