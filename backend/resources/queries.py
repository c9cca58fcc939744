"""Reads of pools, resources and services; picks under lock.

A locking read also refreshes what the session knew already (`populate_existing`): it sees what the lock waited for.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from backend.catalogue.schemas import PoolKind
from backend.kernel.db import Transaction
from backend.kernel.statements import among
from backend.resources.lifecycle import ResourceState, ServiceState
from backend.resources.models import (
    DistributionPoint,
    PremisesDrop,
    Resource,
    ResourceAssignment,
    ResourceFact,
    ResourcePool,
    Service,
)
from backend.resources.schemas import UnknownResource

VALUES_PER_READ = 500  # bound variables in one statement; SQLite takes a few thousand
MAX_SERVICES_PER_PREMISES = 200  # a house of many flats has premises for each of them


async def lock_available(
    tx: Transaction, kind: PoolKind, quantity: int, *, territory_id: UUID | None, group: str | None = None
) -> list[Resource]:
    """Up to `quantity` free resources that can be used in the territory, locked, oldest first.

    group: only ports of this PON or port group (node/card/port), in whichever territory.

    Those that another transaction is just taking are passed over and not waited for (SKIP LOCKED; on SQLite the
    transaction holds the write lock).
    """
    usable = ResourcePool.territory_id.is_(None)
    if territory_id is not None:
        usable |= ResourcePool.territory_id == territory_id
    if group is None:
        pools = select(ResourcePool.id).where(ResourcePool.kind == kind, usable)
        query = select(Resource).where(Resource.pool_id.in_(pools), Resource.state == ResourceState.AVAILABLE)
    else:
        query = select(Resource).where(_of_group(group), Resource.state == ResourceState.AVAILABLE)
    picked = query.order_by(Resource.id).limit(quantity).with_for_update(skip_locked=True)
    return list(await tx.session.scalars(picked.execution_options(populate_existing=True)))


async def lock_reserved_for(tx: Transaction, order_item_ids: Collection[UUID]) -> list[tuple[Resource, PoolKind]]:
    """What these order items still hold, with its kind; locked, oldest first."""
    query = select(Resource, ResourcePool.kind).join(ResourcePool, ResourcePool.id == Resource.pool_id)
    mine = query.where(among(Resource.reserved_for, order_item_ids), Resource.state == ResourceState.RESERVED)
    locked = mine.order_by(Resource.id).with_for_update(of=Resource)
    rows = await tx.session.execute(locked.execution_options(populate_existing=True))
    return [(resource, kind) for resource, kind in rows]


async def reserved_for(tx: Transaction, order_item_ids: Collection[UUID]) -> list[tuple[Resource, PoolKind]]:
    """What these order items still hold, with its kind, oldest first; nothing is locked."""
    query = select(Resource, ResourcePool.kind).join(ResourcePool, ResourcePool.id == Resource.pool_id)
    mine = query.where(Resource.reserved_for.in_(order_item_ids), Resource.state == ResourceState.RESERVED)
    rows = await tx.session.execute(mine.order_by(Resource.id))
    return [(resource, kind) for resource, kind in rows]


class Holding(NamedTuple):
    """A resource, and who has it or had it last. assignment: the latest, be it released or not."""

    resource: Resource
    kind: PoolKind
    assignment: ResourceAssignment | None
    service: Service | None


async def lock_holding(tx: Transaction, resource_id: UUID) -> Holding:
    """The resource, locked. Raises UnknownResource."""
    resource = await tx.get(Resource, resource_id, UnknownResource, lock=True)
    pool = await tx.session.get_one(ResourcePool, resource.pool_id)
    latest = select(ResourceAssignment, Service).outerjoin(Service, Service.id == ResourceAssignment.service_id)
    latest = latest.where(ResourceAssignment.resource_id == resource_id)
    row = (await tx.session.execute(latest.order_by(ResourceAssignment.id.desc()).limit(1))).first()
    return Holding(resource, pool.kind, *(row or (None, None)))


async def live_assignments(tx: Transaction, service_id: UUID) -> list[tuple[ResourceAssignment, Resource, PoolKind]]:
    """What a service uses, locked."""
    query = (
        select(ResourceAssignment, Resource, ResourcePool.kind)
        .join(Resource, Resource.id == ResourceAssignment.resource_id)
        .join(ResourcePool, ResourcePool.id == Resource.pool_id)
        .where(ResourceAssignment.service_id == service_id, ResourceAssignment.released_at.is_(None))
        .order_by(Resource.id)
        .with_for_update(of=[ResourceAssignment, Resource])
    )
    rows = await tx.session.execute(query.execution_options(populate_existing=True))
    return [(assignment, resource, kind) for assignment, resource, kind in rows]


async def values_of(tx: Transaction, service_ids: Collection[UUID]) -> dict[UUID, dict[PoolKind, str]]:
    """Service → its live resources, value by pool kind."""
    query = (
        select(ResourceAssignment.service_id, ResourcePool.kind, Resource.value)
        .join(Resource, Resource.id == ResourceAssignment.resource_id)
        .join(ResourcePool, ResourcePool.id == Resource.pool_id)
        .where(among(ResourceAssignment.service_id, service_ids), ResourceAssignment.released_at.is_(None))
        .order_by(ResourcePool.kind)
    )
    found: dict[UUID, dict[PoolKind, str]] = {service_id: {} for service_id in service_ids}
    for service_id, kind, value in await tx.session.execute(query):
        found[service_id][kind] = value
    return found


async def pools(tx: Transaction) -> list[ResourcePool]:
    return list(await tx.session.scalars(select(ResourcePool).order_by(ResourcePool.code)))


async def counts(tx: Transaction) -> dict[UUID, dict[ResourceState, int]]:
    """Pool → how many of its resources are in each state."""
    query = select(Resource.pool_id, Resource.state, func.count()).group_by(Resource.pool_id, Resource.state)
    found: dict[UUID, dict[ResourceState, int]] = {}
    for pool_id, state, count in await tx.session.execute(query):
        found.setdefault(pool_id, {})[state] = count
    return found


async def services_of_items(tx: Transaction, order_item_ids: Collection[UUID]) -> list[Service]:
    query = select(Service).where(among(Service.order_item_id, order_item_ids)).order_by(Service.id)
    return list(await tx.session.scalars(query))


async def services_by_id(tx: Transaction, ids: Collection[UUID]) -> list[Service]:
    return list(await tx.session.scalars(select(Service).where(among(Service.id, ids)).order_by(Service.id)))


async def lock_services(tx: Transaction, ids: Collection[UUID]) -> list[Service]:
    """These services, locked in the order of their ids."""
    query = select(Service).where(among(Service.id, ids)).order_by(Service.id).with_for_update()
    return list(await tx.session.scalars(query.execution_options(populate_existing=True)))


async def terminated_since(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Service → when it ended; those that did not are left out."""
    query = select(Service.id, Service.terminated_at).where(among(Service.id, ids), Service.terminated_at.is_not(None))
    return {id_: at for id_, at in await tx.session.execute(query) if at is not None}


async def service_using(tx: Transaction, kind: PoolKind, value: str) -> Service | None:
    """Who has this resource in use."""
    query = (
        select(Service)
        .join(ResourceAssignment, ResourceAssignment.service_id == Service.id)
        .join(Resource, Resource.id == ResourceAssignment.resource_id)
        .join(ResourcePool, ResourcePool.id == Resource.pool_id)
        .where(ResourcePool.kind == kind, Resource.value == value, ResourceAssignment.released_at.is_(None))
    )
    return (await tx.session.scalars(query)).first()


async def services_at(tx: Transaction, premises_id: UUID) -> list[Service]:
    """The services of some premises, newest first, at most MAX_SERVICES_PER_PREMISES."""
    query = select(Service).where(Service.premises_id == premises_id).order_by(Service.id.desc())
    return list(await tx.session.scalars(query.limit(MAX_SERVICES_PER_PREMISES)))


async def services_at_all(tx: Transaction, premises_ids: Collection[UUID]) -> list[Service]:
    """The services of all these premises, newest first."""
    query = select(Service).where(Service.premises_id.in_(premises_ids)).order_by(Service.id.desc())
    return list(await tx.session.scalars(query))


async def active_after(tx: Transaction, after: UUID | None, limit: int) -> Sequence[Service]:
    query = select(Service).where(Service.state == ServiceState.ACTIVE).order_by(Service.id).limit(limit)
    if after is not None:
        query = query.where(Service.id > after)
    return (await tx.session.scalars(query)).all()


async def lock_value(tx: Transaction, kind: PoolKind, value: str) -> Resource | None:
    """The one resource of this kind and value, locked; of a VLAN, the first pool's."""
    pools = select(ResourcePool.id).where(ResourcePool.kind == kind)
    query = select(Resource).where(Resource.pool_id.in_(pools), Resource.value == value).order_by(Resource.id).limit(1)
    return (await tx.session.scalars(query.with_for_update().execution_options(populate_existing=True))).first()


async def pool_of_any(tx: Transaction, namespace: str, values: Sequence[str]) -> str | None:
    """The code of a pool that has one of these values."""
    for batch in (values[first : first + VALUES_PER_READ] for first in range(0, len(values), VALUES_PER_READ)):
        query = select(ResourcePool.code).join(Resource, Resource.pool_id == ResourcePool.id)
        found = await tx.session.scalars(
            query.where(Resource.namespace == namespace, Resource.value.in_(batch)).limit(1)
        )
        if (code := found.first()) is not None:
            return code
    return None


async def taken(tx: Transaction, pool_id: UUID, *, since: datetime) -> int:
    """How many more of the pool went into use since then than came back to be used again."""
    mine = select(Resource.id).where(Resource.pool_id == pool_id)
    query = select(
        func.count().filter(ResourceFact.to_state == ResourceState.ASSIGNED),
        func.count().filter(
            ResourceFact.to_state == ResourceState.AVAILABLE,
            ResourceFact.from_state.in_((ResourceState.ASSIGNED, ResourceState.QUARANTINED)),
        ),
    ).where(ResourceFact.subject_id.in_(mine), ResourceFact.recorded_at >= since)
    went, came = (await tx.session.execute(query)).one()
    return went - came


async def uses_of(
    tx: Transaction, service_ids: Collection[UUID]
) -> dict[UUID, list[tuple[ResourceAssignment, Resource, ResourcePool]]]:
    """Service → what it uses, by kind; services that use nothing are left out."""
    query = (
        select(ResourceAssignment, Resource, ResourcePool)
        .join(Resource, Resource.id == ResourceAssignment.resource_id)
        .join(ResourcePool, ResourcePool.id == Resource.pool_id)
        .where(ResourceAssignment.service_id.in_(service_ids), ResourceAssignment.released_at.is_(None))
        .order_by(ResourcePool.kind, Resource.value)
    )
    found: dict[UUID, list[tuple[ResourceAssignment, Resource, ResourcePool]]] = {}
    for assignment, resource, pool in await tx.session.execute(query):
        found.setdefault(assignment.service_id, []).append((assignment, resource, pool))
    return found


async def sharing(tx: Transaction, group: str) -> int:
    """How many live services have a port of this group (`node/card/port`)."""
    query = (
        select(func.count())
        .select_from(ResourceAssignment)
        .join(Resource, Resource.id == ResourceAssignment.resource_id)
        .where(ResourceAssignment.released_at.is_(None), _of_group(group))
    )
    return await tx.session.scalar(query) or 0


async def count_legs(tx: Transaction, group: str) -> tuple[int, int]:
    """(ports of this group that are not retired, of them free)."""
    query = select(
        func.count().filter(Resource.state != ResourceState.RETIRED),
        func.count().filter(Resource.state == ResourceState.AVAILABLE),
    ).where(_of_group(group))
    legs, free = (await tx.session.execute(query)).one()
    return legs, free


async def distribution_point(tx: Transaction, code: str) -> DistributionPoint | None:
    return (await tx.session.scalars(select(DistributionPoint).where(DistributionPoint.code == code))).first()


async def drop_of(tx: Transaction, premises_id: UUID) -> tuple[PremisesDrop, DistributionPoint] | None:
    """The drop of these premises, and where it ends."""
    query = select(PremisesDrop, DistributionPoint).join(
        DistributionPoint, DistributionPoint.id == PremisesDrop.distribution_point_id
    )
    row = (await tx.session.execute(query.where(PremisesDrop.premises_id == premises_id))).first()
    return None if row is None else (row[0], row[1])


def _of_group(group: str) -> ColumnElement[bool]:
    mine = (Resource.value == group) | Resource.value.startswith(f"{group}/", autoescape=True)
    return (Resource.namespace == PoolKind.PORT) & mine
