"""Armed activations of designed services."""

from datetime import datetime
from uuid import UUID

from backend.activation import service
from backend.catalogue.schemas import ServiceKind
from backend.kernel.db import Transaction
from tests.factories.resources import make_service
from tests.fakes import MONDAY


async def make_activation(
    tx: Transaction,
    kind: ServiceKind = ServiceKind.VOICE,
    *,
    effective_at: datetime = MONDAY,
    equipment: tuple[str, ...] = (),
) -> UUID:
    """The id of an armed activation of a new service; needs the pools (`make_pools`)."""
    designed = await make_service(tx, kind)
    [activation_id] = await service.start(
        tx, [designed], order_id=tx.new_id(), job_id=tx.new_id(), equipment=equipment, effective_at=effective_at
    )
    return activation_id
