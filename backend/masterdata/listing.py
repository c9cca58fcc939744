"""Master data as it is, in the very rows that an import takes: what is listed can be changed and put back.

Rosters and absences are not listed: they are ways to write shifts, which are there day by day (`GET /api/v1/shifts`).
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from backend.identity import staffing
from backend.inventory import queries as inventory
from backend.inventory.schemas import LocationKind
from backend.kernel.db import Transaction
from backend.kernel.errors import NotFound
from backend.masterdata.schemas import (
    LocationRow,
    MasterData,
    OrganisationRow,
    PoolRow,
    TechnicianRow,
    TechnicianSkillRow,
    UserRow,
)
from backend.resources import queries as resources
from backend.workforce import queries as workforce
from backend.workforce import rosters
from backend.workforce.schemas import AddSkill, AddTerritory

PLACES = (LocationKind.DEPOT, LocationKind.VAN, LocationKind.RETURNS, LocationKind.SUPPLIER, LocationKind.CARRIER)


class UnknownSection(NotFound):
    """Master data has no such section, or none that can be listed. params: section, may."""

    code = "unknown_section"


async def listed(tx: Transaction, section: str) -> MasterData:
    """One section; the others are empty. Raises UnknownSection."""
    if section not in LISTS:
        raise UnknownSection(section=section[:64], may=list(LISTS))
    return MasterData(**{section: await LISTS[section](tx)})


async def _organisations(tx: Transaction) -> list[OrganisationRow]:
    return [OrganisationRow(name=row.name, is_contractor=row.is_contractor) for row in await staffing.organisations(tx)]


async def _territories(tx: Transaction) -> list[AddTerritory]:
    names = AddTerritory.__struct_fields__
    return [AddTerritory(**{name: getattr(row, name) for name in names}) for row in await workforce.territories(tx)]


async def _skills(tx: Transaction) -> list[AddSkill]:
    return [AddSkill(code=row.code, name=row.name) for row in await rosters.skills(tx)]


async def _technicians(tx: Transaction) -> list[TechnicianRow]:
    companies = {row.id: row.name for row in await staffing.organisations(tx)}
    territories = await _territory_codes(tx)
    return [
        TechnicianRow(
            number=row.number,
            name=row.name,
            organisation=companies[row.organisation_id],
            territory=territories[row.territory_id],
            home_latitude=row.home_latitude,
            home_longitude=row.home_longitude,
        )
        for row in await workforce.technicians(tx)
    ]


async def _technician_skills(tx: Transaction) -> list[TechnicianSkillRow]:
    return [
        TechnicianSkillRow(technician=row.number, skill=one.code, level=one.level, expires_on=one.expires_on)
        for row in await workforce.technicians(tx)
        for one in row.skills
    ]


async def _users(tx: Transaction) -> list[UserRow]:
    companies = {row.id: row.name for row in await staffing.organisations(tx)}
    territories, numbers = await _territory_codes(tx), await _technician_numbers(tx)
    return [
        UserRow(
            email=row.email,
            name=row.name,
            role=row.role,
            organisation=companies[row.organisation_id],
            technician=numbers[row.technician_id] if row.technician_id else None,
            territories=sorted(territories[id_] for id_ in row.territory_ids),
            is_active=row.is_active,
        )
        for row in await staffing.everybody(tx)
    ]


async def _locations(tx: Transaction) -> list[LocationRow]:
    numbers = await _technician_numbers(tx)
    return [
        LocationRow(
            name=row.name,
            kind=row.kind,
            technician=numbers[row.technician_id] if row.technician_id else None,
            latitude=row.latitude,
            longitude=row.longitude,
        )
        for row in await inventory.locations_of(tx, PLACES)
    ]


async def _pools(tx: Transaction) -> list[PoolRow]:
    territories = await _territory_codes(tx)
    return [
        PoolRow(
            code=row.code,
            kind=row.kind,
            name=row.name,
            territory=territories[row.territory_id] if row.territory_id else None,
            blocks=row.blocks,
        )
        for row in await resources.pools(tx)
    ]


async def _territory_codes(tx: Transaction) -> dict[UUID, str]:
    return {row.id: row.code for row in await workforce.territories(tx)}


async def _technician_numbers(tx: Transaction) -> dict[UUID, int]:
    return {row.id: row.number for row in await workforce.technicians(tx)}


LISTS: Mapping[str, Callable[[Transaction], Awaitable[list[Any]]]] = {
    "organisations": _organisations,
    "territories": _territories,
    "skills": _skills,
    "technicians": _technicians,
    "technician_skills": _technician_skills,
    "users": _users,
    "locations": _locations,
    "pools": _pools,
}
