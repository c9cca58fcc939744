"""Background work of orders: one that nobody submitted in time ends, and gives everything back."""

from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.orders import service


async def expire(database: Database, order_id: UUID) -> None:
    """Perform one due `ProductOrder`."""
    async with database.transaction(SYSTEM, "expire_order") as tx:
        await service.expire(tx, order_id)
