"""Use cases of logical resources and of the services that use them."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.db import Transaction
from backend.kernel.errors import NotFound
from backend.kernel.facts import move
from backend.resources import queries
from backend.resources.lifecycle import (
    RESOURCE,
    SERVICE,
    ResourceCommand,
    ResourceState,
    ServiceCommand,
)
from backend.resources.models import Resource, ResourceAssignment, ResourcePool, Service
from backend.resources.schemas import (
    NothingReserved,
    PoolExhausted,
    PoolView,
    ResourceView,
    ServiceView,
    UnknownService,
)

# How long nobody may get what was given back: callers of a number and peers of an address remember it.
# Ports and VLANs are known to the operator alone and are free at once.
AGEING = {PoolKind.NUMBER: timedelta(days=90), PoolKind.IPV4: timedelta(hours=24)}

# What a service of each kind takes of an order item's reservations when the caller does not say.
USUAL_RESOURCES = {
    ServiceKind.ACCESS: frozenset({PoolKind.PORT, PoolKind.VLAN}),
    ServiceKind.INTERNET: frozenset({PoolKind.IPV4}),
    ServiceKind.VOICE: frozenset({PoolKind.NUMBER}),
}

SERVICES_PER_READ = 500  # a batch of the walk over all active services: one answer, little memory


async def add_pool(
    tx: Transaction, *, code: str, kind: PoolKind, name: str, values: Iterable[str], territory_id: UUID | None = None
) -> UUID:
    """A new pool with these values, which are handed out in their order; the pool's id."""
    pool = ResourcePool(id=tx.new_id(), code=code, kind=kind, name=name, territory_id=territory_id)
    tx.add(pool)
    await tx.flush()
    tx.add(*(_new_resource(tx, pool, value) for value in values))
    await tx.flush()
    return pool.id


async def pools(tx: Transaction) -> list[PoolView]:
    """Every pool, by code, and how full it is."""
    counts = await queries.counts(tx)
    return [_pool_view(pool, counts.get(pool.id, {})) for pool in await queries.pools(tx)]


async def reserve(
    tx: Transaction,
    *,
    pool_kind: PoolKind,
    quantity: int,
    order_item_id: UUID,
    territory_id: UUID | None,
    expires_at: datetime | None,
) -> list[ResourceView]:
    """Keep `quantity` resources for an order item, all or none.

    Raises PoolExhausted(pool_kind, wanted, available), also for the loser of a race.
    """
    picked = await queries.lock_available(tx, pool_kind, quantity, territory_id=territory_id)
    if len(picked) < quantity:
        raise PoolExhausted(pool_kind=pool_kind, wanted=quantity, available=len(picked))
    for resource in picked:
        move(tx, resource, ResourceCommand.RESERVE, detail={"order_item_id": str(order_item_id)})
        resource.reserved_for = order_item_id
        _hold_until(resource, expires_at)
    return [_resource_view(resource, pool_kind) for resource in picked]


async def reserved(tx: Transaction, order_item_ids: Collection[UUID]) -> dict[UUID, list[ResourceView]]:
    """Order item → what it still holds; items that hold nothing are left out."""
    found: dict[UUID, list[ResourceView]] = {}
    for resource, kind in await queries.reserved_for(tx, order_item_ids):
        assert resource.reserved_for is not None, "found by it"
        found.setdefault(resource.reserved_for, []).append(_resource_view(resource, kind))
    return found


async def extend(tx: Transaction, order_item_ids: Collection[UUID], expires_at: datetime | None) -> None:
    """Let what these order items hold expire at another time, or never (None)."""
    for resource, _ in await queries.lock_reserved_for(tx, order_item_ids):
        _hold_until(resource, expires_at)


async def release(tx: Transaction, order_item_ids: Collection[UUID]) -> None:
    """Give back what these order items hold and no service uses yet."""
    for resource, _ in await queries.lock_reserved_for(tx, order_item_ids):
        _free(tx, resource, ResourceCommand.FREE)


async def finish_hold(tx: Transaction, resource_id: UUID) -> None:
    """End a reservation or a quarantine whose time is over; one that was extended or ended meanwhile stays."""
    resource = await tx.get(Resource, resource_id, NotFound, lock=True)
    endings = {
        ResourceState.RESERVED: ResourceCommand.EXPIRE,
        ResourceState.QUARANTINED: ResourceCommand.FINISH_AGEING,
    }
    if resource.state not in endings:
        resource.finish_work()
    elif resource.held_until is None or resource.held_until > tx.now:
        resource.finish_work(again_at=resource.held_until)
    else:
        _free(tx, resource, endings[resource.state])


async def design_service(
    tx: Transaction,
    *,
    kind: ServiceKind,
    account_id: UUID,
    premises_id: UUID,
    order_item_id: UUID,
    resource_kinds: Collection[PoolKind] | None = None,
    characteristics: Mapping[str, str] | None = None,
) -> ServiceView:
    """A new service, inactive, with one reserved resource of the item of each kind assigned to it.

    resource_kinds: what the service needs (`ServiceNeed.resources`): NothingReserved when one is not there. None: the
    usual ones of its kind, as far as the item reserved them. Calling once per unit of the item takes the next ones.
    characteristics: what was sold of it (`ServiceNeed.characteristics`).
    """
    service = Service(
        id=tx.new_id(),
        kind=kind,
        account_id=account_id,
        premises_id=premises_id,
        order_item_id=order_item_id,
        characteristics=dict(characteristics or {}),
        state=SERVICE.initial,
    )
    tx.add(service)
    await tx.flush()
    move(tx, service, ServiceCommand.DESIGN)
    taken = await _one_of_each(tx, order_item_id, USUAL_RESOURCES[kind] if resource_kinds is None else resource_kinds)
    if missing := sorted(set(resource_kinds or ()) - taken.keys()):
        raise NothingReserved(order_item_id=str(order_item_id), missing=missing)
    for resource in taken.values():
        _assign(tx, resource, service)
    move(tx, service, ServiceCommand.RESERVE)
    move(tx, service, ServiceCommand.PREPARE)
    await tx.flush()
    return _service_view(service, {pool_kind: resource.value for pool_kind, resource in taken.items()})


async def activate(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service runs since `at` (when it happened). Event `service.activated`. Raises IllegalMove, GuardRefused."""
    service = await tx.get(Service, service_id, UnknownService, lock=True)
    move(tx, service, ServiceCommand.ACTIVATE, occurred_at=at, given=service.active_since)
    service.active_since = at


async def suspend(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service rests since `at` and keeps its resources. Event `service.suspended`. Raises IllegalMove."""
    service = await tx.get(Service, service_id, UnknownService, lock=True)
    move(tx, service, ServiceCommand.SUSPEND, occurred_at=at)
    service.suspended_at = at


async def resume(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service runs again since `at`. Event `service.resumed`. Raises IllegalMove, GuardRefused."""
    service = await tx.get(Service, service_id, UnknownService, lock=True)
    move(tx, service, ServiceCommand.RESUME, occurred_at=at, given=service.active_since)
    service.suspended_at = None


async def change(tx: Transaction, service_id: UUID, characteristics: Mapping[str, str], at: datetime) -> None:
    """The service has these characteristics since `at`. Event `service.changed`. Raises IllegalMove."""
    service = await tx.get(Service, service_id, UnknownService, lock=True)
    before = dict(service.characteristics)
    move(tx, service, ServiceCommand.CHANGE, occurred_at=at, detail={"from": before, "to": dict(characteristics)})
    service.characteristics = dict(characteristics)


async def terminate(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service ended at `at`, and gives its resources back. Event `service.terminated` if it ever ran, else
    `service.cancelled`. Raises IllegalMove."""
    service = await tx.get(Service, service_id, UnknownService, lock=True)
    command = ServiceCommand.CANCEL if service.active_since is None else ServiceCommand.TERMINATE
    move(tx, service, command, occurred_at=at, given=service.active_since)
    service.terminated_at, service.suspended_at = at, None
    for assignment, resource, kind in await queries.live_assignments(tx, service_id):
        assignment.released_at = tx.now
        _age(tx, resource, kind)


async def service_view(tx: Transaction, service_id: UUID) -> ServiceView:
    """One service with its resources. Raises UnknownService."""
    return (await _views(tx, [await tx.get(Service, service_id, UnknownService)]))[0]


async def services_of_items(tx: Transaction, order_item_ids: Collection[UUID]) -> list[ServiceView]:
    """The services of some order items, in the order of their design."""
    return await _views(tx, await queries.services_of_items(tx, order_item_ids))


async def services_by_id(tx: Transaction, ids: Collection[UUID]) -> list[ServiceView]:
    """These services by id; unknown ids are left out."""
    return await _views(tx, await queries.services_by_id(tx, ids))


async def service_using(tx: Transaction, kind: PoolKind, value: str) -> ServiceView | None:
    """The service that uses this resource, None when it is free or unknown."""
    found = await queries.service_using(tx, kind, value)
    return (await _views(tx, [found]))[0] if found else None


async def services_at(tx: Transaction, premises_id: UUID) -> list[ServiceView]:
    """The services of some premises, newest first."""
    return await _views(tx, await queries.services_at(tx, premises_id))


async def services_at_all(tx: Transaction, premises_ids: Collection[UUID]) -> dict[UUID, list[ServiceView]]:
    """Premises → their services, newest first."""
    found: dict[UUID, list[ServiceView]] = {premises_id: [] for premises_id in premises_ids}
    for view in await _views(tx, await queries.services_at_all(tx, premises_ids)):
        found[view.premises_id].append(view)
    return found


async def active_services(tx: Transaction) -> AsyncIterator[ServiceView]:
    """Every active service, by id, read in batches."""
    batch = await queries.active_after(tx, None, SERVICES_PER_READ)
    while batch:
        for view in await _views(tx, batch):
            yield view
        batch = await queries.active_after(tx, batch[-1].id, SERVICES_PER_READ)


def _new_resource(tx: Transaction, owner: ResourcePool, value: str) -> Resource:
    return Resource(id=tx.new_id(), pool_id=owner.id, value=value, state=RESOURCE.initial)


def _hold_until(resource: Resource, until: datetime | None) -> None:
    resource.held_until = until
    resource.finish_work(again_at=until)


def _free(tx: Transaction, resource: Resource, command: ResourceCommand) -> None:
    move(tx, resource, command)
    resource.reserved_for = None
    _hold_until(resource, None)


async def _one_of_each(tx: Transaction, order_item_id: UUID, kinds: Collection[PoolKind]) -> dict[PoolKind, Resource]:
    """The oldest reserved resource of each kind that the item has."""
    taken: dict[PoolKind, Resource] = {}
    for resource, kind in await queries.lock_reserved_for(tx, [order_item_id]):
        if kind in kinds:
            taken.setdefault(kind, resource)
    return taken


def _assign(tx: Transaction, resource: Resource, service: Service) -> None:
    move(tx, resource, ResourceCommand.ASSIGN, detail={"service_id": str(service.id)})
    _hold_until(resource, None)
    tx.add(ResourceAssignment(id=tx.new_id(), resource_id=resource.id, service_id=service.id, assigned_at=tx.now))


def _age(tx: Transaction, resource: Resource, kind: PoolKind) -> None:
    """Give back what a service used: at once, or after the time that its kind has to rest."""
    if kind not in AGEING:
        _free(tx, resource, ResourceCommand.FREE)
        return
    move(tx, resource, ResourceCommand.QUARANTINE)
    resource.reserved_for = None
    _hold_until(resource, tx.now + AGEING[kind])


async def _views(tx: Transaction, services: Sequence[Service]) -> list[ServiceView]:
    if not services:
        return []
    values = await queries.values_of(tx, [service.id for service in services])
    return [_service_view(service, values[service.id]) for service in services]


def _service_view(service: Service, values: dict[PoolKind, str]) -> ServiceView:
    return ServiceView(
        id=service.id,
        version=service.version,
        kind=service.kind,
        account_id=service.account_id,
        premises_id=service.premises_id,
        order_item_id=service.order_item_id,
        state=service.state,
        characteristics=service.characteristics,
        active_since=service.active_since,
        suspended_at=service.suspended_at,
        terminated_at=service.terminated_at,
        resources=values,
    )


def _resource_view(resource: Resource, kind: PoolKind) -> ResourceView:
    return ResourceView(
        id=resource.id, pool_kind=kind, value=resource.value, state=resource.state, held_until=resource.held_until
    )


def _pool_view(pool: ResourcePool, counted: dict[ResourceState, int]) -> PoolView:
    size = sum(count for state, count in counted.items() if state is not ResourceState.RETIRED)
    taken = size - counted.get(ResourceState.AVAILABLE, 0)
    return PoolView(
        id=pool.id,
        code=pool.code,
        kind=pool.kind,
        name=pool.name,
        territory_id=pool.territory_id,
        size=size,
        used=counted.get(ResourceState.ASSIGNED, 0),
        reserved=counted.get(ResourceState.RESERVED, 0),
        quarantined=counted.get(ResourceState.QUARANTINED, 0),
        share=taken / size if size else 0.0,
    )
