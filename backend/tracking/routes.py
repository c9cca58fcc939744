"""HTTP of tracking. The page itself follows the appointment over the sync protocol; this is for everybody else."""

from litestar import get
from litestar.di import NamedDependency

from backend.booking.schemas import AppointmentDocument
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.tracking import service


@get("/api/v1/tracking", tags=["tracking"], summary="The appointment of this link")
async def track(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> AppointmentDocument:
    return await service.track(tx, principal)


ROUTES = [track]
