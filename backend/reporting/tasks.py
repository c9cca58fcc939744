"""The worker's part of reporting: reports that are due are written out for their readers, and sent."""

from uuid import UUID

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.ports import Mail
from backend.reporting import scheduling


async def write_out(database: Database, schedule_id: UUID) -> None:
    async with database.transaction(SYSTEM, "write out a report") as tx:
        await scheduling.write_out(tx, schedule_id)


async def deliver(database: Database, mail: Mail, delivery_id: UUID) -> None:
    """Send one report to one reader. At least once: after a crash before the note of it, again under the same Message-ID."""
    async with database.snapshot(SYSTEM, "deliver a report") as tx:
        letter = await scheduling.letter(tx, delivery_id)
    if letter is not None:
        await mail.send(letter)
    async with database.transaction(SYSTEM, "deliver a report") as tx:
        await scheduling.settle(tx, delivery_id, is_sent=letter is not None)
