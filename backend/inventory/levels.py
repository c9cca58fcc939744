"""Minimum and maximum of what a van or a depot should hold, and the transfers that the coming routes will need.

A van is looked at with what its jobs of the next days take: it is filled up to the maximum when it would fall below the
minimum. Without a level a van needs what its jobs take. Source of the rule: (s, S) policy, Silver, Pyke & Thomas,
"Inventory and Production Management in Supply Chains" (4th ed. 2017), chapter 6.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from backend.catalogue import service as catalogue
from backend.inventory import queries
from backend.inventory.models import StockLevel, StockLocation
from backend.inventory.schemas import NoSuchLocation, WrongDestination
from backend.inventory.transfers import OURS
from backend.inventory.warehouse_schemas import (
    Replenishment,
    SetStockLevel,
    StockLevelView,
)
from backend.kernel.db import Transaction
from backend.kernel.errors import Invalid

Demand = Mapping[tuple[UUID, str], int]
"""(technician, model) → how many the technician's coming jobs take."""

Free = dict[tuple[UUID, str], int]
"""(location, model) → how many are there for use."""


class BadLevel(Invalid):
    """The maximum is not below the minimum. params: minimum, maximum."""

    code = "bad_stock_level"


async def set_level(tx: Transaction, wanted: SetStockLevel) -> StockLevelView:
    """Say how much a place should hold; again: otherwise. Raises BadLevel, NoSuchLocation, UnknownModel."""
    if wanted.minimum > wanted.maximum:
        raise BadLevel(minimum=wanted.minimum, maximum=wanted.maximum)
    place = await tx.get(StockLocation, wanted.location_id, NoSuchLocation, lock=True)
    if place.kind not in OURS:
        raise WrongDestination(kind=place.kind)
    await catalogue.cpe_model(tx, wanted.model)
    known = {level.model: level for level in await queries.levels(tx, [place.id])}
    level = known.get(wanted.model) or StockLevel(id=tx.new_id(), location_id=place.id, model=wanted.model)
    level.minimum, level.maximum = wanted.minimum, wanted.maximum
    tx.add(level)
    await tx.flush()
    return _view(level)


async def levels(tx: Transaction, location_id: UUID | None = None) -> list[StockLevelView]:
    """The levels of one place, or of all."""
    return [_view(row) for row in await queries.levels(tx, None if location_id is None else [location_id])]


async def replenishment(tx: Transaction, demand: Demand) -> list[Replenishment]:
    """The transfers from depots to vans that the demand asks for, van by van; nothing is moved or reserved.

    The depot that has most free gives first, each model from one depot if one has enough. short: what none has.
    """
    vans, depots = await queries.vans(tx), await queries.depots(tx)
    wanted = {(van.id, model): n for van in vans for (who, model), n in demand.items() if who == van.technician_id}
    set_levels = {(one.location_id, one.model): one for one in await queries.levels(tx, [van.id for van in vans])}
    held = await usable(tx, [van.id for van in vans], also_reserved=True)
    free = await usable(tx, [depot.id for depot in depots], also_reserved=False)
    suggested: list[Replenishment] = []
    for key in sorted(wanted.keys() | set_levels.keys()):
        suggested += _suggest(key, held.get(key, 0), wanted.get(key, 0), set_levels.get(key), free)
    return suggested


def _suggest(
    key: tuple[UUID, str], held: int, demand: int, level: StockLevel | None, free: Free
) -> list[Replenishment]:
    minimum, maximum = (level.minimum, level.maximum) if level else (0, 0)
    if held - demand >= minimum:
        return []
    needed = max(maximum, minimum) - (held - demand)
    taken = take(free, key[1], needed)
    short = needed - sum(taken.values())
    givers: Sequence[tuple[UUID | None, int]] = list(taken.items()) or [(None, 0)]
    return [
        Replenishment(
            from_location_id=giver,
            to_location_id=key[0],
            model=key[1],
            quantity=quantity,
            held=held,
            demand=demand,
            minimum=minimum,
            maximum=maximum,
            short=short if index == 0 else 0,
        )
        for index, (giver, quantity) in enumerate(givers)
    ]


def take(free: Free, model: str, needed: int) -> dict[UUID, int]:
    """Depot → how many it gives, who has most first; what it gives is taken from `free`, for the next van."""
    taken: dict[UUID, int] = {}
    offers = sorted((-count, place) for (place, of), count in free.items() if of == model and count > 0)
    for count, place in offers:
        if needed == 0:
            break
        taken[place] = min(-count, needed)
        free[place, model] -= taken[place]
        needed -= taken[place]
    return taken


async def usable(tx: Transaction, location_ids: Sequence[UUID], *, also_reserved: bool) -> Free:
    """Units fit for use and counted parts; what is reserved in a van is reserved for the van's own jobs."""
    serialised = {model.code for model in await catalogue.cpe_models(tx) if model.is_serialised}
    units = Counter(await queries.free_units(tx, location_ids))
    if also_reserved:
        units += Counter(await queries.kept_units(tx, location_ids))
    parts = {key: n for key, n in (await queries.balance(tx, location_ids)).items() if key[1] not in serialised}
    kept = {} if also_reserved else await queries.reserved_parts(tx, location_ids)
    return dict(units) | {key: total - kept.get(key, 0) for key, total in parts.items()}


def _view(level: StockLevel) -> StockLevelView:
    return StockLevelView(
        location_id=level.location_id, model=level.model, minimum=level.minimum, maximum=level.maximum
    )
