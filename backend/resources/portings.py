"""Numbers that change their operator: one that comes in serves like ours and goes back in the end; one that goes out is
not ours any more, and ends the service that had it. Source: ITU-T E.164 Supplement 2, number portability."""

from backend.catalogue.schemas import PoolKind
from backend.kernel import outbox
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.resources import queries, ranges
from backend.resources.holding import free, keep
from backend.resources.lifecycle import RESOURCE, ResourceCommand, ResourceState
from backend.resources.models import NumberPorting, Resource, ResourcePool
from backend.resources.pools import namespace
from backend.resources.schemas import (
    NothingReserved,
    PortingDirection,
    PortingView,
    PortNumber,
    ResourceTaken,
    UnknownResource,
)

PORTED_IN = "PORTED-IN"  # the pool of numbers out of others' ranges; it never gives any by itself
NUMBER_PORTED_OUT = "number.ported_out"


async def port(tx: Transaction, wanted: PortNumber) -> PortingView:
    """Take a number in for an order item, or let one go. Event `number.ported_out` of the service that has it.

    Raises BadBlock for what is no number, ResourceTaken, UnknownResource, NothingReserved when nobody wants it.
    """
    number = ranges.number(wanted.number)
    is_in = wanted.direction is PortingDirection.IN
    resource = await _take_in(tx, number, wanted) if is_in else await _let_go(tx, number)
    await tx.flush()
    porting = NumberPorting(
        id=tx.new_id(),
        resource_id=resource.id,
        direction=wanted.direction,
        operator=wanted.operator,
        reference=wanted.reference,
        occurred_at=tx.now,
    )
    tx.add(porting)
    await tx.flush()
    return PortingView(
        id=porting.id,
        number=number,
        direction=porting.direction,
        operator=porting.operator,
        reference=porting.reference,
        occurred_at=porting.occurred_at,
    )


async def _take_in(tx: Transaction, number: str, wanted: PortNumber) -> Resource:
    """Keep it for the order item in the place of the number that the item holds."""
    item_id = wanted.order_item_id
    reserved = await queries.lock_reserved_for(tx, [item_id] if item_id else [])
    held = [resource for resource, kind in reserved if kind is PoolKind.NUMBER]
    if item_id is None or not held:
        raise NothingReserved(order_item_id=str(item_id) if item_id else None, missing=[PoolKind.NUMBER])
    resource = await queries.lock_value(tx, PoolKind.NUMBER, number) or await _new_number(tx, number)
    if resource.state is ResourceState.RETIRED:
        move(tx, resource, ResourceCommand.RETURN)
    if resource.state is not ResourceState.AVAILABLE:
        raise ResourceTaken(pool_kind=PoolKind.NUMBER, value=number, state=resource.state)
    keep(tx, resource, item_id, held[0].held_until)
    for replaced in held:
        free(tx, replaced, ResourceCommand.FREE)
    return resource


async def _let_go(tx: Transaction, number: str) -> Resource:
    """A number that is in use goes with its service, which ends; one that nobody has goes at once."""
    resource = await queries.lock_value(tx, PoolKind.NUMBER, number)
    if resource is None or resource.state is ResourceState.RETIRED:
        raise UnknownResource(pool_kind=PoolKind.NUMBER, value=number)
    if resource.state is ResourceState.RESERVED:
        raise ResourceTaken(pool_kind=PoolKind.NUMBER, value=number, state=resource.state)
    resource.ported = True
    service = await queries.service_using(tx, PoolKind.NUMBER, number)
    if service is None:
        move(tx, resource, ResourceCommand.RETIRE, detail={"reason": "ported out"})
    else:
        outbox.record(tx, NUMBER_PORTED_OUT, service.id)
    return resource


async def _new_number(tx: Transaction, number: str) -> Resource:
    pool = next((pool for pool in await queries.pools(tx) if pool.code == PORTED_IN), None)
    if pool is None:
        pool = ResourcePool(id=tx.new_id(), code=PORTED_IN, kind=PoolKind.NUMBER, name="Numbers of others", blocks=[])
        tx.add(pool)
        await tx.flush()
    resource = Resource(
        id=tx.new_id(),
        pool_id=pool.id,
        namespace=namespace(pool.kind, pool.code),
        value=number,
        ported=True,
        state=RESOURCE.initial,
    )
    tx.add(resource)
    await tx.flush()
    return resource
