"""Pools of logical resources (documentation ranges and fictitious numbers), and a designed service."""

from typing import Any
from uuid import UUID

from backend.catalogue.schemas import PoolKind, ServiceKind
from backend.kernel.db import Transaction
from backend.resources import service
from backend.resources.schemas import AddDistributionPoint, AddPool, DistributionKind, ServiceView
from tests.factories.customers import make_premises

VALUES = {
    PoolKind.NUMBER: "+35894245{:04d}",
    PoolKind.IPV4: "192.0.2.{}",
    PoolKind.IPV6: "2001:db8:{}::/56",
    PoolKind.VLAN: "{}",
    PoolKind.PORT: "olt-1/1/{}",
}


async def make_pool(tx: Transaction, kind: PoolKind = PoolKind.NUMBER, *, size: int = 1, **changes: Any) -> UUID:
    """A pool of this kind, code = kind unless changed; the pool's id."""
    values = [VALUES[kind].format(number) for number in range(1, size + 1)]
    settings: dict[str, Any] = {"code": str(kind), "name": str(kind), "values": values}
    return await service.add_pool(tx, kind=kind, **(settings | changes))


async def make_pools(tx: Transaction, *, size: int = 10) -> None:
    """One pool of each kind, usable everywhere."""
    for kind in PoolKind:
        await make_pool(tx, kind, size=size)


async def make_splitter(tx: Transaction, code: str, *, port: int, legs: int) -> None:
    """A PON with so many legs, and the splitter that it feeds."""
    block = f"olt9/1/{port}/1-{legs}"
    await service.open_pool(tx, AddPool(code=f"PON-{port}", kind=PoolKind.PORT, name=code, block=block))
    point = AddDistributionPoint(code=code, kind=DistributionKind.SPLITTER, node="olt9", card=1, port=port)
    await service.add_distribution_point(tx, point)


async def make_service(
    tx: Transaction, kind: ServiceKind = ServiceKind.VOICE, *, order_item_id: UUID | None = None, **changes: Any
) -> ServiceView:
    """An inactive service with one of its usual resources each; needs the pools."""
    item_id = order_item_id or tx.new_id()
    for pool_kind in sorted(service.USUAL_RESOURCES[kind]):
        await service.reserve(
            tx, pool_kind=pool_kind, quantity=1, order_item_id=item_id, territory_id=None, expires_at=None
        )
    if "premises_id" not in changes:
        place = await make_premises(tx)
        changes |= {"premises_id": place.id, "account_id": place.account_id}
    return await service.design_service(tx, kind=kind, order_item_id=item_id, **changes)
