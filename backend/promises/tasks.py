"""Background work of promises: look at a window that is over and of which nothing was heard."""

from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.promises import service
from backend.promises.policy import Pack


async def look(database: Database, pack: Pack, promise_id: UUID) -> None:
    """Perform one due `Promise`."""
    async with database.transaction(SYSTEM, "look_at_promise") as tx:
        await service.look(tx, promise_id, pack)
