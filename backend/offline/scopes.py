"""Which streams of documents a principal holds: computed here, never asked for by a client."""

from backend.identity.principal import SEES_ALL, Principal, Role
from backend.kernel.db import Transaction
from backend.workforce import service as workforce


async def scopes_of(tx: Transaction, principal: Principal) -> frozenset[str]:
    """A technician's own day, a dispatcher's territories, a customer's one appointment.

    A contractor's manager gets the days of the own technicians: territories hold other companies' work too.
    """
    if principal.role is Role.CUSTOMER:
        return frozenset({f"appointment:{principal.appointment_id}"})
    if principal.role is Role.DISPATCHER:
        return frozenset(f"territory:{territory_id}" for territory_id in principal.territory_ids)
    if principal.role in SEES_ALL:
        return frozenset(f"territory:{territory.id}" for territory in await workforce.territories(tx))
    if principal.technician_id is not None:
        return frozenset({f"technician:{principal.technician_id}"})
    own = [t for t in await workforce.technicians(tx) if t.organisation_id == principal.organisation_id]
    return frozenset(f"technician:{technician.id}" for technician in own)
