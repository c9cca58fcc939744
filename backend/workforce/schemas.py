"""What workforce takes and shows."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

Code = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
SkillLevel = Annotated[int, msgspec.Meta(ge=1, le=5)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
MOST_CORNERS = 200  # more than anybody draws by hand; an area is looked at for each new place
Area = Annotated[list[tuple[Longitude, Latitude]], msgspec.Meta(min_length=3, max_length=MOST_CORNERS)]


class TerritoryView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the country that one team serves. zone: IANA name; the point: its centre, WGS 84 degrees.

    area: corners as [longitude, latitude], the last joined to the first; null where nobody has drawn it.
    """

    id: UUID
    code: str
    name: str
    zone: str
    latitude: float
    longitude: float
    area: list[tuple[float, float]] | None = None


class SkillView(msgspec.Struct, frozen=True, kw_only=True):
    """A technician's skill. level: 1 (learner) to 5 (teaches it); expires_on: the last day of the certificate."""

    code: str
    level: int
    expires_on: date | None = None


class TechnicianView(msgspec.Struct, frozen=True, kw_only=True):
    """number: short, unique, for people and for the planner; home: where the day starts and ends."""

    id: UUID
    version: int
    number: int
    name: str
    organisation_id: UUID
    territory_id: UUID
    home_latitude: float
    home_longitude: float
    is_contractor: bool
    skills: list[SkillView]


class ShiftView(msgspec.Struct, frozen=True, kw_only=True):
    """A technician's working time on a local day. The break lasts break_seconds within break_from–break_until."""

    id: UUID
    technician_id: UUID
    day: date
    starts_at: datetime
    ends_at: datetime
    break_from: datetime | None
    break_until: datetime | None
    break_seconds: int


class AddTerritory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """area: corners as [longitude, latitude], the last joined to the first; null takes whoever is nearest to the centre."""

    code: Code
    name: Name
    zone: Annotated[str, msgspec.Meta(max_length=64)]
    latitude: Latitude
    longitude: Longitude
    area: Area | None = None


class AddSkill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A skill that work may ask for."""

    code: Code
    name: Name


class GrantSkill(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A skill that a technician has."""

    code: Code
    level: SkillLevel = 1
    expires_on: date | None = None


class AddTechnician(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=1, le=999_999)]
    name: Name
    organisation_id: UUID
    territory_id: UUID
    home_latitude: Latitude
    home_longitude: Longitude
    is_contractor: bool = False
    skills: Annotated[list[GrantSkill], msgspec.Meta(max_length=50)] = []


class AddShift(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """day: local date of the technician's territory. Without a break, break_seconds is 0."""

    technician_id: UUID
    day: date
    starts_at: Instant
    ends_at: Instant
    break_from: Instant | None = None
    break_until: Instant | None = None
    break_seconds: Annotated[int, msgspec.Meta(ge=0, le=4 * 3600)] = 0


class TechnicianDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A technician as the clients' replicas hold it. shifts: of today and the days to come, in order of time."""

    id: UUID
    number: int
    name: str
    organisation_id: UUID
    organisation: str
    territory_id: UUID
    home_latitude: float
    home_longitude: float
    is_contractor: bool
    skills: list[SkillView]
    shifts: list[ShiftView]
