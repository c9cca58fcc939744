"""Background work of inventory: a reservation that nobody confirmed gives its unit back."""

from uuid import UUID

from backend.inventory import reservations
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database


async def expire_reservation(database: Database, reservation_id: UUID) -> None:
    """Perform one due `StockReservation`."""
    async with database.transaction(SYSTEM, "expire_stock_reservation") as tx:
        await reservations.expire(tx, reservation_id)
