"""Which streams of documents a principal holds: computed here, never asked for by a client."""

from backend.identity.principal import SEES_ALL, TECHNICIANS, Principal, Role
from backend.kernel.db import Transaction
from backend.workforce import service as workforce


def only_scope(principal: Principal) -> str | None:
    """The stream of a principal who holds just one by what it is: a technician, a customer. None for all others."""
    if principal.role is Role.CUSTOMER:
        return f"appointment:{principal.appointment_id}"
    return f"technician:{principal.technician_id}" if principal.role in TECHNICIANS else None


async def scopes_of(tx: Transaction, principal: Principal) -> frozenset[str]:
    """A technician's own day, a dispatcher's territories, a customer's one appointment.

    A contractor's manager gets the days of the own technicians: territories hold other companies' work too.
    """
    if scope := only_scope(principal):
        return frozenset({scope})
    if principal.role is Role.DISPATCHER:
        return frozenset(f"territory:{territory_id}" for territory_id in principal.territory_ids)
    if principal.role in SEES_ALL:
        return frozenset(f"territory:{territory.id}" for territory in await workforce.territories(tx))
    own = [t for t in await workforce.technicians(tx) if t.organisation_id == principal.organisation_id]
    return frozenset(f"technician:{technician.id}" for technician in own)
