"""Who works for Northbank Fibre: the office and the territories of `operator.json`, as `truckroll import` would take it,
and technicians with skills and shifts, made up from the seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from backend.demo.places import place_near
from backend.identity import service as identity
from backend.identity import staffing
from backend.identity.principal import Role
from backend.kernel.db import Transaction
from backend.masterdata import service as masterdata
from backend.masterdata.schemas import ImportMasterData, MasterData
from backend.workforce import rosters
from backend.workforce import service as workforce
from backend.workforce.schemas import AddShift, AddTechnician, GrantSkill, TechnicianView

ZONE = ZoneInfo("Europe/Helsinki")
PASSWORD = "northbank"  # noqa: S105 - the demo's, known to everybody; every page says so

OPERATOR = msgspec.json.decode((Path(__file__).parent / "operator.json").read_bytes(), type=MasterData)
TERRITORIES = tuple((one.code, one.name, one.latitude, one.longitude) for one in OPERATOR.territories)
NAMES = (
    "Aino Laine", "Eero Mäkelä", "Helmi Salo", "Ilmari Koski", "Kaisa Nurmi", "Lauri Harju", "Maija Lehto", "Niilo Aho",
    "Oona Rinne", "Pekka Virta", "Riitta Halme", "Sakari Oja", "Tuuli Kivi", "Urho Lampi", "Venla Suo", "Yrjö Haapa",
    "Anna Petrov", "Boris Tamm", "Carla Ruiz", "Daniel Okoro", "Elena Popa", "Farid Aziz", "Greta Lund", "Hugo Silva",
)  # fmt: skip
OWN_TECHNICIANS = 18  # the other six work for two contractors


@dataclass(frozen=True, kw_only=True)
class Crew:
    """The people that the rest of the demo refers to. users: a technician's id → the id of the user."""

    territory_ids: tuple[UUID, ...]
    technicians: tuple[TechnicianView, ...]
    users: dict[UUID, UUID]


async def add_people(
    tx: Transaction, random: Random, days: Sequence[date], password_hash: str, *, expiring: int | None = None
) -> Crew:
    """Everybody, and their shifts on these local days. expiring: whose certificates end with the first day."""
    await masterdata.import_master_data(tx, ImportMasterData(master_data=OPERATOR))
    for person in OPERATOR.users:
        await staffing.set_password(tx, person.email, password_hash)
    operator, *contractors = [(await staffing.organisation_named(tx, one.name)).id for one in OPERATOR.organisations]
    ids = tuple([(await rosters.territory_coded(tx, one.code)).id for one in OPERATOR.territories])
    technicians, users = [], {}
    for index, name in enumerate(NAMES):
        own = index < OWN_TECHNICIANS
        organisation = operator if own else contractors[index % 2]
        added = _technician(random, index, name, organisation, ids, own=own)
        if index == expiring:
            skills = [msgspec.structs.replace(skill, expires_on=days[0]) for skill in added.skills]
            added = msgspec.structs.replace(added, skills=skills)
        technician = await workforce.add_technician(tx, added)
        technicians.append(technician)
        users[technician.id] = await identity.add_user(
            tx,
            email=f"technician{index + 1}@northbank.example",
            name=name,
            role=Role.TECHNICIAN if own else Role.CONTRACTOR_TECHNICIAN,
            organisation_id=organisation,
            technician_id=technician.id,
        )
        for day in days:
            await workforce.add_shift(tx, shift_on(day, technician.id, starts=time(7 + index % 2, 30)))
    return Crew(territory_ids=ids, technicians=tuple(technicians), users=users)


def shift_on(day: date, technician_id: UUID, *, starts: time) -> AddShift:
    """An eight-hour day with a floating lunch of half an hour, begun between 11:00 and 13:00."""
    start = at(day, starts)
    return AddShift(
        technician_id=technician_id,
        day=day,
        starts_at=start,
        ends_at=start + timedelta(hours=8, minutes=30),
        break_from=at(day, time(11)),
        break_until=at(day, time(13)),
        break_seconds=30 * 60,
    )


def at(day: date, clock: time) -> datetime:
    """That local time of that day, as an instant."""
    return datetime.combine(day, clock, ZONE)


def _technician(
    random: Random, index: int, name: str, organisation: UUID, territory_ids: tuple[UUID, ...], *, own: bool
) -> AddTechnician:
    _, _, latitude, longitude = TERRITORIES[index % len(TERRITORIES)]
    home = place_near(random, latitude, longitude)
    more = random.sample(("copper", "coax", "plant", "height"), 2)
    return AddTechnician(
        number=index + 1,
        name=name,
        organisation_id=organisation,
        territory_id=territory_ids[index % len(territory_ids)],
        home_latitude=home.lat,
        home_longitude=home.lon,
        is_contractor=not own,
        skills=[GrantSkill(code=code, level=random.choice((2, 3))) for code in ("fibre", "indoor", *more)],
    )
