"""Whom Northbank Fibre serves: households on the streets of the extract, with what a technician should know of them."""

from collections.abc import Sequence
from random import Random
from uuid import UUID

from backend.customers import service as customers
from backend.customers.schemas import AccountView, AddPremises, CreateAccount, PremisesView
from backend.demo.people import TERRITORIES
from backend.demo.places import place_near
from backend.kernel.db import Transaction

FAMILIES = (
    "Aalto", "Berg", "Castrén", "Dahl", "Eskola", "Forss", "Granlund", "Heino", "Ikonen", "Jokela", "Karhu", "Lehtonen",
    "Manner", "Niemi", "Ojala", "Palo", "Rauta", "Saari", "Talvi", "Uusitalo", "Vainio", "Ylönen", "Åberg", "Öhman",
)  # fmt: skip
STREETS = (
    "Aleksanterinkatu", "Bulevardi", "Fabianinkatu", "Hallituskatu", "Kaisaniemenkatu", "Kluuvikatu", "Korkeavuorenkatu",
    "Liisankatu", "Mariankatu", "Mikonkatu", "Pohjoisesplanadi", "Ratakatu", "Snellmaninkatu", "Unioninkatu",
    "Vuorikatu", "Yliopistonkatu",
)  # fmt: skip
ACCESS = ("Door code 1907", "Ring at the porter's", "The riser is in the cellar, key in the kiosk", None, None, None)
HAZARDS = (["Dog in the house"], ["Steep cellar stairs"], [], [], [], [])


async def add_household(
    tx: Transaction, random: Random, territory_ids: Sequence[UUID], index: int
) -> tuple[AccountView, PremisesView]:
    """One account with one home, in the territory of its index."""
    family = FAMILIES[index % len(FAMILIES)]
    account = await customers.create_account(
        tx,
        CreateAccount(
            name=f"{random.choice('AEHIJKLMOPRSTV')}. {family}",
            email=f"customer{index}@example.com",
            phone=f"+3589555{random.randrange(5000, 9999)}",
            language=random.choice(("fi", "fi", "en")),
        ),
    )
    _, _, latitude, longitude = TERRITORIES[index % len(TERRITORIES)]
    place = place_near(random, latitude, longitude)
    premises = await customers.add_premises(
        tx,
        account.id,
        AddPremises(
            street=f"{random.choice(STREETS)} {random.randrange(1, 60)} {random.choice('ABCD')} {random.randrange(1, 40)}",
            postcode=random.choice(("00100", "00120", "00130", "00170")),
            city="Helsinki",
            latitude=place.lat,
            longitude=place.lon,
            access_notes=random.choice(ACCESS),
            hazards=random.choice(HAZARDS),
            territory_id=territory_ids[index % len(territory_ids)],
        ),
    )
    return account, premises
