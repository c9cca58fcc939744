"""Use cases of workforce: territories, technicians, skills, shifts."""

from collections.abc import Collection, Sequence
from datetime import date
from math import cos, radians
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.paging import Page, decode_cursor, page_of
from backend.workforce import areas, queries
from backend.workforce.areas import Point
from backend.workforce.models import Shift, Skill, Technician, TechnicianSkill, Territory
from backend.workforce.schemas import (
    AddShift,
    AddSkill,
    AddTechnician,
    AddTerritory,
    ShiftView,
    TechnicianView,
    TerritoryView,
)

FLAT, CROSSES_ITSELF = "flat", "crosses_itself"


class BadArea(Invalid):
    """An area that nobody can mean. params: reason."""

    code = "bad_area"


class OutsideEveryTerritory(Conflict):
    """Every territory is drawn, and this place lies in none of them: widen one, or say who serves the place."""

    code = "outside_every_territory"


class UnknownTechnician(NotFound):
    """No such technician, or not yours to see."""

    code = "unknown_technician"


class UnknownTerritory(NotFound):
    """No such territory."""

    code = "unknown_territory"


class NoTerritory(NotFound):
    """No territory exists yet: add one before anything can be served."""

    code = "no_territory"


class UnknownZone(Invalid):
    """The zone is no name of the IANA time zone database."""

    code = "unknown_zone"


class BadShift(Invalid):
    """The shift ends before it starts, or its break does not fit into it."""

    code = "bad_shift"


async def territories(tx: Transaction) -> list[TerritoryView]:
    """All territories, by code."""
    return [_territory_view(row) for row in await queries.territories(tx)]


async def territory(tx: Transaction, territory_id: UUID) -> TerritoryView:
    """Raises UnknownTerritory."""
    return _territory_view(await tx.get(Territory, territory_id, UnknownTerritory))


async def territory_of(tx: Transaction, latitude: float, longitude: float) -> TerritoryView:
    """The territory that serves this point (WGS 84 degrees): in whose area it lies, else the nearest one without an area.

    Of several it is the one whose centre is nearest. Raises NoTerritory, OutsideEveryTerritory.
    """

    def squared_distance(row: Territory) -> float:
        # Degrees of longitude shrink with the cosine of the latitude: exact enough to compare within one country.
        east = (row.longitude - longitude) * cos(radians(latitude))
        return (row.latitude - latitude) ** 2 + east**2

    rows = await queries.territories(tx)
    if not rows:
        raise NoTerritory()
    drawn = [row for row in rows if row.area and areas.contains(row.area, (longitude, latitude))]
    if serving := drawn or [row for row in rows if row.area is None]:
        return _territory_view(min(serving, key=squared_distance))
    raise OutsideEveryTerritory()


async def technician(tx: Transaction, technician_id: UUID) -> TechnicianView:
    """Raises UnknownTechnician."""
    found = await queries.technicians(tx, ids=[technician_id])
    if not found:
        raise UnknownTechnician(id=str(technician_id))
    return _technician_view(found[0])


async def technicians(tx: Transaction, territory_id: UUID | None = None) -> list[TechnicianView]:
    """The technicians of one territory, or all, by number."""
    return [_technician_view(row) for row in await queries.technicians(tx, territory_id=territory_id)]


async def technicians_by_id(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, TechnicianView]:
    """Those that exist."""
    return {row.id: _technician_view(row) for row in await queries.technicians(tx, ids=ids)}


async def territories_of(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Technician → territory, of those that exist."""
    return await queries.territories_of(tx, ids)


async def shifts(
    tx: Transaction, days: Sequence[date], technician_ids: Collection[UUID] | None = None
) -> list[ShiftView]:
    """The shifts of these local days, of these technicians or of all, in order of time."""
    return [_shift_view(row) for row in await queries.shifts_on(tx, days, technician_ids)]


async def see_technicians(
    tx: Transaction, principal: Principal, *, page_size: int, cursor: str | None
) -> Page[TechnicianView]:
    """The technicians that the principal may see. Raises BadCursor."""
    after = decode_cursor(cursor) if cursor else None
    rows = await queries.technicians_after(tx, principal, after=after, limit=page_size + 1)
    return page_of([_technician_view(row) for row in rows], [row.id for row in rows], page_size)


async def see_shifts(tx: Transaction, principal: Principal, day: date) -> list[ShiftView]:
    """The shifts on a local day of the technicians that the principal may see, in order of time."""
    return [_shift_view(row) for row in await queries.visible_shifts_on(tx, principal, day)]


async def add_territory(tx: Transaction, new: AddTerritory) -> TerritoryView:
    """Raises UnknownZone, BadArea."""
    check_zone(new.zone)
    check_area(new.area)
    row = Territory(id=tx.new_id(), **msgspec.structs.asdict(new))
    tx.add(row)
    await tx.flush()
    return _territory_view(row)


def check_area(area: Sequence[Point] | None) -> None:
    """Raises BadArea."""
    if area is None:
        return
    if areas.is_flat(area):
        raise BadArea(reason=FLAT)
    if areas.crosses_itself(area):
        raise BadArea(reason=CROSSES_ITSELF)


async def add_skill(tx: Transaction, new: AddSkill) -> None:
    tx.add(Skill(id=tx.new_id(), code=new.code, name=new.name))
    await tx.flush()


async def add_technician(tx: Transaction, new: AddTechnician) -> TechnicianView:
    """A technician with the skills that were granted; the codes of the skills must exist."""
    values = {name: value for name, value in msgspec.structs.asdict(new).items() if name != "skills"}
    row = Technician(id=tx.new_id(), **values)
    row.skills = [TechnicianSkill(id=tx.new_id(), **msgspec.structs.asdict(skill)) for skill in new.skills]
    tx.add(row)
    await tx.flush()
    return _technician_view(row)


async def add_shift(tx: Transaction, new: AddShift) -> ShiftView:
    """A technician's one shift of a day. Raises UnknownTechnician, BadShift."""
    await tx.get(Technician, new.technician_id, UnknownTechnician)
    check_shift(new)
    row = Shift(id=tx.new_id(), **msgspec.structs.asdict(new))
    tx.add(row)
    await tx.flush()
    return _shift_view(row)


async def change_shift(tx: Transaction, known: ShiftView, wanted: ShiftView | None) -> None:
    """Bring one shift to other times; None: it does not take place. One that was taken away comes again as it is wanted."""
    row = await tx.session.get(Shift, known.id)
    if wanted is None:
        if row is not None:
            await tx.session.delete(row)
    elif row is None:
        tx.add(Shift(**msgspec.structs.asdict(wanted)))
    else:
        for name, value in msgspec.structs.asdict(wanted).items():
            setattr(row, name, value)
    await tx.flush()


def check_zone(zone: str) -> None:
    """Raises UnknownZone."""
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise UnknownZone(zone=zone) from None


def check_shift(new: AddShift) -> None:
    """Raises BadShift."""
    if new.ends_at <= new.starts_at:
        raise BadShift(reason="it ends before it starts")
    if new.break_seconds == 0:
        return
    if new.break_from is None or new.break_until is None:
        raise BadShift(reason="its break has no time within which it is taken")
    if not new.starts_at <= new.break_from < new.break_until <= new.ends_at:
        raise BadShift(reason="its break lies outside of it")
    if (new.break_until - new.break_from).total_seconds() < new.break_seconds:
        raise BadShift(reason="its break is longer than the time for it")


def _territory_view(row: Territory) -> TerritoryView:
    return msgspec.convert(row, TerritoryView, from_attributes=True)


def _technician_view(row: Technician) -> TechnicianView:
    return msgspec.convert(row, TechnicianView, from_attributes=True)


def _shift_view(row: Shift) -> ShiftView:
    return msgspec.convert(row, ShiftView, from_attributes=True)
