"""What premises are really connected to: a drop to a splitter or a tap, whose legs are ports of one PON or port group.

An access port is chosen among those legs. Premises of which no drop is known take any port of their territory.
"""

from uuid import UUID

from backend.catalogue.schemas import PoolKind
from backend.customers import service as customers
from backend.kernel.db import Transaction
from backend.resources import queries
from backend.resources.models import DistributionPoint, PremisesDrop
from backend.resources.schemas import (
    AddDistributionPoint,
    ConnectPremises,
    DistributionPointKnown,
    DistributionPointView,
    DropView,
    UnknownDistributionPoint,
)


async def add_distribution_point(tx: Transaction, wanted: AddDistributionPoint) -> DistributionPointView:
    """A splitter or tap, and the PON or port group that feeds it. Raises DistributionPointKnown."""
    if await queries.distribution_point(tx, wanted.code) is not None:
        raise DistributionPointKnown(code=wanted.code)
    point = DistributionPoint(
        id=tx.new_id(), code=wanted.code, kind=wanted.kind, node=wanted.node, card=wanted.card, port=wanted.port
    )
    tx.add(point)
    await tx.flush()
    return await _view(tx, point)


async def connect(tx: Transaction, premises_id: UUID, wanted: ConnectPremises) -> DropView:
    """The drop of these premises ends at this point; again: at another one. What is in use stays as it is.

    Raises UnknownPremises, UnknownDistributionPoint.
    """
    await customers.premises(tx, premises_id)
    point = await queries.distribution_point(tx, wanted.distribution_point)
    if point is None:
        raise UnknownDistributionPoint(code=wanted.distribution_point)
    known = await queries.drop_of(tx, premises_id)
    if known is None:
        drop = PremisesDrop(id=tx.new_id(), premises_id=premises_id, distribution_point_id=point.id)
        tx.add(drop)
    else:
        drop, _ = known
        drop.distribution_point_id = point.id
    await tx.flush()
    return DropView(premises_id=premises_id, distribution_point=await _view(tx, point))


async def drop_of(tx: Transaction, premises_id: UUID) -> DropView | None:
    """What these premises are connected to, with how many legs are free; None when nobody knows. Raises UnknownPremises."""
    await customers.premises(tx, premises_id)
    known = await queries.drop_of(tx, premises_id)
    if known is None:
        return None
    return DropView(premises_id=premises_id, distribution_point=await _view(tx, known[1]))


async def point_of(tx: Transaction, pool_kind: PoolKind, premises_id: UUID | None) -> DistributionPoint | None:
    """The point whose legs are the only ports that these premises can use; None when any resource will do."""
    if pool_kind is not PoolKind.PORT or premises_id is None:
        return None
    known = await queries.drop_of(tx, premises_id)
    return None if known is None else known[1]


def is_leg(point: DistributionPoint, port: str) -> bool:
    """Whether this port, by its value, is one that the point leads to."""
    group = group_of(point)
    return port == group or port.startswith(f"{group}/")


def group_of(point: DistributionPoint) -> str:
    """The PON or port group that feeds it, as its ports are named."""
    return f"{point.node}/{point.card}/{point.port}"


async def _view(tx: Transaction, point: DistributionPoint) -> DistributionPointView:
    legs, free = await queries.count_legs(tx, group_of(point))
    return DistributionPointView(
        id=point.id,
        code=point.code,
        kind=point.kind,
        node=point.node,
        card=point.card,
        port=point.port,
        legs=legs,
        free=free,
    )
