"""Housekeeping that comes round: one row per chore, claimed like any other work, so that it is done once for all workers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import NotFound
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row

UNHEARD_OF = timedelta(hours=1)  # a chore of a newer release: its own workers do it


class ChoreNotFound(NotFound):
    code = "chore_not_found"


class ChoreRow(WorkRow, Row):
    """When a chore is next due, and who does it."""

    __tablename__ = "chore"
    audited = False

    name: Mapped[str] = mapped_column(unique=True)


@dataclass(frozen=True, kw_only=True)
class Chore:
    """perform: opens its own transactions, and may be cut short and begun again."""

    every: timedelta
    perform: Callable[[Database], Awaitable[None]]


async def enlist(database: Database, chores: Mapping[str, Chore]) -> None:
    """Make the rows of chores that have none yet; those are due at once."""
    async with database.transaction(SYSTEM, "enlist chores") as tx:
        for name in sorted(chores):
            row = tx.upsert(ChoreRow).values(id=tx.new_id(), name=name, due_at=tx.now, attempts=0)
            await tx.session.execute(row.on_conflict_do_nothing(index_elements=["name"]))


async def do(database: Database, chores: Mapping[str, Chore], row_id: UUID) -> None:
    """Do the claimed chore, and say when it is due again."""
    async with database.snapshot(SYSTEM, "chore") as tx:
        name = (await tx.get(ChoreRow, row_id, ChoreNotFound)).name
    chore = chores.get(name)
    if chore is not None:
        await chore.perform(database)
    async with database.transaction(SYSTEM, f"chore:{name}") as tx:
        row = await tx.get(ChoreRow, row_id, ChoreNotFound)
        row.finish_work(again_at=tx.now + (chore.every if chore else UNHEARD_OF))
