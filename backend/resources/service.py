"""Use cases of services and of the resources that they use. Pools stand in `pools`, numbers that change their operator
in `portings`, the way from premises to the network in `tracing`."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.resources import queries
from backend.resources.connecting import add_distribution_point, connect, drop_of
from backend.resources.holding import assign, give_back
from backend.resources.lifecycle import SERVICE, ServiceCommand
from backend.resources.models import Resource, Service
from backend.resources.pools import (
    add_pool,
    choose,
    extend,
    fill,
    finish_hold,
    forecast,
    move_resource,
    open_pool,
    pools,
    release,
    reserve,
    reserved,
)
from backend.resources.portings import port
from backend.resources.schemas import NothingReserved, ServiceView, UnknownService
from backend.resources.tracing import trace

__all__ = [
    "USUAL_RESOURCES",
    "activate",
    "activate_together",
    "active_services",
    "add_distribution_point",
    "add_pool",
    "change",
    "choose",
    "connect",
    "design_service",
    "drop_of",
    "extend",
    "fill",
    "finish_hold",
    "forecast",
    "move_resource",
    "open_pool",
    "pools",
    "port",
    "release",
    "reserve",
    "reserved",
    "resume",
    "service_using",
    "service_view",
    "services_at",
    "services_at_all",
    "services_by_id",
    "services_of_items",
    "suspend",
    "terminate",
    "terminated_since",
    "trace",
]

# What a service of each kind takes of an order item's reservations when the caller does not say.
USUAL_RESOURCES = {
    ServiceKind.ACCESS: frozenset({PoolKind.PORT, PoolKind.VLAN}),
    ServiceKind.INTERNET: frozenset({PoolKind.IPV4}),
    ServiceKind.VOICE: frozenset({PoolKind.NUMBER}),
}

SERVICES_PER_READ = 500  # a batch of the walk over all active services: one answer, little memory


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
        assign(tx, resource, service)
    move(tx, service, ServiceCommand.RESERVE)
    move(tx, service, ServiceCommand.PREPARE)
    await tx.flush()
    return _service_view(service, {pool_kind: resource.value for pool_kind, resource in taken.items()})


async def activate(tx: Transaction, service_id: UUID, at: datetime) -> None:
    """The service runs since `at` (when it happened). Event `service.activated`. Raises IllegalMove, GuardRefused."""
    await activate_together(tx, {service_id: at})


async def activate_together(tx: Transaction, since: Mapping[UUID, datetime]) -> None:
    """The same for many, all or none. since: service → since when. Raises UnknownService, too."""
    services = await queries.lock_services(tx, since)
    if unknown := since.keys() - {service.id for service in services}:
        raise UnknownService(id=str(min(unknown)))
    for service in services:
        at = since[service.id]
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
        give_back(tx, resource, kind)


async def terminated_since(tx: Transaction, ids: Collection[UUID]) -> dict[UUID, datetime]:
    """Those of these services that have ended, and when."""
    return await queries.terminated_since(tx, ids)


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


async def _one_of_each(tx: Transaction, order_item_id: UUID, kinds: Collection[PoolKind]) -> dict[PoolKind, Resource]:
    """The oldest reserved resource of each kind that the item has."""
    taken: dict[PoolKind, Resource] = {}
    for resource, kind in await queries.lock_reserved_for(tx, [order_item_id]):
        if kind in kinds:
            taken.setdefault(kind, resource)
    return taken


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
