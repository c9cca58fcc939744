"""What an operator begins with, in flat rows that name one another by what people call them: code, number, name, address."""

from datetime import date, time
from typing import Annotated

import msgspec

from backend.catalogue.schemas import PoolKind
from backend.identity.principal import Role
from backend.inventory.schemas import LocationKind
from backend.kernel.imports import RowChange, RowFault
from backend.resources.schemas import Block
from backend.workforce.schemas import AddSkill, AddTerritory, Code, Latitude, Longitude, Name, SkillLevel

MAX_ROWS = 20_000  # of one kind in one document: the shifts of a thousand technicians for a month
MAX_ROSTER_DAYS = 366

Email = Annotated[str, msgspec.Meta(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$(?!\n)")]
Number = Annotated[int, msgspec.Meta(ge=1, le=999_999)]
Weekday = Annotated[int, msgspec.Meta(ge=1, le=7)]


class OrganisationRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operator itself is there since its first administrator."""

    name: Name
    is_contractor: bool = True


class TechnicianRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """organisation: by name; territory: by code; home: where the day starts and ends, WGS 84 degrees."""

    number: Number
    name: Name
    organisation: Name
    territory: Code
    home_latitude: Latitude
    home_longitude: Longitude


class TechnicianSkillRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """technician: by number; skill: by code; expires_on: the last day of the certificate."""

    technician: Number
    skill: Code
    level: SkillLevel = 1
    expires_on: date | None = None


class RosterRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same shift on many days, by the clock of the technician's territory; it replaces the shifts of these days.

    weekdays: 1 is Monday (ISO 8601); the break of break_minutes is taken between break_from and break_until.
    """

    technician: Number
    first_day: date
    last_day: date
    weekdays: list[Weekday] = msgspec.field(default_factory=lambda: [1, 2, 3, 4, 5])
    starts: time
    ends: time
    break_from: time | None = None
    break_until: time | None = None
    break_minutes: Annotated[int, msgspec.Meta(ge=0, le=240)] = 0


class AbsenceRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A technician does not work on these days: the shifts are taken away, and jobs that were planned then want another."""

    technician: Number
    first_day: date
    last_day: date


class UserRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """technician: the number of a technician's user; territories: of a dispatcher, by code. Passwords are not in files."""

    email: Email
    name: Name
    role: Role
    organisation: Name
    technician: Number | None = None
    territories: list[Code] = []
    is_active: bool = True


class LocationRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place that holds stock, by its name. technician: whose van it is, by number."""

    name: Name
    kind: LocationKind
    technician: Number | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None


class PoolRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """territory: by code, none for everywhere; blocks: as `resources.ranges` writes them."""

    code: Code
    kind: PoolKind
    name: Name
    territory: Code | None = None
    blocks: Annotated[list[Block], msgspec.Meta(min_length=1, max_length=100)]


class MasterData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows in the order in which they need one another. What is not named stays as it is."""

    organisations: Annotated[list[OrganisationRow], msgspec.Meta(max_length=MAX_ROWS)] = []
    territories: Annotated[list[AddTerritory], msgspec.Meta(max_length=MAX_ROWS)] = []
    skills: Annotated[list[AddSkill], msgspec.Meta(max_length=MAX_ROWS)] = []
    technicians: Annotated[list[TechnicianRow], msgspec.Meta(max_length=MAX_ROWS)] = []
    technician_skills: Annotated[list[TechnicianSkillRow], msgspec.Meta(max_length=MAX_ROWS)] = []
    rosters: Annotated[list[RosterRow], msgspec.Meta(max_length=MAX_ROWS)] = []
    absences: Annotated[list[AbsenceRow], msgspec.Meta(max_length=MAX_ROWS)] = []
    users: Annotated[list[UserRow], msgspec.Meta(max_length=MAX_ROWS)] = []
    locations: Annotated[list[LocationRow], msgspec.Meta(max_length=MAX_ROWS)] = []
    pools: Annotated[list[PoolRow], msgspec.Meta(max_length=MAX_ROWS)] = []


# The type of a row of each section, for files in which each row is judged by itself.
ROWS = {
    "organisations": OrganisationRow,
    "territories": AddTerritory,
    "skills": AddSkill,
    "technicians": TechnicianRow,
    "technician_skills": TechnicianSkillRow,
    "rosters": RosterRow,
    "absences": AbsenceRow,
    "users": UserRow,
    "locations": LocationRow,
    "pools": PoolRow,
}


class ImportMasterData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """is_trial: only tell what would change and what is at fault."""

    master_data: MasterData
    is_trial: bool = False


class MasterDataImport(msgspec.Struct, frozen=True, kw_only=True):
    """What was changed, or would be; faults: only of a trial, as nothing with any is taken in."""

    is_trial: bool
    changes: list[RowChange]
    faults: list[RowFault]
