"""Who did something is named to those who may know the person."""

from uuid import UUID

import pytest

from backend.identity.models import User
from backend.identity.naming import names_of_actors
from backend.identity.principal import Principal, Role
from backend.identity.queries import devices_of
from backend.kernel.audit import SYSTEM, Actor
from backend.kernel.db import Database, Transaction
from tests.factories.identity import make_phone, make_user

pytestmark = pytest.mark.anyio


async def people(tx: Transaction) -> tuple[User, User, UUID]:
    """Somebody of the office, a technician, and the technician's phone."""
    dispatcher = await make_user(tx, Role.DISPATCHER, name="Hanna Virtanen")
    technician = await make_user(tx, Role.TECHNICIAN, name="Eero Salo")
    await make_phone(tx, technician)
    await tx.flush()
    return dispatcher, technician, (await devices_of(tx, technician.id))[0].id


@pytest.mark.parametrize(
    ("role", "known"),
    [
        (Role.SUPERVISOR, {"Hanna Virtanen", "Eero Salo"}),
        (Role.AGENT, {"Eero Salo"}),
        (Role.TECHNICIAN, set[str]()),
    ],
)
async def test_an_actor_is_named_to_whoever_may_read_users_or_technicians(
    database: Database, role: Role, known: set[str]
):
    async with database.transaction(SYSTEM, "test") as tx:
        dispatcher, _technician, phone = await people(tx)
        actors = [Actor(kind="user", id=dispatcher.id), Actor(kind="device", id=phone), SYSTEM]

        names = await names_of_actors(tx, Principal(actor=SYSTEM, role=role), actors)

    assert set(names.values()) == known


async def test_a_contractors_manager_knows_the_own_companys_people_alone(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        dispatcher, technician, phone = await people(tx)
        manager = Principal(actor=SYSTEM, role=Role.CONTRACTOR_MANAGER, organisation_id=technician.organisation_id)
        actors = [Actor(kind="user", id=dispatcher.id), Actor(kind="device", id=phone)]

        names = await names_of_actors(tx, manager, actors)

    assert names == {phone: "Eero Salo"}
