"""Resources that are held for no service that lives: give one back, or hold it again after all."""

from uuid import UUID

from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.resources import queries
from backend.resources.holding import give_back, hold_until
from backend.resources.lifecycle import ResourceCommand, ServiceState
from backend.resources.schemas import ResourceInUse


async def free_lost(tx: Transaction, resource_id: UUID) -> None:
    """Give back a resource that is held for no service that lives. Raises UnknownResource, ResourceInUse, IllegalMove."""
    found = await queries.lock_holding(tx, resource_id)
    if found.service is not None and found.service.state is not ServiceState.TERMINATED:
        raise ResourceInUse(resource_id=str(resource_id), service_id=str(found.service.id))
    if found.assignment is not None:
        found.assignment.released_at = tx.now
    give_back(tx, found.resource, found.kind)


async def hold_again(tx: Transaction, resource_id: UUID) -> None:
    """Undo `free_lost`: hold the resource as it was held last. Raises IllegalMove when somebody else has it by now."""
    found = await queries.lock_holding(tx, resource_id)
    move(tx, found.resource, ResourceCommand.HOLD_AGAIN)
    hold_until(found.resource, None)
    if found.assignment is not None:
        found.assignment.released_at = None
