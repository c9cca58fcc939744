"""Background work of returns: remind of what is due soon, charge for what did not come."""

from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.returns import service


async def look(database: Database, return_id: UUID) -> None:
    """Perform one due `ExpectedReturn`."""
    async with database.transaction(SYSTEM, "look_at_return") as tx:
        await service.look(tx, return_id)
