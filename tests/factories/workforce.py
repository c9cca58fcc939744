"""A territory in Helsinki, its operator, technicians and their shifts."""

from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

import msgspec

from backend.identity.service import add_organisation
from backend.kernel.db import Transaction
from backend.workforce import service
from backend.workforce.schemas import (
    AddShift,
    AddSkill,
    AddTechnician,
    AddTerritory,
    ShiftView,
    TechnicianView,
    TerritoryView,
)
from tests.fakes import MONDAY

NORTH = AddTerritory(code="HEL-N", name="Helsinki north", zone="Europe/Helsinki", latitude=60.1800, longitude=24.9500)
_numbers = count(1)  # unique within a run, as technicians' numbers must be


async def make_territory(tx: Transaction, **changes: Any) -> TerritoryView:
    return await service.add_territory(tx, msgspec.structs.replace(NORTH, **changes))


async def make_skill(tx: Transaction, code: str = "FIBRE", name: str = "Fibre splicing") -> str:
    await service.add_skill(tx, AddSkill(code=code, name=name))
    return code


async def make_technician(tx: Transaction, territory_id: UUID | None = None, **changes: Any) -> TechnicianView:
    """A technician of this territory or of a new one, of `organisation_id` or of a new operator, without skills."""
    if territory_id is None:
        territory_id = (await make_territory(tx)).id
    if "organisation_id" not in changes:
        changes["organisation_id"] = await add_organisation(tx, "Northbank Fibre", is_contractor=False)
    new = AddTechnician(
        number=next(_numbers),
        name="Eero Virtanen",
        organisation_id=changes["organisation_id"],
        territory_id=territory_id,
        home_latitude=60.1700,
        home_longitude=24.9400,
    )
    return await service.add_technician(tx, msgspec.structs.replace(new, **changes))


async def make_shift(tx: Transaction, technician_id: UUID, *, days_ahead: int = 0, **changes: Any) -> ShiftView:
    """Eight hours from 08:00 in Helsinki, with half an hour for lunch between 11:00 and 13:00."""
    starts_at = MONDAY - timedelta(hours=1) + timedelta(days=days_ahead)
    new = AddShift(
        technician_id=technician_id,
        day=starts_at.date(),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=8),
        break_from=starts_at + timedelta(hours=3),
        break_until=starts_at + timedelta(hours=5),
        break_seconds=1800,
    )
    return await service.add_shift(tx, msgspec.structs.replace(new, **changes))
