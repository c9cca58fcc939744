"""Every unit that is with a customer as a stream of plain rows, for comparisons of the whole network."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from backend.inventory.lifecycle import SerialCommand, SerialState
from backend.inventory.models import SerialFact, SerialUnit, StockLocation
from backend.kernel.db import Transaction
from backend.kernel.streams import Stream, stream

UNIT, PLACE = SerialUnit.__table__.c, StockLocation.__table__.c


class InstalledRow(NamedTuple):
    """premises_id: None for a unit that is said to be installed, and lies somewhere else."""

    unit_id: UUID
    serial: str
    model: str
    premises_id: UUID | None


class InstallationRow(NamedTuple):
    unit_id: UUID
    occurred_at: datetime
    recorded_at: datetime


async def installed_units(tx: Transaction) -> Stream[InstalledRow]:
    """Every installed unit, by premises; those that are at none come first."""
    query = select(UNIT.id, UNIT.serial, UNIT.model, PLACE.premises_id).join(
        StockLocation.__table__, PLACE.id == UNIT.location_id
    )
    installed = query.where(UNIT.state == SerialState.INSTALLED).order_by(
        PLACE.premises_id.is_not(None), PLACE.premises_id
    )
    return await stream(tx, installed, InstalledRow._make)


async def count_installed(tx: Transaction) -> int:
    query = select(func.count()).select_from(SerialUnit).where(SerialUnit.state == SerialState.INSTALLED)
    return (await tx.session.scalars(query)).one()


async def last_installations(tx: Transaction, unit_ids: Collection[UUID]) -> dict[UUID, InstallationRow]:
    """When each of these units was last installed, and when we learned of it; unknown ones are left out."""
    query = select(SerialFact.subject_id, SerialFact.occurred_at, SerialFact.recorded_at)
    mine = query.where(SerialFact.subject_id.in_(unit_ids), SerialFact.command == SerialCommand.INSTALL)
    rows = map(InstallationRow._make, await tx.session.execute(mine.order_by(SerialFact.recorded_at, SerialFact.id)))
    return {row.unit_id: row for row in rows}
