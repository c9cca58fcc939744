"""The moves of a single resource: kept, used, given back, at rest. Whoever calls has locked it."""

from datetime import datetime, timedelta
from uuid import UUID

from backend.catalogue.schemas import PoolKind
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.resources.lifecycle import ResourceCommand
from backend.resources.models import Resource, ResourceAssignment, Service

# How long nobody may get what was given back: callers of a number and peers of an address remember it.
# Ports and VLANs are known to the operator alone and are free at once.
AGEING = {
    PoolKind.NUMBER: timedelta(days=90),
    PoolKind.IPV4: timedelta(hours=24),
    PoolKind.IPV6: timedelta(hours=24),
}


def keep(tx: Transaction, resource: Resource, order_item_id: UUID, expires_at: datetime | None) -> None:
    """Reserve it for an order item. Raises IllegalMove."""
    move(tx, resource, ResourceCommand.RESERVE, detail={"order_item_id": str(order_item_id)})
    resource.reserved_for = order_item_id
    hold_until(resource, expires_at)


def assign(tx: Transaction, resource: Resource, service: Service) -> None:
    move(tx, resource, ResourceCommand.ASSIGN, detail={"service_id": str(service.id)})
    hold_until(resource, None)
    tx.add(ResourceAssignment(id=tx.new_id(), resource_id=resource.id, service_id=service.id, assigned_at=tx.now))


def give_back(tx: Transaction, resource: Resource, kind: PoolKind) -> None:
    """What a service used is free at once, or after the time that its kind has to rest."""
    if kind not in AGEING or resource.ported:
        free(tx, resource, ResourceCommand.FREE)
        return
    move(tx, resource, ResourceCommand.QUARANTINE)
    resource.reserved_for = None
    hold_until(resource, tx.now + AGEING[kind])


def free(tx: Transaction, resource: Resource, command: ResourceCommand) -> None:
    """Nobody has it any more; a ported number goes back to whose range it is in."""
    move(tx, resource, command)
    resource.reserved_for = None
    hold_until(resource, None)
    if resource.ported:
        move(tx, resource, ResourceCommand.RETIRE, detail={"reason": "it goes back to the operator it came from"})


def hold_until(resource: Resource, until: datetime | None) -> None:
    resource.held_until = until
    resource.finish_work(again_at=until)
