"""Background work of resources: a reservation that nobody confirmed ends, and so does a quarantine."""

from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.resources import service


async def finish_hold(database: Database, resource_id: UUID) -> None:
    """Perform one due `Resource`."""
    async with database.transaction(SYSTEM, "finish_resource_hold") as tx:
        await service.finish_hold(tx, resource_id)
