"""Who did something, by name, for whoever may know it."""

from collections.abc import Collection
from uuid import UUID

from backend.identity import queries
from backend.identity.access import ACCESS
from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.audit import Actor
from backend.kernel.db import Transaction

READS_USERS = ACCESS["GET", "/api/v1/users"]
READS_TECHNICIANS = ACCESS["GET", "/api/v1/technicians"]


async def names_of_actors(tx: Transaction, principal: Principal, actors: Collection[Actor]) -> dict[UUID, str]:
    """Id of an actor → the name of the user, of a phone that of its technician.

    Programs and customers have none, nor has one whom the principal may not know: a contractor's manager knows the own
    company's people.
    """
    owners: dict[UUID, UUID] = {}
    if principal.role in READS_TECHNICIANS:
        owners |= await queries.owners_of(tx, {one.id for one in actors if one.kind == "device" and one.id})
    if principal.role in READS_USERS:
        owners |= {one.id: one.id for one in actors if one.kind == "user" and one.id}
    only = None if principal.role in SEES_ALL | {Role.DISPATCHER} else principal.organisation_id
    names = await queries.user_names(tx, set(owners.values()), organisation_id=only)
    return {actor_id: names[user_id] for actor_id, user_id in owners.items() if user_id in names}
