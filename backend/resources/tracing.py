"""The way from some premises to the network: each live service, what it uses, and who shares its splitter."""

from collections.abc import Iterable
from uuid import UUID

from backend.customers import service as customers
from backend.kernel.db import Transaction
from backend.resources import connecting, queries
from backend.resources.models import DistributionPoint, Resource, ResourceAssignment, ResourcePool
from backend.resources.schemas import PathElement, PortPlace, ResourceUse, ServiceTrace

Use = tuple[ResourceAssignment, Resource, ResourcePool]


async def trace(tx: Transaction, premises_id: UUID) -> list[ServiceTrace]:
    """The services of these premises that use something, newest first, with what they use. Raises UnknownPremises."""
    await customers.premises(tx, premises_id)
    known = await queries.drop_of(tx, premises_id)
    services = await queries.services_at(tx, premises_id)
    uses = await queries.uses_of(tx, [service.id for service in services])
    sharing = {group: await queries.sharing(tx, group) for group in _groups(uses.values())}
    return [
        ServiceTrace(
            service_id=service.id,
            kind=service.kind,
            state=service.state,
            resources=[_use(*use, sharing, known and known[1]) for use in uses[service.id]],
        )
        for service in services
        if service.id in uses
    ]


def group_of(place: PortPlace) -> str:
    """What fails together: the PON with all legs of its splitter, or the port group of a CMTS."""
    return f"{place.node}/{place.card}/{place.port}"


def _groups(uses: Iterable[list[Use]]) -> set[str]:
    return {group_of(resource.place) for used in uses for _, resource, _ in used if resource.place}


def _use(
    assignment: ResourceAssignment,
    resource: Resource,
    pool: ResourcePool,
    sharing: dict[str, int],
    point: DistributionPoint | None,
) -> ResourceUse:
    return ResourceUse(
        kind=pool.kind,
        value=resource.value,
        pool_code=pool.code,
        place=resource.place,
        assigned_at=assignment.assigned_at,
        shared_by=sharing[group_of(resource.place)] if resource.place else None,
        path=_path(resource.place, point) if resource.place else [],
    )


def _path(place: PortPlace, point: DistributionPoint | None) -> list[PathElement]:
    """From the premises on. A port that the drop does not lead to was taken before the drop was written down."""
    group = group_of(place)
    node, card = place.node, f"{place.node}/{place.card}"
    outside: list[tuple[str, str]] = []
    if point is not None and connecting.group_of(point) == group:
        outside = [("drop", point.code), (str(point.kind), point.code)]
    leg = [] if place.leg is None else [("leg", f"{group}/{place.leg}")]
    inside = [("port", group), ("card", card), ("node", node)]
    return [PathElement(kind=kind, name=name) for kind, name in (*outside, *leg, *inside)]
