"""Pools: filled in blocks, reserved from, watched for the day on which they are empty."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError

from backend.catalogue.schemas import PoolKind
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.resources import queries, ranges
from backend.resources.connecting import group_of, is_leg, point_of
from backend.resources.exclusion import OVERLAP, span
from backend.resources.holding import free, hold_until, keep
from backend.resources.lifecycle import RESOURCE, ResourceCommand, ResourceState
from backend.resources.models import AddressBlock, DistributionPoint, Resource, ResourcePool
from backend.resources.schemas import (
    AddPool,
    BlockOverlaps,
    MoveResource,
    NoFreeLeg,
    NotALeg,
    PoolExhausted,
    PoolForecast,
    PoolKnown,
    PoolView,
    PortPlace,
    ReserveResource,
    ResourceTaken,
    ResourceView,
    UnknownPool,
    UnknownResource,
)

DEADLOCK = "40P01"
KEPT_FOR = timedelta(minutes=30)  # what is chosen without replacing anything: as long as an order stays unsubmitted
COMMANDS = {
    "block": ResourceCommand.BLOCK,
    "unblock": ResourceCommand.UNBLOCK,
    "retire": ResourceCommand.RETIRE,
}


async def add_pool(
    tx: Transaction, *, code: str, kind: PoolKind, name: str, values: Iterable[str], territory_id: UUID | None = None
) -> UUID:
    """A new pool with these values, which are handed out in their order; the pool's id."""
    pool = await _new_pool(tx, code=code, kind=kind, name=name, territory_id=territory_id)
    tx.add(*(_new_resource(tx, pool, value) for value in values))
    await tx.flush()
    return pool.id


async def open_pool(tx: Transaction, wanted: AddPool) -> PoolView:
    """A new pool with its first block. Raises PoolKnown, BadBlock, BlockOverlaps."""
    if any(pool.code == wanted.code for pool in await queries.pools(tx)):
        raise PoolKnown(code=wanted.code)
    pool = await _new_pool(tx, code=wanted.code, kind=wanted.kind, name=wanted.name, territory_id=wanted.territory_id)
    return await fill(tx, pool.id, wanted.block)


async def fill(tx: Transaction, pool_id: UUID, block: str) -> PoolView:
    """Add a block to a pool. Raises UnknownPool, BadBlock, BlockOverlaps with what is in a pool already."""
    pool = await tx.get(ResourcePool, pool_id, UnknownPool, lock=True)
    values = ranges.expand(pool.kind, block)
    await _refuse_overlap(tx, pool, block, [value for value, _ in values])
    await _take_addresses(tx, pool, block.strip())
    tx.add(*(_new_resource(tx, pool, value, place) for value, place in values))
    pool.blocks = [*pool.blocks, block.strip()]
    await tx.flush()
    counts = await queries.counts(tx)
    return _pool_view(pool, counts[pool.id])


async def pools(tx: Transaction) -> list[PoolView]:
    """Every pool, by code, and how full it is."""
    counts = await queries.counts(tx)
    return [_pool_view(pool, counts.get(pool.id, {})) for pool in await queries.pools(tx)]


async def forecast(tx: Transaction, pool_id: UUID, *, days: int) -> PoolForecast:
    """When the pool will be empty, at the mean rate of the last days. days: ≥ 1. Raises UnknownPool."""
    pool = await tx.get(ResourcePool, pool_id, UnknownPool)
    available = (await queries.counts(tx)).get(pool.id, {}).get(ResourceState.AVAILABLE, 0)
    rate = await queries.taken(tx, pool_id, since=tx.now - timedelta(days=days)) / days
    days_left = available / rate if rate > 0 else None
    return PoolForecast(
        pool_id=pool_id,
        days=days,
        available=available,
        taken_per_day=rate,
        days_left=days_left,
        exhausted_on=None if days_left is None else (tx.now + timedelta(days=days_left)).date(),
    )


async def reserve(
    tx: Transaction,
    *,
    pool_kind: PoolKind,
    quantity: int,
    order_item_id: UUID,
    territory_id: UUID | None,
    expires_at: datetime | None,
    premises_id: UUID | None = None,
) -> list[ResourceView]:
    """Keep `quantity` resources for an order item, all or none.

    premises_id: a port has to be a leg of what these are connected to, if that is known.
    Raises PoolExhausted(pool_kind, wanted, available), NoFreeLeg, also for the loser of a race.
    """
    point = await point_of(tx, pool_kind, premises_id)
    group = None if point is None else group_of(point)
    picked = await queries.lock_available(tx, pool_kind, quantity, territory_id=territory_id, group=group)
    if point is not None and len(picked) < quantity:
        count = {"wanted": quantity, "available": len(picked)}
        raise NoFreeLeg(pool_kind=pool_kind, **count, distribution_point=point.code, group=group)
    if len(picked) < quantity:
        raise PoolExhausted(pool_kind=pool_kind, wanted=quantity, available=len(picked))
    for resource in picked:
        keep(tx, resource, order_item_id, expires_at)
    return [resource_view(resource, pool_kind) for resource in picked]


async def choose(tx: Transaction, wanted: ReserveResource, *, premises_id: UUID | None = None) -> ResourceView:
    """Keep one resource for an order item, a certain one if it is named; what the item held of the kind is given back.

    premises_id: a port has to be a leg of what these are connected to, if that is known.
    Raises UnknownResource, ResourceTaken, NotALeg, PoolExhausted, NoFreeLeg, also for the loser of a race.
    """
    held = [one for one, kind in await queries.lock_reserved_for(tx, [wanted.order_item_id]) if kind is wanted.kind]
    expires_at = held[0].held_until if held else tx.now + KEPT_FOR
    if wanted.value is None:
        [chosen] = await reserve(
            tx,
            pool_kind=wanted.kind,
            quantity=1,
            order_item_id=wanted.order_item_id,
            territory_id=wanted.territory_id,
            expires_at=expires_at,
            premises_id=premises_id,
        )
    else:
        point = await point_of(tx, wanted.kind, premises_id)
        chosen = await _reserve_value(tx, wanted.kind, wanted.value, wanted.order_item_id, expires_at, point=point)
    for resource in held:
        free(tx, resource, ResourceCommand.FREE)
    return chosen


async def move_resource(tx: Transaction, resource_id: UUID, wanted: MoveResource) -> ResourceView:
    """Block, unblock or retire a free resource. Raises UnknownResource, IllegalMove for one that somebody has."""
    resource = await tx.get(Resource, resource_id, UnknownResource, lock=True)
    move(tx, resource, COMMANDS[wanted.command], detail={"reason": wanted.reason})
    pool = await tx.get(ResourcePool, resource.pool_id, UnknownPool)
    await tx.flush()
    return resource_view(resource, pool.kind)


async def reserved(tx: Transaction, order_item_ids: Collection[UUID]) -> dict[UUID, list[ResourceView]]:
    """Order item → what it still holds; items that hold nothing are left out."""
    found: dict[UUID, list[ResourceView]] = {}
    for resource, kind in await queries.reserved_for(tx, order_item_ids):
        assert resource.reserved_for is not None, "found by it"
        found.setdefault(resource.reserved_for, []).append(resource_view(resource, kind))
    return found


async def extend(tx: Transaction, order_item_ids: Collection[UUID], expires_at: datetime | None) -> None:
    """Let what these order items hold expire at another time, or never (None)."""
    for resource, _ in await queries.lock_reserved_for(tx, order_item_ids):
        hold_until(resource, expires_at)


async def release(tx: Transaction, order_item_ids: Collection[UUID]) -> None:
    """Give back what these order items hold and no service uses yet."""
    for resource, _ in await queries.lock_reserved_for(tx, order_item_ids):
        free(tx, resource, ResourceCommand.FREE)


async def finish_hold(tx: Transaction, resource_id: UUID) -> None:
    """End a reservation or a quarantine whose time is over; one that was extended or ended meanwhile stays."""
    resource = await tx.get(Resource, resource_id, UnknownResource, lock=True)
    endings = {
        ResourceState.RESERVED: ResourceCommand.EXPIRE,
        ResourceState.QUARANTINED: ResourceCommand.FINISH_AGEING,
    }
    if resource.state not in endings:
        resource.finish_work()
    elif resource.held_until is None or resource.held_until > tx.now:
        resource.finish_work(again_at=resource.held_until)
    else:
        free(tx, resource, endings[resource.state])


def resource_view(resource: Resource, kind: PoolKind) -> ResourceView:
    return ResourceView(
        id=resource.id, pool_kind=kind, value=resource.value, state=resource.state, held_until=resource.held_until
    )


def namespace(kind: PoolKind, pool_code: str) -> str:
    """In which a value stands for one thing: a VLAN tag means another network in every pool."""
    return f"vlan:{pool_code}" if kind is PoolKind.VLAN else str(kind)


async def _new_pool(
    tx: Transaction, *, code: str, kind: PoolKind, name: str, territory_id: UUID | None
) -> ResourcePool:
    pool = ResourcePool(id=tx.new_id(), code=code, kind=kind, name=name, territory_id=territory_id, blocks=[])
    tx.add(pool)
    await tx.flush()
    return pool


def _new_resource(tx: Transaction, pool: ResourcePool, value: str, place: PortPlace | None = None) -> Resource:
    return Resource(
        id=tx.new_id(),
        pool_id=pool.id,
        namespace=namespace(pool.kind, pool.code),
        value=value,
        place=place,
        state=RESOURCE.initial,
    )


async def _refuse_overlap(tx: Transaction, pool: ResourcePool, block: str, values: Sequence[str]) -> None:
    """Name the pool that has some of it; of single values the constraint would only say that there is one."""
    for other in await queries.pools(tx):
        same_kind = other.kind is pool.kind
        if same_kind and any(ranges.overlaps(pool.kind, block, known) for known in other.blocks):
            raise BlockOverlaps(block=block, other=other.code)
    known = await queries.pool_of_any(tx, namespace(pool.kind, pool.code), values)
    if known is not None:
        raise BlockOverlaps(block=block, other=known)


async def _take_addresses(tx: Transaction, pool: ResourcePool, block: str) -> None:
    """Raises BlockOverlaps, also for the loser of a race: then nobody can say yet in which pool the other block is."""
    addresses = span(pool.kind, block)
    if addresses is None:
        return
    first, last = addresses
    try:
        async with tx.savepoint():
            tx.add(AddressBlock(id=tx.new_id(), pool_id=pool.id, block=block, first_address=first, last_address=last))
            await tx.flush()
    except DBAPIError as error:
        # Two who add overlapping blocks at once may each wait for the other: PostgreSQL then ends one, by a deadlock.
        if OVERLAP not in str(error.orig) and getattr(error.orig, "sqlstate", None) != DEADLOCK:
            raise
        raise BlockOverlaps(block=block, other=None) from error


async def _reserve_value(
    tx: Transaction,
    kind: PoolKind,
    value: str,
    order_item_id: UUID,
    expires_at: datetime | None,
    *,
    point: DistributionPoint | None,
) -> ResourceView:
    resource = await queries.lock_value(tx, kind, value)
    if resource is None:
        raise UnknownResource(pool_kind=kind, value=value)
    if point is not None and not is_leg(point, value):
        raise NotALeg(value=value, distribution_point=point.code, group=group_of(point))
    if resource.state is not ResourceState.AVAILABLE:
        raise ResourceTaken(pool_kind=kind, value=value, state=resource.state)
    keep(tx, resource, order_item_id, expires_at)
    return resource_view(resource, kind)


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
