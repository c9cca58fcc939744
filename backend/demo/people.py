"""Who works for Northbank Fibre: territories, technicians with skills and shifts, and the people of the office."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import structs

from backend.demo.places import place_near
from backend.identity import service as identity
from backend.identity.principal import Role
from backend.kernel.db import Transaction
from backend.workforce import service as workforce
from backend.workforce.schemas import AddShift, AddSkill, AddTechnician, AddTerritory, GrantSkill, TechnicianView

ZONE = ZoneInfo("Europe/Helsinki")
PASSWORD = "northbank"  # noqa: S105 - the demo's, known to everybody; every page says so

SKILLS = {
    "fibre": "Fibre splicing and testing",
    "indoor": "Work in homes",
    "copper": "Telephone lines",
    "coax": "Cable networks",
    "plant": "Street cabinets",
    "height": "Work at height",
}
TERRITORIES = (
    ("KALLIO", "Northern quarter", 60.1765, 24.9460),
    ("KLUUVI", "Station quarter", 60.1725, 24.9410),
    ("KRUUNUN", "Eastern quarter", 60.1715, 24.9500),
    ("PUNAVUORI", "Southern quarter", 60.1665, 24.9425),
)
NAMES = (
    "Aino Laine", "Eero Mäkelä", "Helmi Salo", "Ilmari Koski", "Kaisa Nurmi", "Lauri Harju", "Maija Lehto", "Niilo Aho",
    "Oona Rinne", "Pekka Virta", "Riitta Halme", "Sakari Oja", "Tuuli Kivi", "Urho Lampi", "Venla Suo", "Yrjö Haapa",
    "Anna Petrov", "Boris Tamm", "Carla Ruiz", "Daniel Okoro", "Elena Popa", "Farid Aziz", "Greta Lund", "Hugo Silva",
)  # fmt: skip
OFFICE = (
    ("dispatcher@northbank.example", "Dina Dispatch", Role.DISPATCHER),
    ("supervisor@northbank.example", "Sam Supervisor", Role.SUPERVISOR),
    ("agent@northbank.example", "Agnes Agent", Role.AGENT),
    ("warehouse@northbank.example", "Wille Warehouse", Role.WAREHOUSE),
    ("provisioning@northbank.example", "Petra Provisioning", Role.PROVISIONING),
    ("billing@northbank.example", "Bo Billing", Role.BILLING_ANALYST),
    ("product@northbank.example", "Pia Product", Role.PRODUCT_MANAGER),
    ("auditor@northbank.example", "Arto Auditor", Role.AUDITOR),
    ("admin@northbank.example", "Ada Admin", Role.ADMINISTRATOR),
)
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
    operator = await identity.add_organisation(tx, "Northbank Fibre", is_contractor=False)
    contractors = [await identity.add_organisation(tx, name, is_contractor=True) for name in ("Fiksu Oy", "Linja Oy")]
    for code, name in SKILLS.items():
        await workforce.add_skill(tx, AddSkill(code=code, name=name))
    territories = [
        await workforce.add_territory(
            tx, AddTerritory(code=code, name=name, zone=ZONE.key, latitude=latitude, longitude=longitude)
        )
        for code, name, latitude, longitude in TERRITORIES
    ]
    ids = tuple(territory.id for territory in territories)
    await tx.flush()
    await _add_office(tx, operator, contractors, ids, password_hash)
    technicians, users = [], {}
    for index, name in enumerate(NAMES):
        own = index < OWN_TECHNICIANS
        organisation = operator if own else contractors[index % 2]
        added = _technician(random, index, name, organisation, ids, own=own)
        if index == expiring:
            skills = [structs.replace(skill, expires_on=days[0]) for skill in added.skills]
            added = structs.replace(added, skills=skills)
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


async def _add_office(
    tx: Transaction, operator: UUID, contractors: Sequence[UUID], territory_ids: tuple[UUID, ...], password_hash: str
) -> None:
    managers = [(f"manager{n}@northbank.example", f"Manager {n}", Role.CONTRACTOR_MANAGER) for n in (1, 2)]
    for (email, name, role), organisation in [
        *((person, operator) for person in OFFICE),
        *zip(managers, contractors, strict=True),
    ]:
        await identity.add_user(
            tx,
            email=email,
            name=name,
            role=role,
            organisation_id=organisation,
            password_hash=password_hash,
            territory_ids=territory_ids if role is Role.DISPATCHER else (),
        )


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
