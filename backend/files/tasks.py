"""Background work of files: what is left of uploads is cleared away."""

from uuid import UUID

from backend.files import uploads
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.ports import Blobs


async def sweep(database: Database, blobs: Blobs, upload_id: UUID) -> None:
    """Delete the parts of an upload that has ended or is finished; end one whose time is over."""
    async with database.transaction(SYSTEM, "begin_sweep") as tx:
        may_delete = await uploads.begin_sweep(tx, upload_id)
    if not may_delete:
        return
    await blobs.discard(upload_id)
    async with database.transaction(SYSTEM, "confirm_sweep") as tx:
        await uploads.confirm_sweep(tx, upload_id)
