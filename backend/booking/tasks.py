"""The worker's part of booking: a hold that nobody confirmed in time gives everything back."""

from uuid import UUID

from backend.booking import service
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database


async def expire(database: Database, hold_id: UUID) -> None:
    async with database.transaction(SYSTEM, "expire_hold") as tx:
        await service.expire(tx, hold_id)
