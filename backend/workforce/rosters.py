"""Territories, skills, technicians and shifts as master data: known by code, number and day, written anew or otherwise."""

from datetime import date, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import select

from backend.kernel.db import Transaction
from backend.kernel.errors import NotFound
from backend.kernel.imports import brought_to
from backend.workforce import queries, service
from backend.workforce.models import Shift, Skill, Technician, TechnicianSkill, Territory
from backend.workforce.schemas import AddShift, AddSkill, AddTechnician, AddTerritory, GrantSkill
from backend.workforce.service import UnknownTechnician, UnknownTerritory


class UnknownSkill(NotFound):
    """No skill has this code. params: skill."""

    code = "unknown_skill"


async def skills(tx: Transaction) -> list[Skill]:
    """All of them, by code."""
    return list(await tx.session.scalars(select(Skill).order_by(Skill.code)))


async def territory_coded(tx: Transaction, code: str) -> Territory:
    """Raises UnknownTerritory."""
    found = (await tx.session.scalars(select(Territory).where(Territory.code == code))).first()
    if found is None:
        raise UnknownTerritory(territory=code)
    return found


async def technician_numbered(tx: Transaction, number: int) -> Technician:
    """Raises UnknownTechnician."""
    found = (await tx.session.scalars(select(Technician).where(Technician.number == number))).first()
    if found is None:
        raise UnknownTechnician(number=number)
    return found


async def zone_of(tx: Transaction, technician: Technician) -> ZoneInfo:
    """The zone by whose clock a technician works."""
    return ZoneInfo((await tx.get(Territory, technician.territory_id, UnknownTerritory)).zone)


async def put_territory(tx: Transaction, wanted: AddTerritory) -> str | None:
    """What was done. Raises UnknownZone, BadArea."""
    service.check_zone(wanted.zone)
    service.check_area(wanted.area)
    row = (await tx.session.scalars(select(Territory).where(Territory.code == wanted.code))).first()
    if row is None:
        await service.add_territory(tx, wanted)
        return "added"
    return brought_to(row, msgspec.structs.asdict(wanted))


async def put_skill(tx: Transaction, wanted: AddSkill) -> str | None:
    """What was done."""
    row = (await tx.session.scalars(select(Skill).where(Skill.code == wanted.code))).first()
    if row is None:
        await service.add_skill(tx, wanted)
        return "added"
    return brought_to(row, msgspec.structs.asdict(wanted))


async def put_technician(tx: Transaction, wanted: AddTechnician) -> str | None:
    """What was done; the skills of one who is known stay."""
    row = (await tx.session.scalars(select(Technician).where(Technician.number == wanted.number))).first()
    if row is None:
        await service.add_technician(tx, wanted)
        return "added"
    return brought_to(row, {name: getattr(wanted, name) for name in wanted.__struct_fields__ if name != "skills"})


async def put_technician_skill(tx: Transaction, technician_id: UUID, wanted: GrantSkill) -> str | None:
    """What was done. Raises UnknownSkill."""
    if (await tx.session.scalars(select(Skill.id).where(Skill.code == wanted.code))).first() is None:
        raise UnknownSkill(skill=wanted.code)
    mine = TechnicianSkill.technician_id == technician_id, TechnicianSkill.code == wanted.code
    row = (await tx.session.scalars(select(TechnicianSkill).where(*mine))).first()
    values = msgspec.structs.asdict(wanted)
    if row is None:
        tx.add(TechnicianSkill(id=tx.new_id(), technician_id=technician_id, **values))
        await tx.flush()
        return "added"
    return brought_to(row, values)


async def put_shift(tx: Transaction, wanted: AddShift) -> str | None:
    """What was done with the one shift of a technician's day. Raises BadShift."""
    service.check_shift(wanted)
    row = await _shift(tx, wanted.technician_id, wanted.day)
    if row is None:
        await service.add_shift(tx, wanted)
        return "added"
    return brought_to(row, msgspec.structs.asdict(wanted))


async def take_shifts(tx: Transaction, technician_id: UUID, first: date, last: date) -> str | None:
    """What was done: the shifts from one day to another, both counted, are taken away. Who is planned then stays so until
    somebody, or the planner, gives the work to others."""
    found = await queries.shifts_from(tx, [technician_id], first, last + timedelta(days=1))
    for shift in found:
        await tx.session.delete(shift)
    await tx.flush()
    return "removed" if found else None


async def _shift(tx: Transaction, technician_id: UUID, day: date) -> Shift | None:
    query = select(Shift).where(Shift.technician_id == technician_id, Shift.day == day)
    return (await tx.session.scalars(query)).first()
