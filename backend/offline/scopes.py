"""Which streams of documents a principal holds: computed here, never asked for by a client."""

from backend.identity.principal import SEES_ALL, TECHNICIANS, Principal, Role
from backend.inventory.documents import MODELS
from backend.kernel.db import Transaction
from backend.workforce import service as workforce


def fixed_scopes(principal: Principal) -> frozenset[str] | None:
    """The streams of a principal who holds these by what it is: a technician, a customer. None for all others.

    A technician has the own day, and what serials of every model look like. One or two: `glance` asks for no more.
    """
    if principal.role is Role.CUSTOMER:
        return frozenset({f"visit:{principal.job_id}"})
    return frozenset({f"technician:{principal.technician_id}", MODELS}) if principal.role in TECHNICIANS else None


async def scopes_of(tx: Transaction, principal: Principal) -> frozenset[str]:
    """A technician's own day and the models, a dispatcher's territories, a customer's one visit.

    A contractor's manager gets the days of the own technicians: territories hold other companies' work too.
    """
    if fixed := fixed_scopes(principal):
        return fixed
    if principal.role is Role.DISPATCHER:
        return frozenset(f"territory:{territory_id}" for territory_id in principal.territory_ids)
    if principal.role in SEES_ALL:
        return frozenset(f"territory:{territory.id}" for territory in await workforce.territories(tx))
    own = [t for t in await workforce.technicians(tx) if t.organisation_id == principal.organisation_id]
    return frozenset(f"technician:{technician.id}" for technician in own)
