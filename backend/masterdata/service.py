"""Taking in master data: every row is tried, every fault is told, and then all rows count or none.

A row whose key is known says what shall be so from now on, so that the same document again changes nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from backend.identity import staffing
from backend.inventory import service as inventory
from backend.inventory.schemas import NoSuchLocation
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Invalid
from backend.kernel.imports import Intake, tried
from backend.masterdata.schemas import (
    MAX_ROSTER_DAYS,
    ROWS,
    AbsenceRow,
    ImportMasterData,
    LocationRow,
    MasterData,
    MasterDataImport,
    OrganisationRow,
    PoolRow,
    RosterRow,
    TechnicianRow,
    TechnicianSkillRow,
    UserRow,
)
from backend.resources import stocking
from backend.workforce import rosters
from backend.workforce.schemas import AddShift, AddTechnician, GrantSkill


class LocationIsOther(Conflict):
    """A place of this name is there and is another: name the new one differently. params: name, kind."""

    code = "location_is_other"


class BadRoster(Invalid):
    """The days end before they begin, or are more than a year. params: first_day, last_day."""

    code = "bad_roster"


async def import_master_data(tx: Transaction, wanted: ImportMasterData) -> MasterDataImport:
    """Take a document in, or try that. Raises RowsAtFault, unless it is a trial."""

    async def take() -> Intake:
        intake = Intake()
        await _take_all(tx, wanted.master_data, intake)
        return intake

    intake = await (tried(tx, take) if wanted.is_trial else take())
    if not wanted.is_trial:
        intake.require_none_at_fault()
    return MasterDataImport(is_trial=wanted.is_trial, changes=intake.changes, faults=intake.faults)


async def _take_all(tx: Transaction, document: MasterData, intake: Intake) -> None:
    for section in ROWS:
        put = PUTS[section]
        for number, row in enumerate(getattr(document, section), 1):
            await intake.take(tx, section, number, _key(row), lambda row=row, put=put: put(tx, row))


async def _put_organisation(tx: Transaction, row: OrganisationRow) -> str | None:
    return await staffing.put_organisation(tx, row.name, is_contractor=row.is_contractor)


async def _put_technician(tx: Transaction, row: TechnicianRow) -> str | None:
    organisation = await staffing.organisation_named(tx, row.organisation)
    wanted = AddTechnician(
        number=row.number,
        name=row.name,
        organisation_id=organisation.id,
        territory_id=(await rosters.territory_coded(tx, row.territory)).id,
        home_latitude=row.home_latitude,
        home_longitude=row.home_longitude,
        is_contractor=organisation.is_contractor,
    )
    return await rosters.put_technician(tx, wanted)


async def _put_technician_skill(tx: Transaction, row: TechnicianSkillRow) -> str | None:
    technician = await rosters.technician_numbered(tx, row.technician)
    granted = GrantSkill(code=row.skill, level=row.level, expires_on=row.expires_on)
    return await rosters.put_technician_skill(tx, technician.id, granted)


async def _put_roster(tx: Transaction, row: RosterRow) -> str | None:
    """The shifts of all its days; `added` when one of them is new."""
    _check_days(row)
    technician = await rosters.technician_numbered(tx, row.technician)
    zone = await rosters.zone_of(tx, technician)
    done: set[str | None] = set()
    for ahead in range((row.last_day - row.first_day).days + 1):
        day = row.first_day + timedelta(days=ahead)
        if day.isoweekday() in row.weekdays:
            done.add(await rosters.put_shift(tx, _shift(row, technician.id, day, zone)))
    return next((one for one in ("added", "changed") if one in done), None)


async def _put_absence(tx: Transaction, row: AbsenceRow) -> str | None:
    _check_days(row)
    technician = await rosters.technician_numbered(tx, row.technician)
    return await rosters.take_shifts(tx, technician.id, row.first_day, row.last_day)


def _check_days(row: RosterRow | AbsenceRow) -> None:
    if not timedelta(0) <= row.last_day - row.first_day < timedelta(days=MAX_ROSTER_DAYS):
        raise BadRoster(first_day=row.first_day.isoformat(), last_day=row.last_day.isoformat())


def _shift(row: RosterRow, technician_id: Any, day: date, zone: ZoneInfo) -> AddShift:
    """The shift of one day; one that ends before it starts ends on the next."""

    def at(clock: time) -> datetime:
        return datetime.combine(day if clock >= row.starts else day + timedelta(days=1), clock, zone)

    return AddShift(
        technician_id=technician_id,
        day=day,
        starts_at=at(row.starts),
        ends_at=at(row.ends),
        break_from=row.break_from and at(row.break_from),
        break_until=row.break_until and at(row.break_until),
        break_seconds=row.break_minutes * 60,
    )


async def _put_user(tx: Transaction, row: UserRow) -> str | None:
    technician = None if row.technician is None else await rosters.technician_numbered(tx, row.technician)
    values = staffing.UserValues(
        name=row.name,
        role=row.role,
        organisation_id=(await staffing.organisation_named(tx, row.organisation)).id,
        technician_id=technician and technician.id,
        territory_ids=[(await rosters.territory_coded(tx, code)).id for code in row.territories],
        is_active=row.is_active,
    )
    return await staffing.put_user(tx, row.email, values)


async def _put_location(tx: Transaction, row: LocationRow) -> str | None:
    technician = None if row.technician is None else await rosters.technician_numbered(tx, row.technician)
    wanted = (row.kind, technician and technician.id, row.latitude, row.longitude)
    try:
        known = await inventory.location_named(tx, row.name)
    except NoSuchLocation:
        kind, technician_id, latitude, longitude = wanted
        await inventory.add_location(
            tx, kind=kind, name=row.name, technician_id=technician_id, latitude=latitude, longitude=longitude
        )
        return "added"
    if (known.kind, known.technician_id, known.latitude, known.longitude) != wanted:
        raise LocationIsOther(name=row.name, kind=known.kind)
    return None


async def _put_pool(tx: Transaction, row: PoolRow) -> str | None:
    territory = None if row.territory is None else await rosters.territory_coded(tx, row.territory)
    return await stocking.put_pool(
        tx, code=row.code, kind=row.kind, name=row.name, territory_id=territory and territory.id, blocks=row.blocks
    )


PUTS: Mapping[str, Callable[[Transaction, Any], Awaitable[str | None]]] = {
    "organisations": _put_organisation,
    "territories": rosters.put_territory,
    "skills": rosters.put_skill,
    "technicians": _put_technician,
    "technician_skills": _put_technician_skill,
    "rosters": _put_roster,
    "absences": _put_absence,
    "users": _put_user,
    "locations": _put_location,
    "pools": _put_pool,
}


def _key(row: Any) -> str:
    """What a row calls itself: the first of these that it has."""
    names = ("code", "email", "number", "technician", "name")
    return str(next(getattr(row, name) for name in names if getattr(row, name, None) is not None))
