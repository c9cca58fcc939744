"""Armed activations of designed services, and a way to let them run."""

from datetime import datetime
from functools import partial
from uuid import UUID

from backend.activation import saga, service, tasks
from backend.activation.schemas import ActivationView, Answered
from backend.catalogue.schemas import ServiceKind
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.ports import Network
from backend.resources import service as resources
from backend.resources.schemas import ServiceView
from tests.factories.resources import make_service
from tests.fakes import MONDAY


async def make_activation(
    tx: Transaction,
    kind: ServiceKind = ServiceKind.VOICE,
    *,
    effective_at: datetime = MONDAY,
    equipment: tuple[str, ...] = (),
) -> UUID:
    """The id of a started activation of a new service; needs the pools (`make_pools`)."""
    designed = await make_service(tx, kind)
    [activation_id] = await service.start(
        tx, [designed], order_id=tx.new_id(), job_id=tx.new_id(), equipment=equipment, effective_at=effective_at
    )
    return activation_id


async def run(database: Database, network: Network, activation_id: UUID) -> None:
    """Walk it alone, until it succeeds, has to wait or falls out; waits are as long as they can be."""
    calls = await database.write(SYSTEM, "test", lambda tx: saga.begin(tx, [activation_id]))
    while calls:
        answered = Answered(call=calls[0], outcomes=await tasks.ask(network, calls[0]), jitter=1.0)
        calls = await database.write(SYSTEM, "test", partial(saga.record, answers=[answered]))


async def make_running(database: Database, network: Network, kind: ServiceKind = ServiceKind.VOICE) -> UUID:
    """The id of a service that the network was made to run since MONDAY; needs the pools."""
    async with database.transaction(SYSTEM, "test") as tx:
        activation_id = await make_activation(tx, kind)
    await run(database, network, activation_id)
    return (await look(database, activation_id))[0].service_id


async def look(database: Database, activation_id: UUID) -> tuple[ActivationView, ServiceView]:
    """An activation and its service."""
    async with database.snapshot(SYSTEM, "test") as tx:
        found = (await service.activation(tx, activation_id)).activation
        return found, await resources.service_view(tx, found.service_id)
